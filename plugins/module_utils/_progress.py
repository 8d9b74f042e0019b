# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Progress lines of a long run, for people who watch it.

An action plugin on the controller names a file in the environment and prints the lines that a module appends to it.
Without that file the lines go nowhere and the module works the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

PROGRESS_FILE_VARIABLE = "SLIPWAY_PROGRESS_FILE"

ProgressSink = Callable[[str], None]


def no_progress(_line: str) -> None:
    """A sink for runs that nobody watches."""


def progress_from_environment(environ: Mapping[str, str] | None = None) -> ProgressSink:
    """A sink that appends lines to the file named in the environment, or one that drops them."""
    name = (os.environ if environ is None else environ).get(PROGRESS_FILE_VARIABLE)
    if not name:
        return no_progress
    path = Path(name)

    def append(line: str) -> None:
        try:
            with path.open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        except OSError:
            # Progress is a courtesy: another user's file or a full disk must not end a run that works.
            return

    return append
