# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Calls that are made with a registry credential itself: whether it is good, and revoking it.

Neither is in the API's description. /v2/registry/auth is where the registry sends a client with its login, as every
docker login does; revoking is https://docs.digitalocean.com/reference/api/oauth/#revoke-token-flow, and that the
password is what is revoked is from terraform-provider-digitalocean#1375.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from .._errors import ApiError
from .._jwt import claims_of
from .transport import DEFAULT_API_URL, Answer, ConnectionSettings, Transport

REVOKE_HOST = "https://cloud.digitalocean.com"
REFUSED = frozenset({401, 403})


def is_good(options: Mapping[str, Any], server: str, user: str, secret: str) -> bool:
    """Whether the registry lets this login in. Raises SlipwayError when that cannot be found out."""
    return _log_in(options, user, secret, REFUSED, service=server) is not None


def may_push(options: Mapping[str, Any], server: str, user: str, secret: str, repository: str) -> bool:
    """Whether a login that is good may push to <registry>/<repository>, too.

    Raises ApiError with status 400 for a registry that the account has not got, 403 where its tier has no room for the
    repository (docker/build-push-action#586).
    """
    scope = f"repository:{repository}:pull,push"
    answer = _log_in(options, user, secret, frozenset({401}), service=server, scope=scope)
    if answer is None:
        return False
    granted = _granted(answer.body)
    return granted is None or "push" in granted


def _log_in(options: Mapping[str, Any], user: str, secret: str, refused: frozenset[int], **query: str) -> Answer | None:
    """The registry's answer to a login, None where its status says that it is refused."""
    with _transport(options, secret, user=user) as transport:
        try:
            return transport.request("GET", "/v2/registry/auth?" + urlencode(query), any_body=True)
        except ApiError as error:
            if error.status not in refused:
                raise
            return None


def _granted(body: Any) -> frozenset[str] | None:
    """The actions of the token in an answer, None when it cannot be read.

    A server may answer with less than was asked for: https://distribution.github.io/distribution/spec/auth/jwt/
    """
    try:
        access = claims_of(str(body.get("token") or body["access_token"]))["access"]
        return frozenset(str(action) for item in access for action in item["actions"])
    except (AttributeError, KeyError, TypeError):
        return None


def revoke(options: Mapping[str, Any], secret: str) -> None:
    """End the credential for good; one that is no longer valid is fine."""
    own = options.get("api_url") not in (None, "", DEFAULT_API_URL)
    with _transport(options, secret, api_url="" if own else REVOKE_HOST) as transport:
        try:
            transport.request("POST", "/v1/oauth/revoke", data={"token": secret}, repeatable=True, any_body=True)
        except ApiError as error:
            if error.status != 401:
                raise


@contextmanager
def _transport(options: Mapping[str, Any], secret: str, *, user: str = "", api_url: str = "") -> Iterator[Transport]:
    """A transport that sends the credential, never the account's token."""
    transport = Transport(
        ConnectionSettings(
            token=secret,
            subject="The password of the registry login",
            user=user,
            api_url=api_url or options.get("api_url") or DEFAULT_API_URL,
            ca_cert=options.get("ca_cert") or "",
            api_timeout=float(options.get("api_timeout") or 60),
        )
    )
    try:
        yield transport
    finally:
        transport.close()
