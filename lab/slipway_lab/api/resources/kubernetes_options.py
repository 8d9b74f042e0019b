# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v2/kubernetes/options."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from slipway_lab.api.catalogue import REGIONS, SIZES
from slipway_lab.api.context import LabDependency
from slipway_lab.api.scopes import Scopes
from slipway_lab.api.versions import published, version_body

router = APIRouter()


@router.get("/v2/kubernetes/options", dependencies=[Depends(Scopes("kubernetes:read"))])
def list_options(lab: LabDependency) -> dict[str, Any]:
    return {
        "options": {
            "regions": [{"name": r.name, "slug": r.slug} for r in REGIONS.values() if r.kubernetes],
            "versions": [version_body(slug) for slug in published(lab.store)],
            "sizes": [{"name": s.slug, "slug": s.slug} for s in SIZES.values() if s.kubernetes],
        }
    }
