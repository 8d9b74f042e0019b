# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revoking a token: /v1/oauth/revoke, which DigitalOcean serves at cloud.digitalocean.com.

https://docs.digitalocean.com/reference/api/oauth/#revoke-token-flow
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Header, Request

from slipway_lab.api import scopes
from slipway_lab.api.context import LabDependency
from slipway_lab.api.errors import bad_request, unauthorized

router = APIRouter()


@router.post("/v1/oauth/revoke")
async def revoke(request: Request, lab: LabDependency, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
    """A token revokes itself: it is both the bearer and the form's `token`."""
    secret = parse_qs((await request.body()).decode("latin-1")).get("token", [""])[0]
    if not secret:
        raise bad_request("token is missing")
    if scopes.find_token(lab.store, authorization) is None:
        raise unauthorized()
    if authorization.partition(" ")[2].strip() != secret:
        raise bad_request("a token can only revoke itself")
    scopes.revoke_secret(lab.store, secret)
    return {}
