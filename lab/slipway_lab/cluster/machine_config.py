# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine is told when it starts: machine.json, written by the lab, read by machine_init.py in the machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Service:
    """One process of a machine, started again whenever it ends.

    wait_for: what must be there first: tcp:<address>:<port> or unix:<path> that takes connections, or
        ready:<address>:<port> whose https /readyz answers 200; "" for nothing
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    wait_for: str = ""


@dataclass(frozen=True)
class Isolation:
    """A machine's own view of the host; its processes are in own mount, net, pid, uts and ipc namespaces.

    cgroup_files: cgroup.procs files PID 1 writes itself into
    binds: folder on the host -> path in the machine
    scratch: empty folder to mount things at for a moment
    address: with prefix length; gateway, name_server: addresses
    bridges: name -> hardware address of empty bridges to make
    sysctls: name with dots -> value, of the machine's network namespace
    nftables: rules loaded before the services start
    """

    hostname: str
    cgroup_files: Sequence[str]
    binds: Mapping[str, str]
    scratch: str
    address: str
    gateway: str
    name_server: str
    bridges: Mapping[str, str]
    sysctls: Mapping[str, str]
    nftables: str


@dataclass(frozen=True)
class MachineConfig:
    """files: path -> content, written when the machine starts (below /run, which is its own)."""

    log_directory: str
    services: Sequence[Service]
    files: Mapping[str, str] = field(default_factory=dict)
    isolation: Isolation | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)
