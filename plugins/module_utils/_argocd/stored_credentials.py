# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Compare declared credentials with stored ones that the API never returns, and write them without losing any.

A POST without upsert of an object that exists never writes: the server answers 200 when it is the same, secrets
included, and else 400 with the names of the fields that differ.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from .._errors import InvalidInputError
from .._reconcile import JsonObject
from .api_schema import DEFINITIONS
from .client import Client
from .options import snake_case

_DIFFERENCE = re.compile(r'spec is different;.*?(?:difference in keys "(?P<keys>[^"]*)")?$', re.DOTALL)


@dataclass(frozen=True)
class Probe:
    """What of an object differs from what is stored.

    declared: hidden fields (API names) that were declared and differ
    undeclared: hidden fields that are stored and were not declared
    """

    declared: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()


def probe(client: Client, what: str, collection: str, kind: str, *, body: JsonObject, hidden: Collection[str]) -> Probe:
    """Ask the server how an existing object differs. Raises ApiError when it cannot say, such as for a repository
    that cannot be reached with the declared credentials.
    """
    answer = client.call("POST", collection, body=body)
    found = _DIFFERENCE.search(answer.error) if answer.status == 400 else None
    if found is None:
        client.must(what, answer)
        return Probe()
    by_lower = {field.lower(): field for field in DEFINITIONS[kind]}
    names = {by_lower.get(key.lower(), key) for key in (found["keys"] or "").split(",")}
    differing = [field for field in DEFINITIONS[kind] if field in names and field in hidden]
    return Probe(
        declared=tuple(field for field in differing if field in body),
        undeclared=tuple(field for field in differing if field not in body),
    )


def refuse_loss(subject: str, undeclared: Collection[str]) -> None:
    """Raise InvalidInputError when writing would blank stored credentials that the user did not declare."""
    if undeclared:
        names = ", ".join(snake_case(field) for field in undeclared)
        raise InvalidInputError(
            f"{subject} stores {names}, which was not declared: Argo CD replaces the whole object, so writing the "
            "other changes would remove it.",
            'Declare it too, or give it as "" (false, 0) to remove it.',
        )
