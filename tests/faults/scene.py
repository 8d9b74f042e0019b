# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab's account and a run's folder of files, which can be put back together to where they were."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from account_state import State, digest, held, logins
from judging import Outcome
from lab_account import Account
from lab_server import LabServer, Snapshot, wait_for
from module_runner import run_module
from steps import FILES, Step

# How secrets of the lab begin: tokens of the account and logins for its registry, and tokens of its clusters.
SECRETS = re.compile(r"dop_v1_[0-9a-f]{8,}|lab_k8s_v1_")
_WORD_OF_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}")


@dataclass(frozen=True)
class Saved:
    """Account and files at one moment."""

    account: Snapshot
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Look:
    """What is there after a run, to be compared with another one."""

    account: State
    files: Mapping[str, str]


@dataclass
class Scene:
    """What modules run on.

    progress: the file in which they tell how far they are
    clock: seconds, as the modules count them
    """

    server: LabServer
    folder: Path
    progress: Path
    clock: Callable[[], float] = time.monotonic

    @property
    def account(self) -> Account:
        return Account(self.server)

    def begin(self) -> None:
        """An account that was used before, with a project, and no file."""
        self.account.empty()
        self.server.admin.settings(load_balancer_resize_seconds=0)
        self.account.api("POST", "/v2/projects", json={"name": "web", "purpose": "Service or API"})
        self.folder.mkdir(exist_ok=True)
        for path in self.folder.iterdir():
            path.unlink()

    def heal(self) -> None:
        """End all faults and limits."""
        self.server.admin.clear_faults()
        self.server.admin.settings(hourly_requests=1_000_000)

    def settle(self) -> None:
        """Wait until nothing happens any more: an effect may come after its caller has given up."""
        wait_for(self.server.admin.status, lambda status: not status["under_way"] and not status["busy"], 60)

    def save(self) -> Saved:
        self.settle()
        return Saved(self.server.snapshot(), {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())})

    def put_back(self, saved: Saved) -> None:
        self.heal()
        self.settle()
        self.server.restore(saved.account)
        for path in self.folder.iterdir():
            path.unlink()
        for name, content in saved.files.items():
            path = self.folder / name
            path.write_bytes(content)
            path.chmod(0o600)

    def look(self) -> Look:
        self.settle()
        modes = {path.name: f"{path.stat().st_mode & 0o777:o}" for path in self.folder.iterdir()}
        return Look(held(self.server.snapshot()), modes)

    def options(self, step: Step) -> dict[str, Any]:
        """The step's options and those of the connection."""
        own: dict[str, Any] = json.loads(json.dumps(dict(step.options)).replace(FILES, str(self.folder)))
        connection = {"token": self.server.token, "api_url": self.server.url, "ca_cert": self.server.ca_cert}
        return {**connection, "api_timeout": 20, **own}

    def run(self, step: Step, **options: Any) -> Outcome:
        """Run the step's module in this process."""
        self.progress.write_text("")
        begin = self.clock()
        crashed = ""
        result: dict[str, Any] = {}
        try:
            result = run_module(step.module, **{**self.options(step), **options})
        except Exception as error:
            crashed = f"{type(error).__name__}: {error}"
        output = json.dumps(result) + self.progress.read_text() + crashed
        return Outcome(result, output, self.clock() - begin, crashed)

    def hit(self) -> bool:
        """Whether the one fault that is ordered has hit its call, which has its effect by now if it has one."""
        [fault] = self.server.admin.faults()
        return bool(fault["hits"]) and not self.server.admin.status()["under_way"]

    def recorded(self, act: Callable[[], Outcome]) -> tuple[Outcome, list[str]]:
        """An outcome and the calls that led to it."""
        mark = self.server.admin.last_sequence()
        outcome = act()
        return outcome, [f"{entry.method} {entry.path}" for entry in self.server.admin.requests(mark)]

    def unknown_logins(self) -> int:
        """How many logins for the registry are valid and in no file."""
        return len(logins(self.server.snapshot()) - {digest(secret) for secret in self._secrets_in_files()})

    def _secrets_in_files(self) -> list[str]:
        found = []
        for path in self.folder.glob("*.json"):
            for entry in json.loads(path.read_text())["auths"].values():
                found.append(base64.b64decode(entry["auth"]).decode().partition(":")[2])
        for path in self.folder.glob("*.yaml"):
            found += [user["user"]["token"] for user in yaml.safe_load(path.read_text())["users"]]
        return found

    def leaked(self, output: str) -> list[str]:
        """Secrets in an output, as they are or in base64: how each begins."""
        plain = [output]
        for word in _WORD_OF_BASE64.findall(output):
            for start in range(4):
                part = word[start : start + (len(word) - start) // 4 * 4]
                plain.append(base64.b64decode(part).decode("latin-1"))
        text = "\n".join(plain)
        known = [secret for secret in [self.server.token, *self._secrets_in_files()] if secret in text]
        return sorted({secret[:14] for secret in [*known, *SECRETS.findall(text)]})
