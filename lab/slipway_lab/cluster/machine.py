# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine: a supervisor in namespaces of its own, started, recognised after a restart of the lab, and ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from slipway_lab.backend import BackendError
from slipway_lab.cluster.cluster_files import remove_tree
from slipway_lab.cluster.machine_config import MachineConfig
from slipway_lab.detached_process import start_detached
from slipway_lab.process_identity import ProcessIdentity

_INIT = Path(__file__).with_name("machine_init.py")
_NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc")
_BIRTH_SECONDS = 60.0
_SET_UP_SECONDS = 120.0
_SUPERVISOR_SECONDS = 10.0
_DEATH_SECONDS = 20.0


class Machine:
    """A machine and its folder: machine.json, who it is while it runs, log/."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.logs = directory / "log"
        self._config_file = directory / "machine.json"
        self._parent_file = directory / "parent.json"
        self._init_file = directory / "init.json"
        self._set_up_file = directory / "set-up"

    @property
    def init(self) -> ProcessIdentity | None:
        """PID 1 of the machine as the host sees it; None when the machine is not running."""
        identity = ProcessIdentity.load(self._init_file)
        return identity if identity and identity.is_alive() else None

    def is_running_with(self, config: MachineConfig) -> bool:
        """Whether it runs, and was started with exactly this."""
        try:
            return self.init is not None and self._config_file.read_text() == config.to_json()
        except FileNotFoundError:
            return False

    def start(self, config: MachineConfig) -> ProcessIdentity:
        """Start it (the old one is ended first) and return PID 1, which then waits for its link if it is isolated."""
        self.stop()
        self.logs.mkdir(parents=True, exist_ok=True)
        self._config_file.write_text(config.to_json())
        init = [sys.executable, "-I", "-S", str(_INIT), str(self._config_file), str(self._set_up_file)]
        command = ["unshare", *_NAMESPACES, *init] if config.isolation else init
        # A bare environment: proxies and secrets of the user's shell are none of the machine's business.
        environment = {"PATH": os.environ.get("PATH", os.defpath)}
        parent = start_detached(command, self.logs / "machine.log", self._parent_file, environment)
        if parent is None:
            raise BackendError(f"{self.name} did not start: {self.last_log_line('machine')}")
        identity = self._find_init(parent) if config.isolation else parent
        identity.save(self._init_file)
        return identity

    def _find_init(self, parent: ProcessIdentity) -> ProcessIdentity:
        """The one child of unshare(1); it exists only after the namespaces do."""
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        deadline = time.monotonic() + _BIRTH_SECONDS
        while time.monotonic() < deadline and parent.is_alive():
            try:
                pids = children.read_text().split()
            except FileNotFoundError:
                break
            identity = ProcessIdentity.of(int(pids[0])) if pids else None
            if identity:
                return identity
            time.sleep(0.01)
        raise BackendError(f"{self.name} did not start: {self.last_log_line('machine')}")

    def wait_set_up(self) -> None:
        """Until mounts and network are as they should be and services start. BackendError when it fails."""
        deadline = time.monotonic() + _SET_UP_SECONDS
        while not self._set_up_file.exists():
            if self.init is None or time.monotonic() > deadline:
                raise BackendError(f"{self.name} was not set up: {self.last_log_line('machine')}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it with everything in it. Fine when it is not running; BackendError if it does not end."""
        parent = ProcessIdentity.load(self._parent_file)
        init = ProcessIdentity.load(self._init_file)
        if parent is not None and init == parent:
            # Not isolated: it waits until its services are gone. Killed, it would take them along, but some time later.
            parent.send(signal.SIGTERM)
            parent.wait_gone(_SUPERVISOR_SECONDS)
        for identity in (init, parent):
            # PID 1 of a pid namespace is gone only after all that is in it; unshare(1) takes its PID 1 along.
            if identity:
                identity.send(signal.SIGKILL)
        for identity in (init, parent):
            if identity and not identity.wait_gone(_DEATH_SECONDS):
                raise BackendError(f"{self.name} (process {identity.pid}) did not end within {_DEATH_SECONDS:.0f} s.")
        self._set_up_file.unlink(missing_ok=True)
        self._init_file.unlink(missing_ok=True)
        self._parent_file.unlink(missing_ok=True)

    def remove(self) -> None:
        self.stop()
        remove_tree(self.directory)

    def last_log_line(self, service: str) -> str:
        """Last words of a service, and where the rest is."""
        log = self.logs / f"{service}.log"
        try:
            lines = log.read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            lines = []
        return f"{lines[-1][:300] if lines else 'it said nothing'} (log: {log})"
