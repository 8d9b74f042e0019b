# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Names in DNS: one form for all spellings of a domain, of a name in it and of a host. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

APEX = "@"
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def domain(name: str) -> str:
    """Example.com. -> example.com"""
    return name.strip().lower().removesuffix(".")


def domain_problems(option: str, name: str) -> list[str]:
    """What is wrong with a domain in its one form."""
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        return [f"{option}: {name!r} is no domain such as example.com"]
    return []


def relative(name: str, zone: str) -> str:
    """A name in a zone as the API has it: @ for the zone itself, www for www.example.com and www.example.com. alike."""
    bare = domain(name)
    if bare in ("", APEX, zone):
        return APEX
    return bare.removesuffix("." + zone)


def relative_problems(option: str, name: str, zone: str) -> list[str]:
    """What is wrong with a name as the user wrote it."""
    if name.strip().endswith(".") and domain(name) != zone and not domain(name).endswith("." + zone):
        return [f"{option}: {name!r} ends with a dot, so it is a full name, and not one in {zone}"]
    labels = relative(name, zone).split(".")
    if labels == [APEX]:
        return []
    rest = labels[1:] if labels[0] == "*" else labels
    if not all(LABEL.fullmatch(label) for label in rest):
        return [f"{option}: {name!r} is no name of a record; write a name such as www, *.dev or @"]
    return []


def full(name: str, zone: str) -> str:
    """www -> www.example.com"""
    return zone if name == APEX else f"{name}.{zone}"


def host(name: str, zone: str) -> str:
    """A host in one form: no final dot, no capitals, the zone itself for @."""
    bare = domain(name)
    return zone if bare in (APEX, zone) else bare


def describe_records(records: Iterable[Mapping[str, Any]]) -> str:
    """How many records there are, and the first of them."""
    listed = [f"{item.get('name')} {item.get('type')} {item.get('data')}" for item in records]
    more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
    return f"{len(listed)} record{'s' if len(listed) > 1 else ''} ({', '.join(listed[:5])}{more})"
