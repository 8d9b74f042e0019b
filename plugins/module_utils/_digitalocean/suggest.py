# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Names near a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggest(wrong: str, known: Iterable[str]) -> str:
    """ "Continue a sentence with the known names near the wrong one: "; near it: fra1", or "" without one."""
    near = difflib.get_close_matches(wrong, sorted(set(known)), n=3, cutoff=0.5)
    return f"; near it: {', '.join(near)}" if near else ""
