# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A note beside a credential's file that a login was asked for. It comes before the login, and goes when that is kept.

Nobody can list logins. A run that was killed in between leaves the note, and the next run can tell of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import _text_file
from .._errors import SlipwayError


class LoginsAskedFor:
    """path: of the credential's file. The note has a line for each login: until when it is valid."""

    def __init__(self, path: Path) -> None:
        self._note = path.with_name(f".{path.name}.asked")

    @contextmanager
    def one_until(self, expiry: str) -> Iterator[None]:
        """In here a login is made and kept. What a SlipwayError leaves behind is for that to tell."""
        self._write([*self._lines(), expiry])
        try:
            yield
        except SlipwayError:
            self._write(self._lines()[:-1])
            raise
        self._write(self._lines()[:-1])

    def left_behind(self, what: str) -> list[str]:
        """A warning when a run was ended in there. what: "read-write credentials for ..." """
        lines = self._lines()
        if not lines:
            return []
        number = "a login" if len(lines) == 1 else f"{len(lines)} logins"
        return [
            f"A run before this one was ended while it asked for {what}, so {number} may have been made: in no file, "
            f"and valid until {max(lines)}."
        ]

    def told(self) -> None:
        self._write([])

    def _lines(self) -> list[str]:
        return _text_file.read(self._note, "a note of this module's").split()

    def _write(self, lines: list[str]) -> None:
        if lines:
            _text_file.write(self._note, "".join(f"{line}\n" for line in lines))
        elif self._note.exists():
            _text_file.remove(self._note)
