# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inventories/local without what takes long."""

from __future__ import annotations

import yaml
from ansible_runs import Workplace

OFF = {"enabled": False}
LOCAL = "local/group_vars/all/local.yml"


def clusters_and_applications_only(workplace: Workplace) -> None:
    """Turn registry, Sealed Secrets, ingress and builds off, and what applications say of them."""
    shipped = yaml.safe_load((workplace.folder / "inventories" / LOCAL).read_text())["slipway_applications"]
    workplace.edit(
        LOCAL,
        slipway_registry={},
        slipway_sealed_secrets=OFF,
        slipway_ingress=OFF,
        slipway_tekton=OFF,
        slipway_pipelines=OFF,
        slipway_applications=[
            {key: value for key, value in application.items() if key not in ("route", "build")}
            for application in shipped
        ],
    )
