# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual environment of this Python that has what files of pinned requirements name, made anew when they change."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def commands(folder: Path, *requirements: Path) -> Path:
    """The environment's folder of commands; it is made first where it is not there, or was made from other pins.

    Raises:
        subprocess.CalledProcessError: when pip cannot install it
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Tests beside each other may want the same one.
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make(folder, requirements)
    return folder / "bin"


def _make(folder: Path, requirements: tuple[Path, ...]) -> None:
    stamp = folder / ".made-from"
    contents = "\n".join([sys.version, *(text for file in requirements for text in _with_included(file))])
    if stamp.exists() and stamp.read_text() == contents:
        return
    if folder.exists():
        shutil.rmtree(folder)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *(f"--requirement={file}" for file in requirements)], check=True)
    stamp.write_text(contents)


def _with_included(file: Path) -> Iterator[str]:
    text = file.read_text()
    yield text
    for line in text.splitlines():
        if line.startswith("-r "):
            yield from _with_included(file.parent / line.removeprefix("-r ").strip())
