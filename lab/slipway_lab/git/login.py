# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one user of the lab's Git server, who may push, and where the password is."""

from __future__ import annotations

from pathlib import Path

from slipway_lab.config import LabConfig

USER = "lab"


def password_file(config: LabConfig) -> Path:
    """Made when the server first starts."""
    return config.home / "git" / "password"


def password(config: LabConfig) -> str:
    """FileNotFoundError when the server never ran."""
    return password_file(config).read_text().strip()
