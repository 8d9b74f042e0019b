# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball, built and installed where nothing of the checkout is found, and the field's tools run there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import core_environments
import pinned_environment

CHECKOUT = Path(__file__).resolve().parents[2]
KEPT = CHECKOUT / ".ansible" / "gate"
NAME = "slipway.gitops"
# What would lead a program back to the checkout, or to its Python.
OF_THE_CHECKOUT = ("ANSIBLE_", "PYTHONPATH", "VIRTUAL_ENV", "SLIPWAY_", "DIGITALOCEAN_", "LAB_")


def environment(home: Path) -> dict[str, str]:
    """That of somebody else's machine: the field's tools first on PATH, a home of its own."""
    pins = core_environments.REQUIREMENTS
    core = core_environments.supported()[-1]
    commands = pinned_environment.commands(KEPT / "venv", pins / f"core-{core}.txt", pins / "gate.txt")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_CHECKOUT)}
    path = os.pathsep.join(part for part in kept["PATH"].split(os.pathsep) if not Path(part).is_relative_to(CHECKOUT))
    return {**kept, "HOME": str(home), "PATH": f"{commands}:{path}", "LC_ALL": "C.UTF-8"}


def run(
    *command: str | Path, cwd: Path, environment: Mapping[str, str], errors: bool = True, check: bool = True
) -> str:
    """Run to the end; returns what it said.

    errors: with what it said on standard error, in between
    check: whether it is to succeed
    """
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd, env=dict(environment), check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT if errors else subprocess.PIPE,
    )  # fmt: skip
    said = done.stdout + (done.stderr or "")
    assert not check or done.returncode == 0, f"{' '.join(map(str, command))}: {done.returncode}\n{said}"
    return done.stdout


@dataclass(frozen=True)
class InstalledCollection:
    """tarball: what was built. home: whose ~/.ansible/collections it is installed in."""

    tarball: Path
    home: Path
    environment: Mapping[str, str]

    @property
    def root(self) -> Path:
        return self.home / ".ansible/collections/ansible_collections" / Path(*NAME.split("."))

    def run(self, *command: str | Path, errors: bool = True, check: bool = True) -> str:
        """Run in the collection's folder."""
        return run(*command, cwd=self.root, environment=self.environment, errors=errors, check=check)


def install(folder: Path) -> InstalledCollection:
    """Build the checkout's tarball and install it into the default path of a new home."""
    home = folder / "home"
    home.mkdir()
    outside = environment(home)
    run("ansible-galaxy", "collection", "build", "--output-path", folder, cwd=CHECKOUT, environment=outside)
    (tarball,) = folder.glob("*.tar.gz")
    # Galaxy need not be in reach; the collection that this one depends on is at hand since `make setup`.
    run("ansible-galaxy", "collection", "install", "--no-deps", tarball, cwd=folder, environment=outside)
    collection = InstalledCollection(tarball, home, outside)
    shutil.copytree(
        CHECKOUT / ".ansible/collections/ansible_collections/kubernetes", collection.root.parents[1] / "kubernetes"
    )
    return collection
