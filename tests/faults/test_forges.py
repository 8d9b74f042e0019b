# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A forge with faults at each call: git over HTTP (git_files), and its API for webhooks (git_webhook)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from book import Book
from fast_time import fast_time
from fault_proxy import FaultProxy
from lab_server import LabServer
from module_runner import run_module
from proxied import PROXIED_KINDS, Deed, Proxied, each, sample
from slipway_lab.api.answer import Answer
from slipway_lab.api.errors import ApiError
from slipway_lab.git.client import GitClient

HOOK_URL = "https://builds.example.com/"
HOOK_SECRET = "key-of-the-hook"
SHOWN = ("url", "events", "active", "insecure_ssl")
FIRST: dict[str, Any] = {"folder": "x", "files": [{"path": "a.yaml", "content": "a: 1\n"}]}


def described(error: ApiError) -> Answer:
    """As GitHub words its errors."""
    return Answer(
        error.status, [(b"content-type", b"application/json")], json.dumps({"message": error.message}).encode()
    )


@dataclass(frozen=True)
class Forge:
    """The lab's Git server with one repository, and how modules get there."""

    server: LabServer
    client: GitClient
    proxied: Proxied

    @property
    def git_access(self) -> dict[str, Any]:
        where = self.client.server()
        login = {"username": where["username"], "token": where["password"]}
        return {**login, "repo_url": f"{self.proxied.proxy.url}/platform", "ca_cert": str(self.proxied.proxy.ca_file)}

    @property
    def api_access(self) -> dict[str, Any]:
        login = {"token": self.client.server()["password"], "ca_cert": str(self.proxied.proxy.ca_file)}
        return {**login, "api_url": f"{self.proxied.proxy.url}/api/v3", "repository": "platform", "url": HOOK_URL}

    def empty(self) -> None:
        if self.client.repositories():
            self.client.delete("platform")
        self.client.create("platform", private=True)

    def with_files(self) -> None:
        self.empty()
        files = [*FIRST["files"], {"path": "other.yaml", "content": "other: 1\n"}]
        assert run_module("git_files", **{**self.git_access, **FIRST, "files": files})["changed"]

    def with_hook(self) -> None:
        self.empty()
        assert run_module("git_webhook", **self.api_access, secret=HOOK_SECRET)["changed"]

    def commits(self) -> tuple[str, str]:
        """How many there are, and the files of the newest."""
        if not self.client.repositories()[0]["branches"]:
            return "0", ""
        return self._git("rev-list", "--count", "main"), self._git("ls-tree", "-r", "main")

    def _git(self, *arguments: str) -> str:
        directory = self.server.config.home / "git" / "platform.git"
        command = ["git", f"--git-dir={directory}", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def hooks(self) -> list[dict[str, Any]]:
        return [{key: hook[key] for key in SHOWN} for hook in self.client.repositories()[0]["webhooks"]]

    def deed(self, name: str) -> Deed:
        git, hook = {"git_timeout": 2}, {"api_timeout": 1}
        files, api = self.git_access, self.api_access
        made = {**api, "secret": HOOK_SECRET}
        purged = {**files, **FIRST, "purge": True}
        turned = {**made, "events": ["push"]}
        gone = {**api, "state": "absent"}
        return {
            "first commit": Deed(name, "git_files", self.empty, self.commits, {**files, **FIRST}, git),
            "remove a file": Deed(name, "git_files", self.with_files, self.commits, purged, git),
            "make a webhook": Deed(name, "git_webhook", self.empty, self.hooks, made, hook),
            "change a webhook": Deed(name, "git_webhook", self.with_hook, self.hooks, turned, hook),
            "remove a webhook": Deed(name, "git_webhook", self.with_hook, self.hooks, gone, hook),
        }[name]


DEEDS = ("first commit", "remove a file", "make a webhook", "change a webhook", "remove a webhook")


@pytest.fixture(scope="module")
def forge_process(server: LabServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    client = GitClient(server.config)
    folder = tmp_path_factory.mktemp("forge")
    where = client.server()
    with FaultProxy(where["url"], None, folder, described) as proxy:
        yield Forge(server, client, Proxied(proxy, (where["password"], HOOK_SECRET), folder / "progress"))


@pytest.fixture
def forge(forge_process: Forge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    proxied = forge_process.proxied
    monkeypatch.setenv("SLIPWAY_PROGRESS_FILE", str(proxied.progress))
    with fast_time() as clock:
        monkeypatch.setattr(proxied, "clock", clock.monotonic)
        yield forge_process


@pytest.mark.figures("forge: sample of calls and kinds, once")
@pytest.mark.parametrize("name", DEEDS)
def test_a_sample(forge: Forge, book: Book, name: str) -> None:
    deed = forge.deed(name)
    for number, kind in sample(forge.proxied.calls(deed), DEEDS.index(name) * 7, writes=2):
        book.write(forge.proxied.cell(deed, number, kind))
    book.close()


@pytest.mark.long
@pytest.mark.figures("forge: each call, each kind, once")
@pytest.mark.parametrize("kind", PROXIED_KINDS)
@pytest.mark.parametrize("name", DEEDS)
def test_once(forge: Forge, book: Book, name: str, kind: str) -> None:
    deed = forge.deed(name)
    for number in each(forge.proxied.calls(deed), kind):
        book.write(forge.proxied.cell(deed, number, kind))
    book.close()
