# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a login for a registry may do, whoever made it, and in words why it will not do.

What the registry says of an image that cannot be pushed says little: it is unauthorized for a read-only login as for a
revoked one, and of a full tier clients show a mere 403 (docker/build-push-action#586).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import _text_file
from .._argument_spec import ArgumentSpec
from .._errors import ApiError, InvalidInputError
from .._reconcile import JsonObject
from . import docker_config, registry_login
from .container_registry import REGISTRY_SERVER
from .docker_config import READ_ONLY, READ_WRITE
from .kubeconfig import format_time, parse_time

# A repository to ask about where none is named. Nothing is made of this name.
ANY_REPOSITORY = "slipway-login-check"

LOGIN_CHECK_SPEC = ArgumentSpec(
    options={
        "name": {"type": "str", "required": True},
        "path": {"type": "path"},
        "content": {"type": "str", "no_log": True},
        "access": {"type": "str", "choices": [READ_ONLY, READ_WRITE], "default": READ_ONLY},
        "repositories": {"type": "list", "elements": "str", "default": []},
        "expires_at": {"type": "str"},
    },
    mutually_exclusive=(("path", "content"),),
    required_one_of=(("path", "content"),),
)


@dataclass
class LoginCheck:
    """accepted: whether the registry lets the login in. can_push: None when it was not asked or cannot be told.

    problems: why it will not do for what it is meant for, one sentence each
    """

    expires_at: datetime | None
    accepted: bool = False
    can_push: bool | None = None
    problems: list[str] = field(default_factory=list)

    def as_result(self) -> JsonObject:
        return {
            "accepted": self.accepted,
            "can_push": self.can_push,
            "expires_at": format_time(self.expires_at) if self.expires_at else None,
            "problems": self.problems,
        }


def check_login(params: Mapping[str, Any], now: datetime | None = None) -> LoginCheck:
    """Ask the registry. Raises SlipwayError when it cannot be asked, or where there is no login to ask with."""
    where, document = _document(params)
    user, secret = _login(where, document)
    check = LoginCheck(_expires_at(params, document))
    check.accepted = registry_login.is_good(params, REGISTRY_SERVER, user, secret)
    if not check.accepted:
        check.problems.append(_why_refused(check.expires_at, now or datetime.now(UTC)))
        return check
    if params["access"] == READ_WRITE:
        for repository in params["repositories"] or [ANY_REPOSITORY]:
            _check_push(params, (user, secret), repository, check)
    return check


def _check_push(params: Mapping[str, Any], login: tuple[str, str], repository: str, check: LoginCheck) -> None:
    name = params["name"]
    try:
        check.can_push = registry_login.may_push(params, REGISTRY_SERVER, *login, f"{name}/{repository}")
    except ApiError as error:
        if error.status == 400:
            check.problems.append(f"it cannot be used for container registry {name}, which the account has not got")
        elif error.status != 403:
            raise
        elif params["repositories"]:
            check.problems.append(
                f"the account's tier is full, so there can be no new repository {repository} "
                f"({error.message.rstrip('.')}): take a bigger tier (slipway.gitops.do_container_registry, tier), "
                "or remove repositories"
            )
        return
    problem = "it is read-only: it can pull and not push; it has to be made with access: read_write"
    if not check.can_push and problem not in check.problems:
        check.problems.append(problem)


def _why_refused(expires_at: datetime | None, now: datetime) -> str:
    if expires_at is None:
        return "the registry refuses it: it has expired, was revoked, or belongs to another account"
    if expires_at <= now:
        return f"it expired at {format_time(expires_at)}"
    return (
        f"the registry refuses it: it was revoked, or belongs to another account (it would be valid until "
        f"{format_time(expires_at)})"
    )


def _document(params: Mapping[str, Any]) -> tuple[str, Any]:
    where, text = "content", params["content"]
    if params["path"] is not None:
        where = params["path"]
        text = _text_file.read(Path(where), "a file for one registry's credentials")
    try:
        return where, json.loads(text)
    except ValueError:
        return where, None


def _login(where: str, document: Any) -> tuple[str, str]:
    auths = document.get("auths") if isinstance(document, dict) else None
    if not isinstance(auths, dict):
        raise InvalidInputError(
            f"{where} is no Docker configuration with logins (auths).",
            "Give what slipway.gitops.do_container_registry_credentials writes.",
        )
    found = auths.get(REGISTRY_SERVER) or auths.get(f"https://{REGISTRY_SERVER}")
    try:
        user, secret = docker_config.login_of(found or {})
    except (KeyError, TypeError, ValueError):
        user = secret = ""
    if not (user and secret):
        others = ", ".join(sorted(auths)) or "none"
        raise InvalidInputError(f"{where} has no login for {REGISTRY_SERVER}; those it has are for {others}.")
    return user, secret


def _expires_at(params: Mapping[str, Any], document: Any) -> datetime | None:
    if params["expires_at"]:
        parsed = parse_time(params["expires_at"])
        if parsed is None:
            raise InvalidInputError(f"expires_at is {params['expires_at']!r}, which is no time.")
        return parsed
    facts = document.get(docker_config.EXTENSION)
    return parse_time(facts.get("expires_at")) if isinstance(facts, dict) else None
