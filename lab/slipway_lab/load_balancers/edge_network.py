# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge's network: the load balancers' addresses, and the way of packets that are routed on. Pure.

A load balancer of type REGIONAL_NETWORK hands packets on as they came, and the node answers the client itself, as
DigitalOcean's does. Packets to its ports get a mark, and marked packets take a route to one of the targets, always
the same for one connection. The address is the edge's own all the same, so that the edge answers for it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence

from slipway_lab.load_balancers.edge_plan import Balancer, EdgePlan

LINK = "eth0"
_MARK = 1
ROUTE_TABLE = 100
_LOCAL_RULE = 32000
# The local routes come first everywhere; here marked packets go before them.
FIRST_RULES = (
    f"rule add pref {_LOCAL_RULE} lookup local",
    "rule del pref 0 lookup local",
    f"rule add pref 10 fwmark {_MARK} lookup {ROUTE_TABLE}",
)
SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    # Targets are chosen by addresses and ports, so the connections of one client spread.
    "net.ipv4.fib_multipath_hash_policy": "1",
    # Targets are on the link that packets come from; clients are not to be told of the shorter way.
    "net.ipv4.conf.all.send_redirects": "0",
    f"net.ipv4.conf.{LINK}.send_redirects": "0",
}


def has_first_rules(rules: str) -> bool:
    """Whether FIRST_RULES are in what `ip rule` prints."""
    return f"{_LOCAL_RULE}:" in rules


def address_changes(present: Collection[str], wanted: Collection[str]) -> list[str]:
    """Lines for `ip -batch` from present to wanted addresses."""
    gone = [f"addr del {address}/32 dev {LINK}" for address in sorted(set(present) - set(wanted))]
    return gone + [f"addr add {address}/32 dev {LINK}" for address in sorted(set(wanted) - set(present))]


def route_changes(present: Mapping[str, Sequence[str]], wanted: Mapping[str, Sequence[str]]) -> list[str]:
    """Lines for `ip -batch` from present to wanted targets of each routed address."""
    lines = [f"route del table {ROUTE_TABLE} {address}/32" for address in sorted(set(present) - set(wanted))]
    for address, targets in sorted(wanted.items()):
        if present.get(address) == targets:
            continue
        hops = "".join(f" nexthop via {target} dev {LINK}" for target in targets)
        lines.append(
            f"route replace table {ROUTE_TABLE} {address}/32{hops}"
            if targets
            else f"route replace table {ROUTE_TABLE} unreachable {address}/32"
        )
    return lines


def packet_rules(plan: EdgePlan) -> str:
    """nftables rules that replace the present ones: firewalls of load balancers, and marks for what is routed."""
    lines = [line for balancer in plan.balancers for line in _firewall(balancer)]
    marked = [
        f"{balancer.address} . {rule.protocol} . {rule.port}"
        for balancer in plan.balancers
        if balancer.routed
        for rule in balancer.rules
    ]
    if marked:
        lines.append(f"ip daddr . meta l4proto . th dport {{ {', '.join(marked)} }} meta mark set {_MARK}")
    body = "\n".join(f"    {line}" for line in lines)
    return f"""table ip edge
delete table ip edge
table ip edge {{
  chain prerouting {{
    type filter hook prerouting priority mangle; policy accept;
{body}
  }}
}}
"""


def _firewall(balancer: Balancer) -> list[str]:
    lines = []
    if denied := _ipv4(balancer.deny):
        lines.append(f"ip daddr {balancer.address} ip saddr {{ {denied} }} drop")
    if balancer.allow:
        allowed = _ipv4(balancer.allow)
        source = f" ip saddr != {{ {allowed} }}" if allowed else ""
        lines.append(f"ip daddr {balancer.address}{source} drop")
    return lines


def _ipv4(networks: Sequence[str]) -> str:
    """The IPv4 networks among them as elements of a set, which may not overlap."""
    read = [ipaddress.ip_network(one, strict=False) for one in networks]
    found = [one for one in read if isinstance(one, ipaddress.IPv4Network)]
    return ", ".join(str(one) for one in ipaddress.collapse_addresses(found))
