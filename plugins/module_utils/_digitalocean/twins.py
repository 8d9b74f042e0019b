# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Two runs at once may make two objects of one name where the API takes a name twice. The older one stays.

Only what this run itself has just made is ever removed: it is new and nothing is in it. Both runs see the same two
objects and agree which is the older, so one of them removes its own and goes on with the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._errors import AmbiguousNameError, SlipwayError
from .._reconcile import JsonObject
from . import cluster_state, looks
from .lookup import FoundInsteadError


def age(item: Mapping[str, Any]) -> tuple[str, str]:
    """In the order of their making; the same for everybody who looks."""
    return str(item.get("created_at") or ""), str(item.get("id"))


def listed(items: Iterable[Mapping[str, Any]]) -> str:
    ordered = sorted(items, key=age)
    return ", ".join(f"{item.get('id')} (made {item.get('created_at') or 'at an unknown time'})" for item in ordered)


def only_one(
    kind: str,
    made: JsonObject,
    alike: Callable[[], list[JsonObject]],
    remove: Callable[[JsonObject], object],
    sleep: Callable[[float], None],
) -> JsonObject:
    """What this run has made, once it is the only one of its name.

    made: as the API answered this run's own request
    alike: asks for all of the name, made among them
    remove: removes made
    Raises FoundInsteadError with an older one after made was removed, AmbiguousNameError when both are there still.
    """
    others: list[JsonObject] = []
    for _look in looks.looks(sleep, looks.LOOK_AGAIN_SECONDS):
        there = [item for item in alike() if not cluster_state.is_leaving(item)]
        others = [item for item in there if item.get("id") != made["id"]]
        # A list that does not show what was made does not show what others made at that time.
        if len(others) < len(there):
            break
    if not others:
        return made
    oldest = min([made, *others], key=age)
    words = f"Another run made {kind} {made.get('name')} at the same time: {listed([made, *others])}."
    if oldest["id"] != made["id"]:
        try:
            remove(made)
        except SlipwayError as error:
            raise still_there(words, made, f" Removing it failed: {error.message}") from error
        raise FoundInsteadError(oldest, f"{words} The younger one, which this run had made, was removed.")
    for _look in looks.looks(sleep, looks.LOOK_AGAIN_SECONDS):
        ids = {str(item.get("id")) for item in alike() if not cluster_state.is_leaving(item)}
        if not ids & {str(item.get("id")) for item in others}:
            return made
    raise still_there(words, made)


def still_there(words: str, made: Mapping[str, Any], more: str = "") -> AmbiguousNameError:
    return AmbiguousNameError(
        f"{words} This run made {made.get('id')}, and they are all there still.{more}",
        "Remove all but one, such as the one that is empty, and run again: one run at a time.",
    )
