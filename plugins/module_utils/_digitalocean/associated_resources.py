# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a cluster leaves behind when it is deleted, and what of it the user wants gone too. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import InvalidInputError
from .._reconcile import JsonObject
from .suggest import suggest

KEEP = "keep"
DESTROY = "destroy"
ALL = "all"
KINDS = {"load_balancers": "load balancer", "volumes": "volume", "volume_snapshots": "volume snapshot"}

Resources = dict[str, list[JsonObject]]


def checked_selection(wanted: Any) -> dict[str, list[str]]:
    """The option in one form: for each kind the ids and names that shall go, "all" for every one.

    Raises InvalidInputError for anything that is neither keep, destroy, a list of kinds nor names by kind.
    """
    if wanted == KEEP:
        return {}
    if wanted == DESTROY:
        wanted = list(KINDS)
    if isinstance(wanted, list):
        wanted = {str(kind): [ALL] for kind in wanted}
    if not isinstance(wanted, Mapping):
        raise InvalidInputError(
            f"associated_resources is {wanted!r}.",
            f"Write keep, destroy, a list of kinds ({', '.join(KINDS)}), or for each kind a list of names or ids.",
        )
    unknown = sorted(set(map(str, wanted)) - set(KINDS))
    if unknown:
        raise InvalidInputError(
            f"associated_resources has the unknown kind {unknown[0]!r}{suggest(unknown[0], KINDS)}.",
            f"Kinds are: {', '.join(KINDS)}.",
        )
    return {
        str(kind): [str(item) for item in items] if isinstance(items, list) else [str(items)]
        for kind, items in wanted.items()
    }


def is_everything(wanted: Mapping[str, list[str]]) -> bool:
    return all(ALL in wanted.get(kind, ()) for kind in KINDS)


def select(wanted: Mapping[str, list[str]], there: Resources) -> Resources:
    """Those of the associated resources that shall go. Raises InvalidInputError for a name that is not among them."""
    chosen: Resources = {}
    for kind, names in wanted.items():
        items = there.get(kind) or []
        known = {str(item.get("id")) for item in items} | {str(item.get("name")) for item in items}
        unknown = sorted(set(names) - known - {ALL})
        if unknown:
            raise InvalidInputError(
                f"The cluster has no {KINDS[kind]} {unknown[0]!r}{suggest(unknown[0], known)}.",
                f"Its {KINDS[kind]}s: {', '.join(sorted(str(item.get('name')) for item in items)) or 'none'}.",
            )
        chosen[kind] = [item for item in items if ALL in names or names_one(item, names)]
    return {kind: items for kind, items in chosen.items() if items}


def names_one(item: Mapping[str, Any], names: list[str]) -> bool:
    return str(item.get("id")) in names or str(item.get("name")) in names


def remaining(there: Resources, chosen: Resources) -> Resources:
    gone = {str(item.get("id")) for items in chosen.values() for item in items}
    left = {kind: [item for item in items if str(item.get("id")) not in gone] for kind, items in there.items()}
    return {kind: items for kind, items in left.items() if items}


def describe(resources: Resources) -> list[str]:
    return [
        f"{KINDS.get(kind, kind)} {item.get('name') or item.get('id')} ({item.get('id')})"
        for kind, items in resources.items()
        for item in items
    ]
