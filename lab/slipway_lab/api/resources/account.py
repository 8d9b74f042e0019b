# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v2/account."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from slipway_lab.api.context import LabDependency
from slipway_lab.api.scopes import Scopes

router = APIRouter()

EMAIL = "sammy@lab.example"
USER_UUID = "5df3e3004a17e242b7c20ca6c9fc25b701a47ece"
_TEAM_UUID = "b6fd89dbf6d9156cace5f3c78dc9851d957381ef"


@router.get("/v2/account", dependencies=[Depends(Scopes("account:read"))])
def get_account(lab: LabDependency) -> dict[str, Any]:
    return {
        "account": {
            "droplet_limit": lab.settings.droplet_limit,
            "floating_ip_limit": 5,
            "volume_limit": 100,
            "email": EMAIL,
            "name": "Sammy the Shark",
            "uuid": USER_UUID,
            "email_verified": True,
            "status": "active",
            "status_message": "",
            "team": {"name": "Lab", "uuid": _TEAM_UUID},
        }
    }
