# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A text file that a module keeps: read, replaced in one step, removed. Readable by its owner only unless told."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ._errors import InvalidInputError

PRIVATE_MODE = 0o600
_PRIVATE_FOLDER_MODE = 0o700
_LOCK_SECONDS = 300.0
_LOCK_PAUSE_SECONDS = 0.1


def read(path: Path, what: str) -> str:
    """The text of the file, "" without one. Raises InvalidInputError when it cannot be read; what: "a kubeconfig"."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}.", f"Give the path of {what}.") from error


def nearest_folder(path: Path) -> Path:
    """The folder of the file, or of that the nearest one that is there."""
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """No other run on this machine is in here with a file of the same folder. The lock leaves nothing behind.

    Raises InvalidInputError when one stays in here for five minutes.
    """
    folder = os.open(nearest_folder(path), os.O_RDONLY)
    try:
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise InvalidInputError(
                        f"Another run has been writing in the folder of {path} for {_LOCK_SECONDS:.0f} s.",
                        "Run again when it has ended.",
                    ) from error
                time.sleep(_LOCK_PAUSE_SECONDS)
            except OSError:
                break  # a file system that knows no locks
        yield
    finally:
        os.close(folder)


def refuse_unwritable(path: Path) -> None:
    """Fail before a secret is made that could not be kept: each one stays valid until it runs out."""
    folder = nearest_folder(path)
    if path.is_dir():
        raise InvalidInputError(f"{path} is a folder.", "Give the path of a file.")
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInputError(
            f"{path} cannot be written: {folder} is not a folder this user may write to.",
            "Give another path, or allow writing there.",
        )


def write(path: Path, text: str, file_mode: int = PRIVATE_MODE) -> None:
    """Replace the file; missing folders are made, as private as the file. Raises InvalidInputError if it cannot."""
    folder_mode = _PRIVATE_FOLDER_MODE if file_mode == PRIVATE_MODE else 0o777
    try:
        path.parent.mkdir(mode=folder_mode, parents=True, exist_ok=True)
        # mkstemp makes the file 0600 from the start, and a rename replaces the old one in one step.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(file_mode)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be written: {error.strerror}.", "Give another path, or allow writing there."
        ) from error


def remove(path: Path) -> None:
    """Raises InvalidInputError when the file cannot be removed."""
    try:
        path.unlink()
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be removed: {error.strerror}.") from error


def mode(path: Path) -> str:
    """Its permissions, such as 0600."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
