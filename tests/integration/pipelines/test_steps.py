# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that clone and that write digests, with the real git, git-lfs and kustomize on real repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from git_work_tree import WorkTree
from lab_git import lab_git
from lab_server import lab_server
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.debian_packages import DebianPackages, find_member
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient
from slipway_lab.git.first_commit import plain_git_environment

__all__ = ["lab_git", "lab_server"]

ROOT = Path(__file__).resolve().parents[3]
STEPS = ROOT / "roles/pipelines/files"
OVERLAY, PROD = "deploy/overlays/dev", "deploy/overlays/prod"
IMAGE = "registry.digitalocean.com/example/web"
IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "Tests"), ("EMAIL", "tests@example.com"))
}


@dataclass(frozen=True)
class Forge:
    """A repository of examples/web that is pushed to, and a developer's clone of it."""

    folder: Path
    programs: str

    @property
    def url(self) -> str:
        return f"file://{self.folder}/web.git"

    def git(self, *arguments: str, repository: str = "clone") -> str:
        command = ["git", "-C", str(self.folder / repository), *arguments]
        result = subprocess.run(
            command, env=plain_git_environment() | IDENTITY, check=True, capture_output=True, text=True
        )
        return result.stdout.strip()

    def commit(self, text: str) -> str:
        """A commit that a developer pushes."""
        self.git("pull", "--quiet", "--rebase", "origin", "main")
        (self.folder / "clone/notes.txt").write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", text)
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def head(self) -> str:
        return self.git("rev-parse", "main", repository="web.git")

    def overlay(self) -> str:
        return self.git("show", f"main:{OVERLAY}/kustomization.yaml", repository="web.git")

    def hook(self, text: str) -> None:
        """What the forge asks before it takes a push."""
        hook = self.folder / "web.git/hooks/pre-receive"
        hook.write_text(f"#!/bin/sh\n{text}\n")
        hook.chmod(0o755)

    def run(self, step: str, **settings: str) -> tuple[int, str, dict[str, str]]:
        """Exit status, output and results of a step."""
        home = self.folder / "home"
        results = self.folder / "results"
        for folder in (home, results):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        # As the role's template puts them together.
        script = "".join((STEPS / name).read_text() for name in ("git_access.sh", step))
        result = subprocess.run(
            ["sh", "-c", script],
            env=plain_git_environment() | IDENTITY
            | {
                "PATH": self.programs, "HOME": str(home), "URL": self.url, "RESULTS": str(results),
                "GIT_USERNAME": "", "GIT_PASSWORD": "",
            }
            | settings,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return result.returncode, result.stdout, {file.name: file.read_text() for file in results.iterdir()}

    def clone(self, revision: str = "main", **settings: str) -> tuple[int, str, Path]:
        """Exit status and output of a clone, and where it is."""
        source = self.folder / "source"
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir()
        status, output, _ = self.run("clone.sh", REVISION=revision, DIRECTORY=str(source), **settings)
        return status, output, source

    def write(
        self, commit: str, digest: str, *, overlay: str = OVERLAY, base: str = ""
    ) -> tuple[int, str, dict[str, str]]:
        settings = {
            "BRANCH": "main", "OVERLAY": overlay, "IMAGE": IMAGE, "COMMIT": commit, "DIGEST": digest, "BASE": base,
        }  # fmt: skip
        return self.run("write_digest.sh", **settings)


def digest(character: str) -> str:
    return f"sha256:{character * 64}"


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    kustomize = BinaryCache(LabConfig.from_environment().cache).ensure(UPSTREAMS["kustomize"], lambda _: None)
    forge = Forge(tmp_path, f"{kustomize['kustomize'].parent}:{os.environ['PATH']}")
    shutil.copytree(ROOT / "examples/web", tmp_path / "clone")
    (tmp_path / "web.git").mkdir()
    forge.git("init", "--quiet", "--bare", "--initial-branch=main", repository="web.git")
    forge.git("config", "uploadpack.allowFilter", "true", repository="web.git")
    forge.git("init", "--quiet", "--initial-branch=main")
    forge.git("remote", "add", "origin", forge.url)
    forge.git("add", "--all")
    forge.git("commit", "--quiet", "--message", "first")
    forge.git("push", "--quiet", "origin", "HEAD:main")
    return forge


def test_a_digest_becomes_one_commit_of_one_file(forge: Forge) -> None:
    built = forge.head()
    status, output, results = forge.write(built, digest("a"))
    assert (status, results) == (0, {"outcome": "written", "commit": forge.head()}), output
    assert forge.git("show", "--name-only", "--format=", "main", repository="web.git") == (
        f"{OVERLAY}/kustomization.yaml"
    )
    assert digest("a") in forge.overlay()
    message = forge.git("log", "-1", "--format=%B", "main", repository="web.git")
    assert f"Source-Commit: {built}" in message


def test_the_same_digest_again_is_no_commit(forge: Forge) -> None:
    built = forge.head()
    forge.write(built, digest("a"))
    head = forge.head()
    status, output, results = forge.write(built, digest("a"))
    assert (status, results) == (0, {"outcome": "unchanged", "commit": ""}), output
    assert forge.head() == head


def test_an_older_build_that_ends_later_changes_nothing(forge: Forge) -> None:
    older, later = forge.commit("older"), forge.commit("later")
    assert forge.write(later, digest("b"))[2]["outcome"] == "written"
    status, output, results = forge.write(older, digest("a"))
    assert (status, results["outcome"]) == (0, "superseded"), output
    assert digest("b") in forge.overlay()
    assert digest("a") not in forge.overlay()


def test_a_later_build_replaces_the_digest(forge: Forge) -> None:
    older, later = forge.commit("older"), forge.commit("later")
    forge.write(older, digest("a"))
    assert forge.write(later, digest("b"))[2]["outcome"] == "written"
    assert digest("b") in forge.overlay()
    assert digest("a") not in forge.overlay()


def test_a_commit_that_is_not_on_the_branch_changes_nothing(forge: Forge) -> None:
    first = forge.head()
    gone = forge.commit("gone")
    forge.git("push", "--quiet", "--force", "origin", f"{first}:main")
    status, output, results = forge.write(gone, digest("a"))
    assert (status, results["outcome"]) == (0, "superseded"), output
    assert forge.head() == first


def test_a_digest_goes_on_to_another_overlay(forge: Forge) -> None:
    built = forge.head()
    forge.write(built, digest("a"))
    base = forge.head()
    status, output, results = forge.write("", digest("a"), overlay=PROD, base=base)
    assert (status, results) == (0, {"outcome": "written", "commit": forge.head()}), output
    assert digest("a") in forge.git("show", f"main:{PROD}/kustomization.yaml", repository="web.git")
    message = forge.git("log", "-1", "--format=%B", "main", repository="web.git")
    assert f"Source-Commit: {built}" in message
    # One that is back in dev goes on, too, though prod has a later one.
    later = forge.commit("later")
    forge.write(later, digest("b"), overlay=PROD)
    base = forge.head()
    status, output, results = forge.write("", digest("a"), overlay=PROD, base=base)
    assert (status, results["outcome"]) == (0, "written"), output


def test_what_is_promoted_is_only_what_was_looked_at(forge: Forge) -> None:
    base = forge.head()
    forge.write(base, digest("a"))
    head = forge.head()
    status, output, results = forge.write("", digest("a"), overlay=PROD, base=base)
    assert (status, results) == (0, {"outcome": "moved", "commit": ""}), output
    assert forge.head() == head


def test_a_digest_that_no_commit_knows_is_refused(forge: Forge) -> None:
    status, output, results = forge.write("", digest("f"), overlay=PROD, base=forge.head())
    assert (status, results) == (1, {})
    assert "says what sha256:ffff" in output


def test_what_somebody_else_pushed_in_between_is_built_upon(forge: Forge) -> None:
    """The forge takes a commit of somebody else just before ours, which it then has to refuse."""
    built = forge.head()
    forge.git("commit", "--quiet", "--allow-empty", "--message", "somebody else's")
    forge.git("push", "--quiet", "origin", "HEAD:refs/heads/waiting")
    other = forge.git("rev-parse", "HEAD")
    forge.hook(
        f"test -e once || {{ touch once; env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main {other}; exit 1; }}"
    )
    status, output, results = forge.write(built, digest("a"))
    assert (status, results["outcome"]) == (0, "written"), output
    assert "trying again" in output
    assert forge.git("rev-parse", "main~1", repository="web.git") == other
    assert digest("a") in forge.overlay()


def test_a_forge_that_refuses_every_commit_is_quoted(forge: Forge) -> None:
    forge.hook("echo main is closed >&2; exit 1")
    # Its waits between attempts are not what is looked at.
    programs = forge.folder / "programs"
    programs.mkdir()
    (programs / "sleep").symlink_to("/bin/true")
    quick = Forge(forge.folder, f"{programs}:{forge.programs}")
    head = forge.head()
    status, output, results = quick.write(head, digest("a"))
    assert (status, results) == (1, {})
    assert "refused 6 times" in output
    assert "main is closed" in output
    assert forge.head() == head


def test_an_overlay_that_is_not_there_is_named(forge: Forge) -> None:
    status, output, _ = forge.write(forge.head(), digest("a"), overlay="deploy/nowhere")
    assert status == 1
    assert "There is no folder deploy/nowhere on branch main" in output


@pytest.mark.parametrize("revision", ["main", "commit"])
def test_a_clone_has_the_revision_and_says_which_commit_it_is(forge: Forge, revision: str) -> None:
    first = forge.head()
    head = forge.commit("second")
    wanted = first if revision == "commit" else head
    source = forge.folder / "source"
    source.mkdir()
    (source / "left.txt").write_text("of a run before")
    status, output, results = forge.run(
        "clone.sh", REVISION=first if revision == "commit" else revision, DIRECTORY=str(source)
    )
    assert (status, results["commit"]) == (0, wanted), output
    assert results["committed-at"].isdigit()
    assert (source / "Dockerfile").exists()
    assert (source / "notes.txt").exists() == (revision == "main")
    assert not (source / "left.txt").exists()


@pytest.fixture
def large_files(forge: Forge) -> Forge:
    """A forge with git-lfs, and with a file that its repository keeps there."""
    package = DebianPackages(LabConfig.from_environment().cache).ensure("git-lfs", lambda _: None)
    with_lfs = Forge(forge.folder, f"{find_member(package, '/usr/bin/git-lfs').parent}:{forge.programs}")

    def git(*arguments: str) -> None:
        command = ["git", "-C", str(forge.folder / "clone"), *arguments]
        environment = plain_git_environment() | IDENTITY | {"PATH": with_lfs.programs}
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True)

    git("lfs", "install", "--local")
    git("lfs", "track", "*.bin")
    (forge.folder / "clone/assets").mkdir()
    (forge.folder / "clone/assets/large.bin").write_bytes(CONTENT)
    git("add", "--all")
    git("commit", "--quiet", "--message", "A large file")
    git("push", "--quiet", "origin", "HEAD:main")
    return with_lfs


CONTENT = b"a large file\n" * 1000


def test_what_is_in_git_lfs_is_fetched(large_files: Forge) -> None:
    status, output, source = large_files.clone()
    assert status == 0, output
    assert (source / "assets/large.bin").read_bytes() == CONTENT


def test_what_git_lfs_does_not_have_is_no_success(large_files: Forge) -> None:
    shutil.rmtree(large_files.folder / "web.git/lfs/objects")
    status, output, _ = large_files.clone()
    assert status == 1, output
    assert "what it keeps in Git LFS is not on" in output


def test_an_image_without_git_lfs_is_named(large_files: Forge, forge: Forge, tmp_path: Path) -> None:
    programs = tmp_path / "without"
    programs.mkdir()
    # A git-lfs of the machine's own must not be found.
    for name in ("git", "sh", "sed", "find", "tr", "cat", "grep"):
        (programs / name).symlink_to(str(shutil.which(name)))
    status, output, _ = Forge(forge.folder, str(programs)).clone()
    assert status == 1
    assert "the image of this step has no git-lfs" in output


@dataclass(frozen=True)
class Server:
    """A Git server with a login, and a repository `web` with submodules."""

    git: GitClient
    folder: Path

    @property
    def url(self) -> str:
        return str(self.git.server()["url"])

    def repository(self, name: str, files: dict[str, str]) -> str:
        """A private repository with one commit; the commit."""
        self.git.create(name, private=True)
        tree = WorkTree(self.folder / name, self.git.url_with_password(name))
        commit = tree.commit(files, "first")
        assert tree.push().returncode == 0
        return commit

    def web(self, **submodules: tuple[str, str]) -> None:
        """Submodules: URL and commit of each, by folder."""
        self.git.create("web", private=True)
        tree = WorkTree(self.folder / "web", self.git.url_with_password("web"))
        lines = [f'[submodule "{name}"]\n\tpath = {name}\n\turl = {url}\n' for name, (url, _) in submodules.items()]
        (tree.path / ".gitmodules").write_text("".join(lines))
        tree.git("add", ".gitmodules")
        for name, (_, commit) in submodules.items():
            tree.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{name}")
        tree.git("commit", "--quiet", "--message", "with submodules")
        assert tree.push().returncode == 0

    def clone(self, forge: Forge) -> tuple[int, str, Path]:
        server = self.git.server()
        login = {"GIT_USERNAME": str(server["username"]), "GIT_PASSWORD": str(server["password"])}
        return forge.clone(URL=f"{self.url}/web.git", **login)


@pytest.fixture
def server(lab_git: GitClient, tmp_path: Path) -> Server:
    (tmp_path / "trees").mkdir()
    return Server(lab_git, tmp_path / "trees")


def test_submodules_are_fetched_with_the_login(forge: Forge, server: Server) -> None:
    inner = server.repository("inner", {"inner.txt": "inner\n"})
    server.web(absolute=(f"{server.url}/inner.git", inner), relative=("../inner.git", inner))
    status, output, source = server.clone(forge)
    assert status == 0, output
    for name in ("absolute", "relative"):
        assert (source / name / "inner.txt").read_text() == "inner\n"


def test_the_login_is_not_for_other_servers(forge: Forge, server: Server) -> None:
    """The same server under another name: with the login it would give the submodule."""
    inner = server.repository("inner", {"inner.txt": "inner\n"})
    assert "127.0.0.1" in server.url
    server.web(inner=(f"{server.url.replace('127.0.0.1', 'localhost')}/inner.git", inner))
    status, output, _ = server.clone(forge)
    assert status == 1
    assert "A submodule could not be fetched. The login of builds is given to the server of" in output
    assert server.git.server()["password"] not in output


def test_a_submodule_that_no_build_can_reach_is_named(forge: Forge, server: Server) -> None:
    server.web(inner=("git@git.example.com:team/inner.git", "1" * 40))
    status, output, _ = server.clone(forge)
    assert status == 1
    assert "submodule.inner.url git@git.example.com:team/inner.git" in output
