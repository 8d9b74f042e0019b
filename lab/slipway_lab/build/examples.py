# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of examples/, built as their Dockerfiles build them: told their version and the commit they are of."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.upstreams import Upstream
from slipway_lab.git.errors import GitError
from slipway_lab.git.first_commit import first_commit

EXAMPLES_DIRECTORY = Path(__file__).resolve().parents[3] / "examples"
_BINARIES: Mapping[str, Sequence[str]] = {"web": ("web",), "shop": ("api", "frontend", "worker")}


def example_program(name: str, version: str) -> Upstream:
    """What builds the programs of one example. Raises BuildError.

    The commit is the one the example's repository in the lab's Git server begins with.
    """
    folder = EXAMPLES_DIRECTORY / name
    if shutil.which("git") is None:
        raise BuildError("git, which tells the commit of the examples, is missing: apt install git")
    try:
        commit = first_commit(folder)
    except GitError as error:
        raise BuildError(f"The commit of example {name} cannot be told: {error}") from error
    return Upstream(
        name=f"example-{name}",
        module="",
        version=f"v{version}",
        binaries={binary: binary for binary in _BINARIES[name]},
        linker_flags=(f"-X main.version={version}", f"-X main.commit={commit}"),
        package="./cmd/...",
        folder=folder,
    )
