# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ansible-playbook, as a user starts them, against the harness's Argo CD."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_runs import BIN, CHECKOUT, Run

from .argocd import NAMESPACE, ArgoCD
from .tunnel import start_tunnel


class Playbooks:
    """An inventory of the harness's two clusters, and the environment to run playbooks on it."""

    def __init__(self, folder: Path, argocd: ArgoCD) -> None:
        self.folder = folder
        self.argocd = argocd
        self.variables: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "slipway_region": "ams3",
            "argocd_namespace": NAMESPACE,
        }
        self.hosts: dict[str, dict[str, Any]] = {
            "hub": {"argocd_kubeconfig": str(argocd.hub.kubeconfig), "argocd_spokes_server": argocd.hub.server},
            "spoke": {
                "argocd_spokes_kubeconfig": str(argocd.spoke.kubeconfig),
                "argocd_spokes_server": argocd.spoke.server,
            },
        }
        self.environment = {
            **os.environ,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(CHECKOUT / "tests/playbooks/callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "record_results",
            "ARGOCD_SESSION_DIR": str(folder / "sessions"),
            # Nothing here may reach an account.
            "DIGITALOCEAN_TOKEN": "",
            "DIGITALOCEAN_API_URL": "https://127.0.0.1:1",
        }

    def open_tunnel(self) -> None:
        """Make the hub's kubeconfig lead to Argo CD, as on a real hub. Once for a harness."""
        port = int(self.argocd.url.rsplit(":", 1)[1])
        start_tunnel(self.argocd.hub, self.argocd.processes, self.argocd.directory / "kwok", NAMESPACE, port)

    def run_at_terminal(self, playbook: str, answers: Mapping[str, str], *arguments: str) -> tuple[int, str]:
        """One run at a terminal: exit code and output. answers: words that are waited for -> what is typed then."""
        self._write_inventory()
        command = ["ansible-playbook", playbook, "-i", str(self.folder / "inventory.yml"), *arguments]
        waiting = dict(answers)
        terminal, inner = pty.openpty()
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env={**self.environment, "RECORD_RESULTS": os.devnull},
            stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
            # A terminal of its own with the run in the foreground: only then somebody can be asked.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one thread starts it
        )  # fmt: skip
        os.close(inner)
        output, typed, deadline = b"", b"", time.monotonic() + 300
        try:
            while True:
                ready, _, _ = select.select([terminal], [], [], 1)
                assert time.monotonic() < deadline, f"not over after 300 s: {output.decode(errors='replace')}"
                if not ready:
                    # Ansible asks first and then throws away what was typed before: a person would type again.
                    os.write(terminal, typed)
                    continue
                try:
                    output += os.read(terminal, 65536)
                except OSError:  # Linux's way to say that the other end is closed
                    break
                for words in [words for words in waiting if words.encode() in output]:
                    typed = waiting.pop(words).encode()
                    os.write(terminal, typed)
        finally:
            os.close(terminal)
            returncode = process.wait(30)
        assert not waiting, output.decode(errors="replace")
        return returncode, output.decode(errors="replace")

    def run(self, playbook: str, *arguments: str, stdin: str = "", **variables: Any) -> Run:
        """One run. variables: given with -e. stdin: never a terminal."""
        file = self._write_inventory()
        record = self.folder / "results.jsonl"
        record.unlink(missing_ok=True)
        extra = ["-e", json.dumps(variables)] if variables else []
        process = subprocess.run(
            ["ansible-playbook", playbook, "-i", str(file), *extra, *arguments],
            cwd=CHECKOUT, env={**self.environment, "RECORD_RESULTS": str(record)}, input=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
        )  # fmt: skip
        results = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
        return Run(process.returncode, process.stdout, results, [])

    def _write_inventory(self) -> Path:
        inventory = {
            "all": {
                "vars": self.variables,
                "children": {
                    "hubs": {"hosts": {"hub": self.hosts["hub"]}},
                    "clusters": {"hosts": {name: host for name, host in self.hosts.items() if name != "hub"}},
                },
            }
        }
        file = self.folder / "inventory.yml"
        file.write_text(yaml.safe_dump(inventory))
        return file
