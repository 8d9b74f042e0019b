# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a client of the registry turns its login into a token: /v2/registry/auth.

DigitalOcean's registry names this address in its challenges, its API description does not. Statuses as people report
them: 400 for a registry that is not there, 401 for a login that may not, 403 for one repository too many
(docker/build-push-action#586).
"""

from __future__ import annotations

import datetime
from typing import Any

from fastapi import APIRouter, Request

from slipway_lab.api import registry_tokens, scopes
from slipway_lab.api.context import Lab, LabDependency
from slipway_lab.api.errors import bad_request, forbidden, unauthorized
from slipway_lab.api.records import Registry, Token
from slipway_lab.api.registry_images import refusal_of_push
from slipway_lab.api.registry_tokens import LIFETIME_SECONDS, Access
from slipway_lab.registry.address import REGISTRY_NAME

router = APIRouter()

# What a token of the account needs for an action in the registry.
_NEEDED = {"pull": "registry:read", "push": "registry:update", "delete": "registry:delete", "*": "registry:read"}


def _granted(lab: Lab, token: Token, access: Access) -> Access:
    """What was asked for, when the token may do all of it; answers an error otherwise."""
    registry, _, repository = access.name.partition("/")
    of_repository = access.type == "repository"
    if of_repository and (not repository or lab.store.get(Registry, registry) is None):
        raise bad_request(f"there is no registry {registry!r}")
    if not all(scopes.allows(token, _NEEDED.get(action, "registry:delete")) for action in access.actions):
        raise unauthorized()
    if of_repository and "push" in access.actions:
        refusal = refusal_of_push(lab.store, lab.images, registry, repository)
        if refusal:
            raise forbidden(f"denied: {refusal}")
    return access


@router.get(scopes.LOGIN_PATH)
def get_token(request: Request, lab: LabDependency) -> dict[str, Any]:
    """The gateway has let the login in already: its password is an access token that neither expired nor was revoked.

    Without a scope it is the question whether the login is good, as `docker login` asks it.
    """
    token: Token = request.state.token
    asked = [part for value in request.query_params.getlist("scope") for part in value.split()]
    parsed = [Access.parse(scope) for scope in asked]
    wanted = [access for access in parsed if access is not None]
    if len(wanted) < len(asked):
        raise bad_request("scope can not be read")
    if not scopes.allows(token, _NEEDED["pull"]):
        raise unauthorized()
    with lab.store.transaction():
        granted = [_granted(lab, token, access) for access in wanted]
        audience = request.query_params.get("service", REGISTRY_NAME)
        signed = registry_tokens.issue(lab.config.ca_file.parent, token.name, audience, granted, token.expires_at)
    return {
        "token": signed,
        "access_token": signed,
        "expires_in": LIFETIME_SECONDS,
        "issued_at": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
