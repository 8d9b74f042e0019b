# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens and their scopes (OpenAPI, securitySchemes/bearer_auth)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from fnmatch import fnmatchcase

from fastapi import Request

from slipway_lab.api.errors import forbidden
from slipway_lab.api.records import Token
from slipway_lab.api.store import Store

FULL_ACCESS = ("*:*",)
# The one path where a token comes as the password of a login, and not as bearer.
LOGIN_PATH = "/v2/registry/auth"
# Scopes that contain others. OpenAPI, projects_assign_resources: project:update grants project:assign_resource.
_IMPLIED = {"project:assign_resource": "project:update"}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def create_token(store: Store, name: str, scopes: list[str], expires_at: float | None = None) -> str:
    """Make a token, replacing one of the same name; returns its secret, which can not be read again.

    expires_at: seconds since the epoch; None: never
    """
    secret = f"dop_v1_{secrets.token_hex(32)}"
    with store.transaction():
        revoke_token(store, name)
        store.put(Token(id=_digest(secret), name=name, scopes=scopes, expires_at=expires_at))
    return secret


def revoke_token(store: Store, name: str) -> bool:
    """Remove the tokens of this name; False when there is none."""
    with store.transaction():
        found = [token for token in store.all(Token) if token.name == name]
        for token in found:
            store.delete(Token, token.id)
    return bool(found)


def revoke_secret(store: Store, secret: str) -> bool:
    """Remove the token with this secret; False when there is none."""
    with store.transaction():
        found = store.get(Token, _digest(secret)) is not None
        store.delete(Token, _digest(secret))
    return found


def token_of(store: Store, secret: str) -> Token | None:
    """The token with this secret; None when there is none or when it has expired."""
    token = store.get(Token, _digest(secret.strip()))
    if token is None or (token.expires_at is not None and token.expires_at <= time.time()):
        return None
    return token


def find_token(store: Store, authorization: str) -> Token | None:
    """The token that an Authorization header carries, or None."""
    scheme, _, secret = authorization.partition(" ")
    return token_of(store, secret) if scheme.lower() == "bearer" else None


def find_password(store: Store, authorization: str) -> Token | None:
    """The token that is the password of a login by Basic authentication, whatever the user name, or None."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        login = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:
        return None
    return token_of(store, login.partition(":")[2])


def allows(token: Token, scope: str) -> bool:
    """Whether a token may do this. Its scopes may hold wildcards: `kubernetes:*`, `*:read`, `*:*`."""
    wanted = [scope, *([_IMPLIED[scope]] if scope in _IMPLIED else [])]
    return any(fnmatchcase(one, pattern) for one in wanted for pattern in token.scopes)


def demand(request: Request, *scopes: str) -> None:
    """Answer 403 unless the request's token has all these scopes."""
    token: Token = request.state.token
    if all(allows(token, scope) for scope in scopes):
        return
    if request.url.path.startswith("/v2/kubernetes/"):
        # That service words it differently: digitalocean/doctl#1444.
        raise forbidden("you do not have access for the attempted action")
    raise forbidden()


class Scopes:
    """Route dependency: the token must have all these scopes, as the OpenAPI lists them for the operation."""

    def __init__(self, *scopes: str) -> None:
        self.scopes = scopes

    def __call__(self, request: Request) -> None:
        demand(request, *self.scopes)
