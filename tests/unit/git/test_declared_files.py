# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files change: declarations, folders, links, purging."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError
from ansible_collections.slipway.gitops.plugins.module_utils._git.declared_files import (
    EXECUTABLE,
    LINK,
    REGULAR,
    SUBMODULE,
    Entry,
    blob_id,
    changes_to,
    declared_files,
)


def entry(content: bytes, mode: str = REGULAR) -> Entry:
    return Entry(mode, blob_id(content))


def sentences(files: list[dict[str, Any]], tree: dict[str, Entry], folder: str = "", purge: bool = False) -> list[str]:
    return [change.describe() for change in changes_to(declared_files(folder, files, purge), tree)]


def test_the_id_is_gits_own() -> None:
    content = b"some\ncontent\n"
    git = subprocess.run(["git", "hash-object", "--stdin"], input=content, capture_output=True, check=True)
    assert blob_id(content) == git.stdout.decode().strip()


def test_create_change_delete_and_leave() -> None:
    tree = {"a": entry(b"1"), "b": entry(b"2"), "c": entry(b"3"), "other": entry(b"4")}
    files = [
        {"path": "new", "content": "5"},
        {"path": "a", "content": "1"},
        {"path": "b", "content": "changed"},
        {"path": "c", "state": "absent"},
        {"path": "never", "state": "absent"},
    ]
    assert sentences(files, tree) == ["change b", "delete c", "create new"]


def test_a_folder_and_what_is_purged_from_it() -> None:
    tree = {"x/a": entry(b"1"), "x/deep/b": entry(b"2"), "xy": entry(b"3"), "y/a": entry(b"4")}
    files = [{"path": "a", "content": "1"}]
    assert sentences(files, tree, "x") == []
    assert sentences(files, tree, "x", purge=True) == ["delete x/deep/b"]
    assert sentences([], tree, "x", purge=True) == ["delete x/a", "delete x/deep/b"]
    assert sentences([], tree, "nothing", purge=True) == []


def test_an_executable_stays_one() -> None:
    [change] = changes_to(declared_files("", [{"path": "a", "content": "2"}], False), {"a": entry(b"1", EXECUTABLE)})
    assert change.mode == EXECUTABLE


@pytest.mark.parametrize(
    ("files", "tree", "words"),
    [
        ([{"path": "a", "content": ""}], {"a": entry(b"", LINK)}, "a is a symbolic link"),
        ([{"path": "a", "content": ""}], {"a": Entry(SUBMODULE, "0" * 40)}, "a is a submodule"),
        ([{"path": "a", "content": ""}], {"a/b": entry(b"")}, "a is a folder in the repository"),
        (
            [{"path": "a/b", "content": ""}],
            {"a": entry(b"")},
            "a is a file in the repository, a/b needs it as a folder",
        ),
    ],
)
def test_what_is_not_ours_is_not_replaced(files: list[dict[str, Any]], tree: dict[str, Entry], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        sentences(files, tree)


def test_a_file_makes_room_when_that_is_declared() -> None:
    files = [{"path": "a", "state": "absent"}, {"path": "a/b", "content": ""}]
    assert sentences(files, {"a": entry(b"1")}) == ["delete a", "create a/b"]
    assert sentences([{"path": "a", "content": ""}], {"x/a/b": entry(b"1")}, "x", purge=True) == [
        "create x/a",
        "delete x/a/b",
    ]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../up", "a/../../up", ".git/config", "a/.GIT/hooks/x", "a//b", "folder/", "", "a\nb", "."]
)
def test_paths_that_are_refused(path: str) -> None:
    with pytest.raises(InvalidInputError, match="files\\[1\\]"):
        declared_files("", [{"path": path, "content": ""}], False)


@pytest.mark.parametrize("folder", ["..", "a/../..", ".git", "/"])
def test_folders_that_are_refused(folder: str) -> None:
    with pytest.raises(InvalidInputError, match="folder is"):
        declared_files(folder, [], False)


def test_all_problems_at_once() -> None:
    files = [
        {"path": "a", "content": "1"},
        {"path": "a", "content": "2"},
        {"path": "b"},
        {"path": "a/c", "content": "3"},
    ]
    with pytest.raises(InvalidInputError) as caught:
        declared_files("", files, purge=True)
    text = str(caught.value)
    for number, words in enumerate(
        ["purge needs folder", "files[2].path is 'a', which is declared twice", "files[3] (b) has no content"], 1
    ):
        assert f"{number}. {words}" in text
    assert "4. a is declared as a file and as the folder of a/c" in text
