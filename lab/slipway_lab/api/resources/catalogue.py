# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v2/regions and /v2/sizes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.catalogue import REGIONS, SIZES, region_body, size_body
from slipway_lab.api.paging import paginate
from slipway_lab.api.scopes import Scopes

router = APIRouter()


@router.get("/v2/regions", dependencies=[Depends(Scopes("regions:read"))])
def list_regions(request: Request) -> dict[str, Any]:
    return paginate(request, "regions", [region_body(region) for region in REGIONS.values()])


@router.get("/v2/sizes", dependencies=[Depends(Scopes("sizes:read", "regions:read"))])
def list_sizes(request: Request) -> dict[str, Any]:
    return paginate(request, "sizes", [size_body(size) for size in SIZES.values()])
