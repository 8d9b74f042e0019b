# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of what carries traffic, on loopback: proxy, health checks, and the rules for packets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from slipway_lab.load_balancers.edge_network import address_changes, packet_rules, route_changes
from slipway_lab.load_balancers.edge_plan import Balancer, Check, EdgePlan, Rule
from slipway_lab.load_balancers.health_checks import TargetHealth, probe
from slipway_lab.load_balancers.tcp_proxy import TcpProxy

CHECK = Check("http", 0, "/healthz", interval=0.05, timeout=0.5, healthy_threshold=2, unhealthy_threshold=2)
BALANCER = Balancer(
    address="172.27.255.1",
    routed=True,
    rules=(Rule("tcp", 80, 80), Rule("udp", 53, 53)),
    targets=("172.27.1.11",),
    check=CHECK,
    proxy_protocol=False,
    allow=(),
    deny=(),
)
_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _server(serve: _Serve) -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything it got, once the other side has ended, with how long it was."""
    content = await reader.read()
    writer.write(f"{len(content)}:".encode() + content)
    await writer.drain()
    writer.close()


async def _say(port: int, content: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def _proxy(target_port: int, targets: list[str], *, proxy_protocol: bool = False) -> tuple[TcpProxy, int]:
    server, port = await _server(_echo)
    server.close()
    await server.wait_closed()
    proxy = TcpProxy(port, target_port, lambda: tuple(targets), proxy_protocol=proxy_protocol)
    await proxy.start("127.0.0.1")
    return proxy, port


def test_the_proxy_carries_both_ways_after_one_side_has_ended() -> None:
    async def run() -> None:
        server, port = await _server(_echo)
        proxy, own = await _proxy(port, ["127.0.0.1"])
        content = b"x" * 3_000_000
        assert await _say(own, content) == b"3000000:" + content
        proxy.stop()
        server.close()

    asyncio.run(run())


def test_the_client_is_told_by_the_proxy_protocol() -> None:
    async def run() -> None:
        server, port = await _server(_echo)
        proxy, own = await _proxy(port, ["127.0.0.1"], proxy_protocol=True)
        answer = (await _say(own, b"hello")).partition(b":")[2].decode()
        words = answer.split("\r\n")
        assert words[0].startswith("PROXY TCP4 127.0.0.1 127.0.0.1 ") and words[0].endswith(f" {own}")
        assert words[1] == "hello"
        proxy.stop()
        server.close()

    asyncio.run(run())


def test_a_target_that_refuses_is_passed_over_and_none_breaks_it_off() -> None:
    async def run() -> None:
        server, port = await _server(_echo)
        targets = ["127.0.0.2", "127.0.0.1"]
        proxy, own = await _proxy(port, targets)
        for _ in range(4):
            assert await _say(own, b"hello") == b"5:hello"
        targets.clear()
        with pytest.raises(ConnectionResetError):
            await _say(own, b"hello")
        proxy.stop()
        server.close()

    asyncio.run(run())


def test_targets_take_turns() -> None:
    async def run() -> None:
        seen: list[str] = []

        async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(writer.get_extra_info("sockname")[0])
            writer.close()

        server = await asyncio.start_server(note, "0.0.0.0", 0)  # noqa: S104 - all of 127.0.0.0/8 is meant
        proxy, own = await _proxy(server.sockets[0].getsockname()[1], ["127.0.0.2", "127.0.0.3"])
        for _ in range(4):
            await _say(own, b"")
        assert seen == ["127.0.0.2", "127.0.0.3"] * 2
        proxy.stop()
        server.close()

    asyncio.run(run())


def test_checks_take_as_many_in_a_row_as_the_thresholds_say() -> None:
    async def run() -> None:
        status = 503
        asked = 0

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            asked += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status} x\r\n\r\n".encode())
            writer.close()

        async def until(healthy: bool) -> int:
            before = asked
            async with asyncio.timeout(5):
                while health.healthy is not healthy:
                    await asyncio.sleep(0.01)
            return asked - before

        server, port = await _server(answer)
        turns: list[str] = []
        health = TargetHealth("127.0.0.1", replace(CHECK, port=port), turns.append)
        while not turns:
            await asyncio.sleep(0.01)
        # The first one decides.
        assert (turns, health.healthy) == ([f"127.0.0.1 is not well: http:{port}/healthz: status 503"], False)
        status = 200
        assert await until(True) == 2
        status = 503
        assert await until(False) == 2
        health.stop()
        server.close()

    asyncio.run(run())


def test_probes_say_what_is_wrong() -> None:
    async def run() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async def rude(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"nonsense\r\n")
            writer.close()

        server, port = await _server(silent)
        assert await probe("127.0.0.1", replace(CHECK, protocol="tcp", port=port)) is None
        waited = await probe("127.0.0.1", replace(CHECK, port=port, timeout=0.2))
        assert waited == f"http:{port}/healthz: no answer in 0.2 s"
        server.close()
        server, port = await _server(rude)
        assert await probe("127.0.0.1", replace(CHECK, port=port)) == f"http:{port}/healthz: no answer in HTTP"
        server.close()
        await server.wait_closed()
        refused = await probe("127.0.0.1", replace(CHECK, port=port))
        assert refused is not None and "Connect call failed" in refused

    asyncio.run(run())


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = EdgePlan((replace(BALANCER, allow=("192.0.2.0/24",)), replace(BALANCER, address="172.27.255.2")))
    plan.write(tmp_path / "plan.json")
    assert EdgePlan.read(tmp_path / "plan.json") == plan


def test_routes_follow_the_targets_that_are_well() -> None:
    assert route_changes({}, {"172.27.255.1": ()}) == ["route replace table 100 unreachable 172.27.255.1/32"]
    hops = "nexthop via 172.27.1.11 dev eth0 nexthop via 172.27.1.12 dev eth0"
    both = {"172.27.255.1": ("172.27.1.11", "172.27.1.12")}
    assert route_changes({"172.27.255.1": ()}, both) == [f"route replace table 100 172.27.255.1/32 {hops}"]
    assert route_changes(both, both) == []
    assert route_changes(both, {}) == ["route del table 100 172.27.255.1/32"]


def test_addresses_come_and_go() -> None:
    assert address_changes({"172.27.255.1"}, {"172.27.255.2"}) == [
        "addr del 172.27.255.1/32 dev eth0",
        "addr add 172.27.255.2/32 dev eth0",
    ]


def test_only_ports_of_routed_ones_are_marked_and_firewalls_come_first() -> None:
    fenced = replace(BALANCER, routed=False, address="172.27.255.2", allow=("10.0.0.0/8", "10.1.0.0/16"))
    rules = packet_rules(EdgePlan((replace(BALANCER, deny=("192.0.2.1",)), fenced)))
    lines = [line.strip() for line in rules.splitlines()]
    marks = "ip daddr . meta l4proto . th dport { 172.27.255.1 . tcp . 80, 172.27.255.1 . udp . 53 } meta mark set 1"
    assert lines.index("ip daddr 172.27.255.1 ip saddr { 192.0.2.1/32 } drop") < lines.index(marks)
    # Networks that overlap are one element of the set.
    assert "ip daddr 172.27.255.2 ip saddr != { 10.0.0.0/8 } drop" in lines
    assert "mark" not in packet_rules(EdgePlan((fenced,)))
