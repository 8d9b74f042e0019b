# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The supervisor of a machine, here as a plain process: keeps services running and takes them along when it ends."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_cluster import wait_until
from slipway_lab.backend import BackendError
from slipway_lab.cluster import machine_init
from slipway_lab.cluster.machine import Machine
from slipway_lab.cluster.machine_config import MachineConfig, Service
from slipway_lab.process_identity import ProcessIdentity

# Writes its process number, then waits.
COUNTER = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(float(sys.argv[1]))"


def service(name: str, seconds: float, wait_for: str = "") -> Service:
    return Service(name, (sys.executable, "-c", COUNTER, str(seconds)), wait_for=wait_for)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "machine", "The test's machine")
    yield machine
    machine.stop()


def config(machine: Machine, *services: Service) -> MachineConfig:
    return MachineConfig(log_directory=str(machine.logs), services=services)


def pids(machine: Machine, name: str) -> list[int]:
    log = machine.logs / f"{name}.log"
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def test_services_run_and_end_with_the_machine(machine: Machine) -> None:
    machine.start(config(machine, service("one", 60), service("two", 60)))
    wait_until(lambda: bool(pids(machine, "one") and pids(machine, "two")), "both services run")
    (one,), (two,) = pids(machine, "one"), pids(machine, "two")
    assert ProcessIdentity.of(one) and ProcessIdentity.of(two)
    machine.stop()
    assert machine.init is None
    assert ProcessIdentity.of(one) is None and ProcessIdentity.of(two) is None


def test_a_service_that_ends_is_started_again(machine: Machine) -> None:
    machine.start(config(machine, service("short", 0.01)))
    wait_until(lambda: len(set(pids(machine, "short"))) >= 2, "a second start")
    assert "short: ended with 0" in (machine.logs / "machine.log").read_text()


def test_services_do_not_outlive_a_killed_supervisor(machine: Machine) -> None:
    identity = machine.start(config(machine, service("one", 60)))
    wait_until(lambda: bool(pids(machine, "one")), "the service runs")
    identity.send(signal.SIGKILL)
    wait_until(lambda: ProcessIdentity.of(pids(machine, "one")[0]) is None, "the service is gone")
    assert machine.init is None


def test_a_service_waits_for_what_it_needs(machine: Machine) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        machine.start(config(machine, service("late", 60, f"tcp:127.0.0.1:{port}"), service("early", 60)))
        wait_until(lambda: bool(pids(machine, "early")), "the other service runs")
        assert pids(machine, "late") == []
        listener.listen()
        wait_until(lambda: bool(pids(machine, "late")), "the service runs")


def test_it_is_known_again_by_another_lab_process(machine: Machine) -> None:
    wanted = config(machine, service("one", 60))
    identity = machine.start(wanted)
    again = Machine(machine.directory, "again")
    assert again.init == identity
    assert again.is_running_with(wanted)
    assert not again.is_running_with(config(machine, service("one", 61)))


def test_a_process_that_got_its_number_is_left_alone(machine: Machine) -> None:
    me = ProcessIdentity.of(os.getpid())
    assert me is not None
    machine.directory.mkdir()
    for note in ("init.json", "parent.json"):
        ProcessIdentity(me.pid, me.start_ticks - 1, me.boot_id).save(machine.directory / note)
    assert machine.init is None
    machine.stop()
    assert ProcessIdentity(me.pid, me.start_ticks - 1, me.boot_id).send(signal.SIGKILL) is False
    assert ProcessIdentity(me.pid, me.start_ticks, "another boot").send(signal.SIGKILL) is False
    assert me.is_alive()


def test_a_machine_that_cannot_be_set_up_says_why(machine: Machine) -> None:
    wanted = MachineConfig(log_directory=str(machine.logs), services=(), files={"/proc/no/such": "x"})
    with pytest.raises(BackendError, match=r"The test's machine .*machine not started: .*No such file or directory"):
        machine.start(wanted)
        machine.wait_set_up()


def test_a_program_that_is_missing_is_told_in_the_log(machine: Machine) -> None:
    machine.start(config(machine, Service("absent", ("/no/such/program",))))
    wait_until(lambda: "absent: ended with 127" in (machine.logs / "machine.log").read_text(), "the end is noted")
    assert "/no/such/program: [Errno 2]" in machine.last_log_line("absent")


def test_a_large_log_is_cut_and_its_past_kept(tmp_path: Path) -> None:
    writer = machine_init.Service({"name": "w", "command": [], "environment": {}, "wait_for": ""}, tmp_path)
    log = tmp_path / "w.log"
    log.write_bytes(b"x" * machine_init.LOG_BYTES)
    writer.trim_log()
    assert log.stat().st_size == machine_init.LOG_BYTES
    with log.open("ab") as open_log:
        open_log.write(b"past\n")
        open_log.flush()
        writer.trim_log()
        open_log.write(b"present\n")
    assert log.read_bytes() == b"present\n"
    assert (tmp_path / "w.log.1").read_bytes().endswith(b"past\n")
