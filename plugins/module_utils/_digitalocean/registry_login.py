# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Calls that are made with a registry credential itself: whether it is good, and revoking it.

Neither is in the API's description. /v2/registry/auth is where the registry sends a client with its login, as every
docker login does; revoking is https://docs.digitalocean.com/reference/api/oauth/#revoke, and that the password is what
is revoked is from terraform-provider-digitalocean#1375. What it answers is not published: only a JSON object with
status 200 is taken for a success, and everything else for a reason to ask the registry.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from .._errors import (
    ApiError,
    ConnectionFailedError,
    ObjectFailedError,
    OutcomeUnknownError,
    RefusalKind,
    UnreadableAnswerError,
)
from .._jwt import claims_of
from .docker_config import DockerConfig
from .kubeconfig import format_time
from .looks import looks
from .transport import DEFAULT_API_URL, ConnectionSettings, Transport

REVOKE_HOST = "https://cloud.digitalocean.com"
REFUSED = frozenset({401, 403})
# One refusal may be that of a moment, and what follows from it cannot be undone: the question is asked again.
SECOND_QUESTION_SECONDS = 1.0


def is_good(options: Mapping[str, Any], server: str, user: str, secret: str) -> bool:
    """Whether the registry lets this login in: not, when it refused it twice.

    Raises SlipwayError when that cannot be found out.
    """
    if _log_in(options, user, secret, REFUSED, service=server) is not None:
        return True
    time.sleep(SECOND_QUESTION_SECONDS)
    return _log_in(options, user, secret, REFUSED, service=server) is not None


def may_push(options: Mapping[str, Any], server: str, user: str, secret: str, repository: str) -> bool:
    """Whether a login that is good may push to <registry>/<repository>, too.

    Raises ApiError with status 400 for a registry that the account has not got, 403 where its tier has no room for the
    repository (docker/build-push-action#586).
    """
    scope = f"repository:{repository}:pull,push"
    token = _log_in(options, user, secret, frozenset({401}), service=server, scope=scope)
    if token is None:
        return False
    granted = _granted(token)
    return granted is None or "push" in granted


def _log_in(options: Mapping[str, Any], user: str, secret: str, refused: frozenset[int], **query: str) -> str | None:
    """The token that the registry gives for a login, None where its status says that the login is refused.

    https://distribution.github.io/distribution/spec/auth/token/ (token, or access_token)
    """
    with _transport(options, secret, user=user) as transport:
        try:
            body = transport.request("GET", "/v2/registry/auth?" + urlencode(query)).body or {}
        except ApiError as error:
            # A web page with such a status is somebody else's, such as a proxy's.
            if error.status not in refused or error.kind is RefusalKind.OTHER:
                raise
            return None
    token = body.get("token") or body.get("access_token")
    if not token:
        raise UnreadableAnswerError(
            "The registry let the login in and gave no token, so it cannot be told whether the login is good.",
            "Run again; if it stays so, check api_url and the proxy settings.",
        )
    return str(token)


def _granted(token: str) -> frozenset[str] | None:
    """The actions that a token is for, None when it cannot be read. They may be less than was asked for:
    https://distribution.github.io/distribution/spec/auth/jwt/
    """
    try:
        access = claims_of(token)["access"]
        return frozenset(str(action) for item in access for action in item["actions"])
    except (AttributeError, KeyError, TypeError):
        return None


def revoke(options: Mapping[str, Any], config: DockerConfig) -> None:
    """End the credential for good; one that is no longer valid is fine.

    Raises ObjectFailedError when the registry goes on accepting it, SlipwayError when that cannot be found out.
    """
    trouble = _trouble_of_revoking(options, config.login[1])
    if not trouble:
        return
    for _look in looks(time.sleep):
        if not is_good(options, config.server, *config.login):
            return
    raise ObjectFailedError(
        f"The login for container registry {config.registry} was not revoked: {trouble} The registry goes on accepting "
        f"it, and would until {format_time(config.expires_at)}.",
        "Its file stays, for it is the only copy: run again. Or write revoke: false to remove the file and leave the "
        "login valid.",
    )


def _trouble_of_revoking(options: Mapping[str, Any], secret: str) -> str:
    """What keeps the answer from being a success, "" when it is one."""
    own = options.get("api_url") not in (None, "", DEFAULT_API_URL)
    with _transport(options, secret, api_url="" if own else REVOKE_HOST) as transport:
        try:
            answer = transport.request("POST", "/v1/oauth/revoke", data={"token": secret}, repeatable=True)
        except (ApiError, ConnectionFailedError, OutcomeUnknownError, UnreadableAnswerError) as error:
            return error.message
        host = transport.settings.api_url
    return "" if answer.body is not None else f"{host} answered {answer.status} without a word."


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
