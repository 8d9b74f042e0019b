# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge's one program: `python -m slipway_lab.load_balancers.edge_server FOLDER` in a machine of its own.

It carries what plan.json in the folder says, and takes up every change of it. Nothing but the standard library: it
runs beside the lab's server, not in it, so that traffic goes on when that one is started anew.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from slipway_lab.load_balancers.edge_network import (
    FIRST_RULES,
    LINK,
    ROUTE_TABLE,
    address_changes,
    has_first_rules,
    packet_rules,
    route_changes,
)
from slipway_lab.load_balancers.edge_plan import Balancer, Check, EdgePlan
from slipway_lab.load_balancers.health_checks import TargetHealth
from slipway_lab.load_balancers.tcp_proxy import TcpProxy

PLAN_FILE = "plan.json"
_LOOK_SECONDS = 0.2


def _say(message: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {message}", flush=True)


def _run(*command: str, text: str) -> None:
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()} (of: {text.strip()})")


class Edge:
    """Brings the edge from one plan to the next."""

    def __init__(self) -> None:
        self._plan = EdgePlan()
        self._health: dict[tuple[str, str, Check], TargetHealth] = {}
        self._proxies: dict[tuple[str, int], TcpProxy] = {}
        self._addresses: frozenset[str] = frozenset()
        self._routes: dict[str, tuple[str, ...]] = {}
        self._turns = False

    def begin(self) -> None:
        """What every plan needs. This program may have been here before, and ended without a word."""
        rules = subprocess.run(["ip", "rule"], capture_output=True, text=True, check=True).stdout
        if not has_first_rules(rules):
            _run("ip", "-batch", "-", text="\n".join(FIRST_RULES))
        # Fails when there is no such table yet.
        subprocess.run(["ip", "route", "flush", "table", str(ROUTE_TABLE)], capture_output=True, check=False)
        shown = subprocess.run(["ip", "-json", "-4", "addr", "show", LINK], capture_output=True, check=True).stdout
        present = (one for link in json.loads(shown) for one in link["addr_info"])
        self._addresses = frozenset(one["local"] for one in present if one["prefixlen"] == 32)

    async def carry(self, plan: EdgePlan) -> None:
        """Bring addresses, firewalls, checks, routes and proxies to the plan."""
        self._plan = plan
        addresses = frozenset(balancer.address for balancer in plan.balancers)
        self._ip(address_changes(self._addresses, addresses))
        self._addresses = addresses
        _run("nft", "-f", "-", text=packet_rules(plan))
        self._check()
        self._route()
        await self._listen()
        _say(f"carrying {len(plan.balancers)} load balancers")

    def _check(self) -> None:
        wanted = {
            (balancer.address, target, balancer.check): balancer
            for balancer in self._plan.balancers
            for target in balancer.targets
        }
        for key in set(self._health) - set(wanted):
            self._health.pop(key).stop()
        for key in set(wanted) - set(self._health):
            address, target, check = key
            self._health[key] = TargetHealth(target, check, partial(self._turned, address))

    def _turned(self, address: str, turn: str) -> None:
        _say(f"{address}: {turn}")
        self._turns = True

    def follow_turns(self) -> None:
        """Take targets in and out of routes as their checks say."""
        if self._turns:
            self._turns = False
            self._route()

    def _well(self, balancer: Balancer) -> tuple[str, ...]:
        states = ((target, self._health.get((balancer.address, target, balancer.check))) for target in balancer.targets)
        return tuple(target for target, health in states if health is not None and health.healthy)

    def _route(self) -> None:
        wanted = {balancer.address: self._well(balancer) for balancer in self._plan.balancers if balancer.routed}
        self._ip(route_changes(self._routes, wanted))
        self._routes = wanted

    async def _listen(self) -> None:
        balancers = {balancer.address: balancer for balancer in self._plan.balancers if not balancer.routed}
        wanted = {
            (balancer.address, rule.port): (rule.target_port, balancer.proxy_protocol)
            for balancer in balancers.values()
            for rule in balancer.rules
            if rule.protocol == "tcp"
        }
        for key, proxy in list(self._proxies.items()):
            if wanted.get(key) != (proxy.target_port, proxy.proxy_protocol):
                self._proxies.pop(key).stop()
        for (address, port), (target_port, proxy_protocol) in wanted.items():
            if (address, port) in self._proxies:
                continue
            proxy = TcpProxy(port, target_port, partial(self._targets, address), proxy_protocol=proxy_protocol)
            await proxy.start(address)
            self._proxies[address, port] = proxy

    def _targets(self, address: str) -> tuple[str, ...]:
        found = next((one for one in self._plan.balancers if one.address == address), None)
        return () if found is None else self._well(found)

    def _ip(self, lines: list[str]) -> None:
        if lines:
            _run("ip", "-batch", "-", text="\n".join(lines) + "\n")


async def serve(directory: Path) -> None:
    """Carry the plan until SIGTERM."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    edge = Edge()
    edge.begin()
    file = directory / PLAN_FILE
    seen: tuple[int, int] | None = None
    while not stopped.is_set():
        status = file.stat()
        if seen != (now := (status.st_mtime_ns, status.st_ino)):
            seen = now
            await edge.carry(EdgePlan.read(file))
        edge.follow_turns()
        try:
            await asyncio.wait_for(stopped.wait(), _LOOK_SECONDS)
        except TimeoutError:
            continue


def main() -> int:
    asyncio.run(serve(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
