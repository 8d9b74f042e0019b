# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine that carries the load balancers of a lab: their addresses are on its link, apart from the host's."""

from __future__ import annotations

import sys
from pathlib import Path

from slipway_lab.backend import BackendError
from slipway_lab.cluster.addresses import EDGE_MACHINE, LOAD_BALANCERS, LabAddresses
from slipway_lab.cluster.cgroups import machine_group, process_files, remove_group, renew_machine_group
from slipway_lab.cluster.host import set_up_host
from slipway_lab.cluster.machine import Machine
from slipway_lab.cluster.machine_config import Isolation, MachineConfig, Service
from slipway_lab.cluster.machine_network import plug_in, unplug
from slipway_lab.config import LabConfig
from slipway_lab.load_balancers.edge_network import SYSCTLS
from slipway_lab.load_balancers.edge_plan import EdgePlan

_PROGRAM = "slipway_lab.load_balancers.edge_server"


class EdgeMachine:
    """One for a lab with real nodes; it outlives the lab's server, as nodes do."""

    def __init__(self, config: LabConfig) -> None:
        self._config = config
        self._addresses = LabAddresses(config.network)
        self.directory = config.home / "edge"
        self._machine = Machine(self.directory, "The machine of the load balancers")
        self._group = machine_group(config, LOAD_BALANCERS, EDGE_MACHINE)

    @property
    def log(self) -> Path:
        return self._machine.logs / "edge.log"

    @property
    def plan_file(self) -> Path:
        return self.directory / "plan.json"

    def carry(self, plan: EdgePlan) -> None:
        """Start it unless it runs, and give it what it is to carry. BackendError when it does not start."""
        scratch = self.directory / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        plan.write(self.plan_file)
        config = self._machine_config(scratch)
        if self._machine.is_running_with(config):
            return
        set_up_host(self._config)
        self._machine.stop()
        renew_machine_group(self._group)
        init = self._machine.start(config)
        try:
            plug_in(self._config, LOAD_BALANCERS, EDGE_MACHINE, init.pid)
            self._machine.wait_set_up()
        except BackendError:
            # Half set up it would pass for running the next time.
            self._machine.stop()
            raise

    @property
    def is_running(self) -> bool:
        return self._machine.init is not None

    def stop(self) -> None:
        """End it; fine when it is not running."""
        if not self.directory.exists():
            return
        self._machine.stop()
        unplug(self._config, LOAD_BALANCERS, EDGE_MACHINE)
        remove_group(self._group)

    def _machine_config(self, scratch: Path) -> MachineConfig:
        return MachineConfig(
            log_directory=str(self._machine.logs),
            services=[Service("edge", (sys.executable, "-m", _PROGRAM, str(self.directory)))],
            isolation=Isolation(
                hostname="edge",
                cgroup_files=process_files(self._group),
                binds={},
                scratch=str(scratch),
                address=self._addresses.with_prefix(self._addresses.machine(LOAD_BALANCERS, EDGE_MACHINE)),
                gateway=self._addresses.host,
                name_server=self._addresses.host,
                bridges={},
                sysctls=SYSCTLS,
                nftables="",
            ),
        )
