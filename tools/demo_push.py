# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of `make demo`: a developer pushes, dev runs that by itself, prod runs it once a person lets it go.

In the environment of `lab env`, after `site.yml -i inventories/local`. Each time it pushes another commit.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import build_runs
import example_repositories
import lab_instance
import web_app
from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient

FILE = "cmd/web/main.go"
PROMOTE = (
    "ansible-playbook", "playbooks/promote.yml", "-i", "inventories/local",
    "-e", "promote_application=web", "-e", "promote_confirm=true",
)  # fmt: skip
# The first time with empty caches, and with all of the platform on two cores.
BUILT_WITHIN = 1200.0
# Traefik takes up changes every two seconds.
ROUTED_WITHIN = 60.0
# A line at least as often, s.
TELL_EVERY = 20.0


class Story:
    """What happens, told as it does."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self._config = LabConfig.from_environment()
        self._started = time.monotonic()

    def tell(self, words: str) -> None:
        print(f"demo: {time.monotonic() - self._started:4.0f} s: {words}", flush=True)

    def wait_for(
        self, environment: str, wanted: dict[str, str], seconds: float, look: Callable[[], object] = lambda: None
    ) -> str:
        """Wait until the web app says that; the commit that it is built of."""
        said = web_app.wait_until(self._config, web_app.NAMES[environment], wanted, seconds, look)
        self.tell(
            f"http://{web_app.NAMES[environment]}/ says: {said['name']}, {environment}, commit {said['commit'][:12]}"
        )
        return str(said["commit"])

    def has(self, environment: str, commit: str) -> bool:
        return web_app.says(self._config, web_app.NAMES[environment]).get("commit") == commit

    def wait_healthy(self) -> None:
        """Argo CD says a moment later that dev is well, and only then anything may go to prod."""
        deadline = time.monotonic() + ROUTED_WITHIN
        while self._state() != ("Synced", "Healthy"):
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"web-dev is {self._state()} after {ROUTED_WITHIN:.0f} s; playbooks/status.yml says why"
                )
            time.sleep(1)

    def _state(self) -> tuple[str, str]:
        status = lab_instance.kubectl_get(self.environment, "hub", "--namespace=argocd", "application", "web-dev")[
            "status"
        ]
        return status["sync"]["status"], status["health"]["status"]

    def promote(self) -> None:
        self.wait_healthy()
        self.tell(" ".join(PROMOTE))
        subprocess.run(PROMOTE, check=True)

    def push(self) -> str:
        """A new name for the web app, in its source."""
        name = f"web of {time.strftime('%H:%M:%S')}"
        with tempfile.TemporaryDirectory() as directory:
            commit = example_repositories.push(
                GitClient(self._config), "web", FILE,
                lambda text: re.sub(r'(\bName: +)".*"', rf'\1"{name}"', text),
                Path(directory) / "clone",
            )  # fmt: skip
        self.tell(f"a developer has pushed commit {commit[:12]}: {FILE} says {name!r} now")
        return commit


class Progress:
    """Tells how far the run of a commit is, whenever that is something else, and every 20 seconds."""

    def __init__(self, story: Story, commit: str) -> None:
        self._story, self._commit = story, commit
        self._said, self._at = "", 0.0

    def look(self) -> None:
        environment = self._story.environment
        run = build_runs.of_commit(build_runs.read(environment, "pipelineruns"), self._commit)
        words = f"{run['metadata']['name']}: {build_runs.progress(environment, run)}" if run else "no run yet"
        if words != self._said or time.monotonic() - self._at > TELL_EVERY:
            self._story.tell(words)
            self._said, self._at = words, time.monotonic()


def main() -> None:
    story = Story()
    old = story.wait_for("dev", {"environment": "dev"}, ROUTED_WITHIN)
    if not story.has("prod", old):
        story.tell("prod does not have that; to prod goes what a person lets go:")
        story.promote()
    story.wait_for("prod", {"commit": old}, ROUTED_WITHIN)
    new = story.push()
    story.tell("from here nobody does anything: Tekton on the hub tests and builds it, and dev follows Git")
    story.wait_for("dev", {"commit": new}, BUILT_WITHIN, Progress(story, new).look)
    story.wait_for("prod", {"commit": old}, ROUTED_WITHIN)
    story.tell("prod has the old one still. The very image that dev runs goes there when a person lets it:")
    story.promote()
    story.wait_for("prod", {"commit": new}, ROUTED_WITHIN)


if __name__ == "__main__":
    main()
