# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Names of time zones. Argo CD takes one that it does not know for UTC, so a window would be open at another time."""

from __future__ import annotations

import functools
import zoneinfo

from .._grammar import Grammar


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_time_zone(name: str) -> bool:
    """Whether there is such a zone; any name will do on a machine that has no list of them."""
    return name in ("", "UTC", "Local") or not _known() or name in _known()


TIME_ZONE = Grammar(
    "a time zone such as Europe/Berlin",
    lambda value: is_time_zone(str(value)),
    "argo-cd, pkg/apis/application/v1alpha1/types.go, SyncWindow.Validate",
)
