# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""API tokens of accounts and project roles: made, kept, renewed before they end, removed. The JWT is shown once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._errors import InvalidInputError, raise_all
from .._jwt import claims_of
from .._reconcile import JsonObject

TOKEN_OPTIONS: dict[str, Any] = {
    "id": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "expires_in": {"type": "int", "default": 0},
    "renew_before": {"type": "int"},
    "path": {"type": "path"},
}


@dataclass(frozen=True)
class WantedToken:
    """A token as declared.

    id: its name, unique per account or role
    expires_in: seconds from creation, 0 = never
    renew_before: seconds before its end from which it is made anew
    path: file that holds the JWT (0600), "" for none
    role: role of a project, "" for a token of an account
    """

    id: str
    present: bool = True
    expires_in: int = 0
    renew_before: int = 0
    path: str = ""
    role: str = ""

    @classmethod
    def from_option(cls, option: Mapping[str, Any]) -> WantedToken:
        expires_in = option["expires_in"]
        renew_before = option["renew_before"]
        return cls(
            id=option["id"],
            present=option["state"] == "present",
            expires_in=expires_in,
            renew_before=expires_in // 4 if renew_before is None else renew_before,
            path=option["path"] or "",
            role=option.get("role") or "",
        )

    @property
    def name(self) -> str:
        return f"token {self.id} of role {self.role}" if self.role else f"token {self.id}"


def wanted_tokens(options: Sequence[Mapping[str, Any]] | None) -> list[WantedToken]:
    """The declared tokens. Raises InvalidInputError naming everything that is wrong with them."""
    wanted = [WantedToken.from_option(option) for option in options or []]
    found: list[str] = []
    seen: set[tuple[str, str]] = set()
    for token in wanted:
        if (token.role, token.id) in seen:
            found.append(f"{token.name} is given twice")
        seen.add((token.role, token.id))
        if token.expires_in < 0:
            found.append(f"{token.name}: expires_in is {token.expires_in}, it must be 0 (never) or seconds")
        elif token.expires_in and not 0 <= token.renew_before < token.expires_in:
            found.append(
                f"{token.name}: renew_before is {token.renew_before}, it must be 0 or more and less than expires_in"
            )
    raise_all(found, InvalidInputError, "The tokens cannot be used")
    return wanted


@dataclass(frozen=True)
class TokenStep:
    """What to do for one token. reason: why it is made or removed; existing: the API's record of it."""

    token: WantedToken
    existing: JsonObject | None
    remove: bool
    create: bool
    reason: str = ""

    def sentence(self, owner: str) -> str:
        verb = {(False, True): "create", (True, True): "renew", (True, False): "delete"}[(self.remove, self.create)]
        return f"{verb} {self.token.name} of {owner}" + (f": {self.reason}" if self.reason else "")


def plan_token(wanted: WantedToken, records: Sequence[JsonObject], now: float) -> TokenStep | None:
    """What to do for a token given the API's records (id, iat, exp); None when nothing is."""
    existing = next((record for record in records if record.get("id") == wanted.id), None)
    if not wanted.present:
        return TokenStep(wanted, existing, remove=True, create=False) if existing else None
    if existing is None:
        return TokenStep(wanted, None, remove=False, create=True)
    reason = _reason_to_renew(wanted, existing, now)
    return TokenStep(wanted, existing, remove=True, create=True, reason=reason) if reason else None


def _reason_to_renew(wanted: WantedToken, existing: JsonObject, now: float) -> str:
    # int64 fields can be texts in JSON.
    issued, expires = (
        int(existing.get("iat") or existing.get("issuedAt") or 0),
        int(existing.get("exp") or existing.get("expiresAt") or 0),
    )
    lifetime = expires - issued if expires else 0
    if lifetime != wanted.expires_in:
        return f"it lasts {_seconds(lifetime)}, not {_seconds(wanted.expires_in)}"
    if expires and expires - now <= wanted.renew_before:
        left = expires - now
        return "it has expired" if left <= 0 else f"it ends in {left:.0f} s"
    if wanted.path:
        claims = read_claims(wanted.path)
        if claims.get("jti") != wanted.id or int(claims.get("iat") or 0) != issued:
            return f"{wanted.path} does not hold it"
    return ""


def _seconds(lifetime: int) -> str:
    return f"{lifetime} s" if lifetime else "for ever"


def read_claims(path: str) -> JsonObject:
    """Claims of the JWT in a file; {} when there is none."""
    try:
        return claims_of(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_token(path: str, token: str) -> None:
    """Write the JWT to a file that only its owner can read. Raises InvalidInputError when that cannot be done."""
    target = Path(path)
    temporary = target.with_name(target.name + ".new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(token + "\n")
        temporary.replace(target)
    except OSError as error:
        raise InvalidInputError(
            f"The token was made, but {path} cannot be written: {error.strerror}.",
            "Make its folder writable and run again: the token is then made anew.",
        ) from error


def check_paths(wanted: Sequence[WantedToken]) -> None:
    """Raise InvalidInputError for token files whose folder is missing, before a token is made and lost."""
    found = [
        f"{token.name}: the folder of {token.path} does not exist"
        for token in wanted
        if token.present and token.path and not Path(token.path).parent.is_dir()
    ]
    raise_all(found, InvalidInputError, "The tokens cannot be written")


def apply_tokens(
    owner: str,
    wanted: Sequence[WantedToken],
    records: Callable[[WantedToken], Sequence[JsonObject]],
    delete: Callable[[WantedToken, JsonObject], None],
    create: Callable[[WantedToken], str],
    *,
    check_mode: bool,
    done: list[str],
) -> tuple[list[str], list[JsonObject]]:
    """Bring the tokens to what is declared.

    records: the API's records for a token's owner; delete, create: the calls; done: gets a sentence after each step
    Returns the sentences, and for each present token its id, role, times, and the JWT when it was made now.
    """
    check_paths(wanted)
    sentences: list[str] = []
    results: list[JsonObject] = []
    for token in wanted:
        step = plan_token(token, records(token), time.time())
        jwt = ""
        if step:
            sentence = step.sentence(owner)
            sentences.append(sentence)
            if not check_mode:
                if step.remove and step.existing:
                    delete(token, step.existing)
                if step.create:
                    jwt = create(token)
                    if token.path:
                        write_token(token.path, jwt)
                done.append(sentence)
        if token.present:
            results.append(_result(token, jwt, step, records(token) if not check_mode else ()))
    return sentences, results


def _result(token: WantedToken, jwt: str, step: TokenStep | None, records: Sequence[JsonObject]) -> JsonObject:
    record = next((item for item in records if item.get("id") == token.id), {})
    result: JsonObject = {"id": token.id, "changed": step is not None}
    if token.role:
        result["role"] = token.role
    issued = int(record.get("iat") or record.get("issuedAt") or 0)
    expires = int(record.get("exp") or record.get("expiresAt") or 0)
    if issued:
        result.update(issued_at=issued, expires_at=expires or None)
    if token.path:
        result["path"] = token.path
    elif jwt:
        result["token"] = jwt
    return result
