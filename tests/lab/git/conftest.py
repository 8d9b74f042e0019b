# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures around the lab's Git server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from git_work_tree import WorkTree
from lab_git import lab_git
from slipway_lab.git.client import GitClient
from webhook_receiver import Receiver

__all__ = ["lab_git"]


@pytest.fixture
def work_tree(lab_git: GitClient, tmp_path: Path) -> WorkTree:
    """A work tree with one commit that was pushed to repository `web`."""
    lab_git.create("web")
    tree = WorkTree(tmp_path / "web", lab_git.url_with_password("web"))
    tree.commit({"a.txt": "1\n", "b.txt": "1\n"}, "first")
    assert tree.push().returncode == 0
    return tree


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()
