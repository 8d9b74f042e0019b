# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A change that was accepted without an answer that tells so: the object itself shows whether it was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._errors import OutcomeUnknownError
from .._reconcile import JsonObject
from . import canonical

# An object that is read right after its change may still be the one before it: it is read again after these seconds.
LAG_SECONDS = (0.5, 1.0, 2.0, 4.0)


def made_or_seen(
    change: Callable[[], JsonObject],
    read: Callable[[], JsonObject | None],
    wanted: Mapping[str, Any],
    sleep: Callable[[float], None],
) -> JsonObject:
    """The changed object, from the answer or, without one that can be used, as it is read afterwards.

    wanted: what was sent
    sleep: takes seconds
    Raises the OutcomeUnknownError of the change when the object does not show it.
    """
    try:
        return change()
    except OutcomeUnknownError:
        for seconds in (0.0, *LAG_SECONDS):
            sleep(seconds)
            seen = read()
            if seen is not None and shows(seen, wanted):
                return seen
        raise


def shows(there: Any, wanted: Any) -> bool:
    """Whether what is there has all that was sent. What it does not tell about does not count."""
    if isinstance(wanted, Mapping) and isinstance(there, Mapping):
        return all(shows(there[key], value) for key, value in wanted.items() if key in there)
    if isinstance(wanted, list) and isinstance(there, list):
        own = [item for item in there if not (isinstance(item, str) and canonical.is_service_tag(item.lower()))]
        return len(own) == len(wanted) and all(any(shows(item, value) for item in own) for value in wanted)
    return bool(there == wanted) or (not there and not wanted)
