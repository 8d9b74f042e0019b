# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in a lab's Git server, and what a developer does with them.

As a program, in the environment of `lab env`: makes their repositories, and takes images out of them that are gone.
"""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import lab_instance
from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient
from slipway_lab.git.first_commit import plain_git_environment

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
_DEVELOPER = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "Developer"), ("EMAIL", "developer@example.com"))
}


NAMES = ("web", "shop")
# In a file of kustomize: which image, and which digest of it.
_REPOSITORY = re.compile(r"registry\.digitalocean\.com/([^/\s]+)/(\S+)")
_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")


def create(environment: dict[str, str]) -> None:
    """Make their repositories, as `make demo` does."""
    for name in NAMES:
        command = [lab_instance.LAB, "git", "create", name, "--from", str(EXAMPLES / name)]
        subprocess.run(command, env=environment, check=True)


def take_out_lost_images(git: GitClient, environment: Mapping[str, str]) -> list[str]:
    """Bring overlays back to the image of the example that name a digest which the registry does not have.

    Images go with their registry, and what they were built of stays in Git: nobody could start what is named there.
    Returns a sentence for each overlay. environment: has the API's address and a token
    """
    told = []
    for name in NAMES:
        with tempfile.TemporaryDirectory() as directory:
            clone = _Clone(git, name, Path(directory) / "clone")
            for overlay in sorted(clone.folder.glob("deploy/overlays/*/kustomization.yaml")):
                text = overlay.read_text()
                named, digest = _REPOSITORY.search(text), _DIGEST.search(text)
                if not named or not digest or digest[1] in _digests(environment, named[1], named[2]):
                    continue
                path = str(overlay.relative_to(clone.folder))
                overlay.write_text((EXAMPLES / name / path).read_text())
                clone.push(f"{path}: the registry does not have {digest[1]}")
                told.append(f"{name}: {path} named {digest[1]}, which went with the registry; it has 1.0.0 again")
    return told


def _digests(environment: Mapping[str, str], registry: str, repository: str) -> set[str]:
    """What the account's registry has of a repository."""
    answer = httpx.get(
        f"{environment['DIGITALOCEAN_API_URL']}/v2/registries/{registry}/repositories/{repository}/digests",
        params={"per_page": 200},
        headers={"Authorization": f"Bearer {environment['DIGITALOCEAN_TOKEN']}"},
        verify=ssl.create_default_context(cafile=environment["DIGITALOCEAN_CA_CERT"]),
        trust_env=False,
    )
    if answer.status_code == 404:
        return set()
    return {manifest["digest"] for manifest in answer.raise_for_status().json()["manifests"]}


class _Clone:
    """A developer's new clone of a repository, on main. folder: not there yet."""

    def __init__(self, git: GitClient, repository: str, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._git("clone", "--quiet", git.url_with_password(repository), ".")

    def push(self, message: str) -> str:
        """Push what was changed in known files as one commit; the commit."""
        self._git("commit", "--quiet", "--all", "--message", message)
        self._git("push", "--quiet")
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        result = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            env=plain_git_environment() | _DEVELOPER,
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout.strip()


def push(git: GitClient, repository: str, file: str, change: Callable[[str], str], folder: Path) -> str:
    """Change the text of a file of a repository on main, from a new clone; the commit. folder: not there yet."""
    clone = _Clone(git, repository, folder)
    path = folder / file
    path.write_text(change(path.read_text()))
    return clone.push(f"Change {file}")


def push_replacement(git: GitClient, repository: str, file: str, change: tuple[str, str], folder: Path) -> str:
    """Push a change that replaces a text (old, new), as `push` does; the commit."""
    old, new = change

    def replaced(text: str) -> str:
        if old not in text:
            raise ValueError(f"{file} of {repository} does not have {old!r}")
        return text.replace(old, new)

    return push(git, repository, file, replaced, folder)


if __name__ == "__main__":
    create(dict(os.environ))
    for sentence in take_out_lost_images(GitClient(LabConfig.from_environment()), os.environ):
        print(sentence)
