# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Names near a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggest(wrong: str, known: Iterable[str]) -> str:
    """ "Continue a sentence with the known names near the wrong one: "; near it: fra1", or "" without one.

    Capitals do not make a name far: AMS3 is near ams3, which is what the API calls it.
    """
    by_lower: dict[str, list[str]] = {}
    for name in sorted(set(known) - {wrong}):
        by_lower.setdefault(name.lower(), []).append(name)
    lower = wrong.lower()
    near = [lower] if lower in by_lower else difflib.get_close_matches(lower, by_lower, n=3, cutoff=0.5)
    names = [name for key in near for name in by_lower[key]]
    return f"; near it: {', '.join(names)}" if names else ""
