# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a lab that one test, or all tests of this folder, have to themselves."""

from __future__ import annotations

import os
from pathlib import Path

import lab_instance
from slipway_lab.config import LabConfig


def lab_config(home: Path, nodes: str) -> LabConfig:
    """Own home and network, the shared cache."""
    settings = {"LAB_HOME": str(home), "LAB_NETWORK": lab_instance.free_network(), "LAB_NODES": nodes}
    return LabConfig.from_environment({**os.environ, **settings})
