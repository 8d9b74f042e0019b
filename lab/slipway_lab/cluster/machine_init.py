# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PID 1 of a machine: sets up its view of the host, then keeps its services running.

Started as `python -I -S machine_init.py machine.json set-up` (in new namespaces when the machine is isolated), so it
uses nothing but the standard library, and little of that: one of these runs per machine. machine_config.py has the
fields. The second file is made when the machine is set up and its services are about to start.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LINK_SECONDS = 20.0
TICK_SECONDS = 0.05
# A service that keeps ending is started again after 0.5 s, 1 s, 2 s ... 10 s; one that ran this long starts afresh.
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 10.0
HEALTHY_SECONDS = 30.0
LOG_CHECK_SECONDS = 60.0
LOG_BYTES = 10 << 20
AWAITED_SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
PR_SET_PDEATHSIG = 1


def say(message: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {message}", flush=True)


def run(*command: str, text: str | None = None) -> None:
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()}")


def set_up_files_and_mounts(isolation: dict[str, Any]) -> None:
    for file in isolation["cgroup_files"]:
        Path(file).write_text("0")
    socket.sethostname(isolation["hostname"])
    # Nothing mounted in here shall reach the host.
    run("mount", "--make-rprivate", "/")
    # A sysfs of this network namespace, with the host's cgroups in it as before.
    run("mount", "--rbind", "/sys/fs/cgroup", isolation["scratch"])
    run("mount", "-t", "sysfs", "sysfs", "/sys")
    run("mount", "--rbind", isolation["scratch"], "/sys/fs/cgroup")
    run("umount", "--recursive", "--lazy", isolation["scratch"])
    for source, target in isolation["binds"].items():
        run("mount", "--bind", source, target)
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    for directory in ("/run/netns", "/run/lock"):
        Path(directory).mkdir()
    # Only now, with the machine's own /run: /etc/resolv.conf is often a link into it.
    name_servers = Path("/run/name-servers")
    name_servers.write_text(f"nameserver {isolation['name_server']}\n")
    resolv_conf = Path(os.path.realpath("/etc/resolv.conf"))
    if resolv_conf.is_relative_to("/run"):
        resolv_conf.parent.mkdir(parents=True, exist_ok=True)
        resolv_conf.touch()
    if resolv_conf.exists():
        run("mount", "--bind", str(name_servers), str(resolv_conf))
    # kubelet needs mounts of containers and of itself to see each other.
    run("mount", "--make-rshared", "/")


def set_up_network(isolation: dict[str, Any]) -> None:
    deadline = time.monotonic() + LINK_SECONDS
    while not Path("/sys/class/net/eth0").exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the lab did not plug in eth0")
        time.sleep(0.01)
    lines = ["link set lo up", f"addr add {isolation['address']} dev eth0", "link set eth0 up"]
    lines.append(f"route add default via {isolation['gateway']}")
    lines += [f"link add {name} address {address} type bridge" for name, address in isolation["bridges"].items()]
    run("ip", "-batch", "-", text="\n".join(lines))
    for name, value in isolation["sysctls"].items():
        Path("/proc/sys", *name.split(".")).write_text(value)
    if isolation["nftables"]:
        run("nft", "-f", "-", text=isolation["nftables"])


def is_ready(address: str) -> bool:
    """Whether https://<address>/readyz answers 200."""
    import http.client  # noqa: PLC0415 - a large import that most machines never need
    import ssl  # noqa: PLC0415

    # It is our own neighbour, and nothing secret is said to it.
    context = ssl._create_unverified_context()  # noqa: S323
    connection = http.client.HTTPSConnection(address, timeout=2.0, context=context)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def accepts(target: str) -> bool:
    """Whether tcp:<address>:<port> or unix:<path> takes connections, or ready:<address>:<port> says it is ready."""
    kind, _, address = target.partition(":")
    if kind == "ready":
        return is_ready(address)
    family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        try:
            if kind == "unix":
                client.connect(address)
            else:
                host, _, port = address.rpartition(":")
                client.connect((host, int(port)))
        except OSError:
            return False
    return True


class Service:
    def __init__(self, fields: dict[str, Any], log_directory: Path) -> None:
        self.name: str = fields["name"]
        self.pid = 0
        self._command: list[str] = fields["command"]
        self._environment = {"PATH": SEARCH_PATH, "HOME": "/", "LANG": "C.UTF-8", **fields["environment"]}
        self._wait_for: str = fields["wait_for"]
        self._log = log_directory / f"{self.name}.log"
        self._started = 0.0
        self._next = 0.0
        self._delay = FIRST_DELAY_SECONDS

    def start_when_due(self) -> None:
        if self.pid or time.monotonic() < self._next or (self._wait_for and not accepts(self._wait_for)):
            return
        self._started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            self._become()
        say(f"{self.name}: started as {self.pid}")

    def _become(self) -> None:
        try:
            os.setsid()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED_SIGNALS)
            # Outside a pid namespace nothing else would end the services with a killed supervisor.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.execve(self._command[0], self._command, self._environment)  # noqa: S606 - no shell is meant
        except OSError as error:
            os.write(2, f"{self._command[0]}: {error}\n".encode())
        os._exit(127)

    def ended(self, status: int) -> None:
        ran = time.monotonic() - self._started
        self._delay = FIRST_DELAY_SECONDS if ran > HEALTHY_SECONDS else min(self._delay * 2, LONGEST_DELAY_SECONDS)
        self._next = time.monotonic() + self._delay
        self.pid = 0
        code = os.waitstatus_to_exitcode(status)
        say(f"{self.name}: ended with {code} after {ran:.1f} s, again in {self._delay:.1f} s")

    def trim_log(self) -> None:
        """Keep the log small; the process has it open for appending, so it is copied and cut."""
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            run("cp", str(self._log), f"{self._log}.1")
            os.truncate(self._log, 0)


def reap(services: list[Service]) -> None:
    """Collect ended processes: services, and whatever they left behind."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        for service in services:
            if service.pid == pid:
                service.ended(status)


def kill(services: list[Service]) -> None:
    """End all services at once, as the end of an isolated machine does, and wait until they are gone."""
    for service in services:
        if service.pid:
            os.kill(service.pid, signal.SIGKILL)
    while any(service.pid for service in services):
        signal.sigtimedwait(AWAITED_SIGNALS, TICK_SECONDS)
        reap(services)


def supervise(services: list[Service]) -> None:
    """Keep the services running until SIGTERM or SIGINT."""
    logs_checked = time.monotonic()
    while True:
        for service in services:
            service.start_when_due()
        everything_runs = all(service.pid for service in services)
        received = signal.sigtimedwait(AWAITED_SIGNALS, LOG_CHECK_SECONDS if everything_runs else TICK_SECONDS)
        if received is not None and received.si_signo != signal.SIGCHLD:
            return
        reap(services)
        if time.monotonic() - logs_checked > LOG_CHECK_SECONDS:
            logs_checked = time.monotonic()
            for service in services:
                service.trim_log()


def main() -> None:
    os.environ["PATH"] = SEARCH_PATH
    config = json.loads(Path(sys.argv[1]).read_text())
    if config["isolation"]:
        set_up_files_and_mounts(config["isolation"])
        set_up_network(config["isolation"])
    for path, content in config["files"].items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(content)
    services = [Service(fields, Path(config["log_directory"])) for fields in config["services"]]
    # They are taken by sigtimedwait() instead, which wakes at once and misses none.
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED_SIGNALS)
    Path(sys.argv[2]).touch()
    supervise(services)
    kill(services)


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, OSError) as error:
        say(f"machine not started: {error}")
        sys.exit(1)
