# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Which files of a repository are to change. Pure: no Git, no module."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import InvalidInputError, raise_all

REGULAR, EXECUTABLE = "100644", "100755"
LINK, SUBMODULE = "120000", "160000"
_KINDS = {LINK: "a symbolic link", SUBMODULE: "a submodule"}


@dataclass(frozen=True)
class Entry:
    """A file as a commit holds it: Git's mode and the id of its content."""

    mode: str
    blob: str


@dataclass(frozen=True)
class Declared:
    """The files that the user declares.

    files: path from the root of the repository to content, None for a file that shall not be there
    purge: folder, with a slash at its end, below which nothing else may be; "" purges nothing
    """

    files: Mapping[str, bytes | None]
    purge: str = ""


@dataclass(frozen=True)
class FileChange:
    """One file to write (content) or to remove (content is None). before: as it is now."""

    path: str
    before: Entry | None
    content: bytes | None

    @property
    def mode(self) -> str:
        """Git's mode of the file to write: an executable stays one."""
        return EXECUTABLE if self.before is not None and self.before.mode == EXECUTABLE else REGULAR

    def describe(self) -> str:
        deed = "create" if self.before is None else "delete" if self.content is None else "change"
        return f"{deed} {self.path}"


def declared_files(folder: str, files: Sequence[Mapping[str, Any]], purge: bool) -> Declared:
    """What the options say. Raises InvalidInputError with everything that is wrong with them."""
    problems = [f"folder is {folder!r}: {why}" for why in _path_problems(folder)] if folder else []
    prefix = f"{folder.strip('/')}/" if folder else ""
    if purge and not prefix:
        problems.append("purge needs folder: without one it would empty the repository")
    found: dict[str, bytes | None] = {}
    for number, item in enumerate(files, 1):
        where, path = f"files[{number}].path", str(item["path"])
        problems += [f"{where} is {path!r}: {why}" for why in _path_problems(path)]
        if path.startswith("/") or path.endswith("/"):
            problems.append(f"{where} is {path!r}: give the path of a file, from folder")
        content = item.get("content")
        present = item.get("state", "present") == "present"
        if present and content is None:
            problems.append(f"files[{number}] ({path}) has no content")
        if prefix + path in found:
            problems.append(f"{where} is {path!r}, which is declared twice")
        found[prefix + path] = str(content).encode() if present else None
    kept = {path for path, content in found.items() if content is not None}
    for path in sorted(kept):
        above = next((folder for folder in _folders(path) if folder in kept), "")
        if above:
            problems.append(f"{above} is declared as a file and as the folder of {path}")
    raise_all(problems, InvalidInputError, "These files cannot be declared")
    return Declared(found, prefix if purge else "")


def changes_to(declared: Declared, tree: Mapping[str, Entry]) -> list[FileChange]:
    """What has to change in a tree (path to entry), in order of path.

    Raises InvalidInputError where a file would have to take the place of a folder, a folder that of a file, or a
    file that of a link or submodule: what is there is not ours to remove.
    """
    problems: list[str] = []
    found: list[FileChange] = []
    for path, content in declared.files.items():
        before = tree.get(path)
        if content is None:
            if before is not None:
                found.append(FileChange(path, before, None))
            continue
        if any(one.startswith(f"{path}/") and not _goes(declared, one) for one in tree):
            problems.append(f"{path} is a folder in the repository")
        problems += [f"{above} is a file in the repository, {path} needs it as a folder" for above in _folders(path)
                     if above in tree and not _goes(declared, above)]  # fmt: skip
        if before is not None and before.mode in _KINDS:
            problems.append(f"{path} is {_KINDS[before.mode]} in the repository")
        if before is None or before.blob != blob_id(content):
            found.append(FileChange(path, before, content))
    found += [FileChange(path, entry, None) for path, entry in tree.items() if _purged(declared, path)]
    raise_all(problems, InvalidInputError, "The repository holds something else where files are declared")
    return sorted(found, key=lambda change: change.path)


def blob_id(content: bytes) -> str:
    """The name that Git gives a content (SHA-1 repositories)."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _purged(declared: Declared, path: str) -> bool:
    return bool(declared.purge) and path.startswith(declared.purge) and path not in declared.files


def _goes(declared: Declared, path: str) -> bool:
    return _purged(declared, path) or (path in declared.files and declared.files[path] is None)


def _folders(path: str) -> list[str]:
    """The folders above a path, nearest last: a/b/c -> a, a/b."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _path_problems(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    if "" in parts:
        return ["a path has a name between any two slashes"]
    if any(part in (".", "..") for part in parts):
        return ["it must stay inside the repository, without . and .."]
    if any(part.lower() == ".git" for part in parts):
        return ["Git keeps .git for itself"]
    if any(ord(character) < 32 or ord(character) == 127 for character in path):
        return ["it has a control character"]
    return []
