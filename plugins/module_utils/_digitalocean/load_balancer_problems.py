# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What cannot be asked of a load balancer, all of it at once. Pure."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Mapping
from typing import Any

from .._reconcile import JsonObject

# From the OpenAPI's load_balancer_base.
BOUNDS = {"size_unit": (1, 100), "http_idle_timeout_seconds": (30, 600)}
PORT = (1, 65535)
TLS_PROTOCOLS = frozenset({"https", "http2", "http3"})


def find_problems(wanted: Mapping[str, Any], there: Mapping[str, Any] | None) -> list[str]:
    """wanted: what the user declared; there: the load balancer as it is, None when it is to be created."""
    kind = str(wanted.get("type") or (there or {}).get("type") or "REGIONAL")
    problems = [] if there is not None else _missing(wanted, kind)
    if not wanted.get("forwarding_rules", True):
        problems.append("forwarding_rules: at least one is needed")
    problems += _of_rules(wanted.get("forwarding_rules") or [], kind)
    for name, (least, most) in BOUNDS.items():
        problems += _outside(name, wanted.get(name), least, most)
    problems += _outside("health_check.port", (wanted.get("health_check") or {}).get("port"), *PORT)
    if wanted.get("enable_proxy_protocol") and kind != "REGIONAL":
        problems.append(f"enable_proxy_protocol: a load balancer of type {kind} does not speak it, only REGIONAL does")
    for name in ("allow", "deny"):
        for number, source in enumerate((wanted.get("firewall") or {}).get(name) or []):
            problems += _of_source(f"firewall.{name}[{number}]", str(source))
    cookies = wanted.get("sticky_sessions") or {}
    if cookies.get("type") == "cookies" and not (cookies.get("cookie_name") and cookies.get("cookie_ttl_seconds")):
        problems.append("sticky_sessions: cookies need cookie_name and cookie_ttl_seconds")
    return problems


def _missing(wanted: Mapping[str, Any], kind: str) -> list[str]:
    needed = ["name", "forwarding_rules"] + ([] if kind == "GLOBAL" else ["region"])
    return [
        f"{name}: it does not exist yet, and to create it this must be given" for name in needed if name not in wanted
    ]


def _outside(name: str, value: Any, least: int, most: int) -> list[str]:
    return [] if value is None or least <= value <= most else [f"{name}: it is {value}, it must be {least} to {most}"]


def _of_rules(rules: list[JsonObject], kind: str) -> list[str]:
    problems = []
    for number, rule in enumerate(rules):
        where, entry = f"forwarding_rules[{number}]", rule["entry_protocol"]
        for port in ("entry_port", "target_port"):
            problems += _outside(f"{where}.{port}", rule[port], *PORT)
        if (entry == "udp") != (rule["target_protocol"] == "udp"):
            problems.append(f"{where}: udp is forwarded to udp only, and nothing else is")
        if kind == "REGIONAL_NETWORK" and entry not in ("tcp", "udp"):
            problems.append(f"{where}: a load balancer of type REGIONAL_NETWORK forwards tcp and udp, not {entry}")
        if entry in TLS_PROTOCOLS and not (rule.get("certificate_id") or rule.get("tls_passthrough")):
            problems.append(f"{where}: {entry} needs certificate_id, or tls_passthrough: true")
    entries = Counter((rule["entry_port"], rule["entry_protocol"] == "udp") for rule in rules)
    problems += [
        f"forwarding_rules: entry port {port} is used by {count} rules"
        for (port, _udp), count in entries.items()
        if count > 1
    ]
    return problems


def _of_source(where: str, source: str) -> list[str]:
    kind, _colon, value = source.partition(":")
    try:
        if kind == "ip":
            ipaddress.ip_address(value)
        elif kind == "cidr":
            ipaddress.ip_network(value)
        else:
            raise ValueError
    except ValueError:
        return [f"{where}: {source!r} must be like ip:192.0.2.1 or cidr:192.0.2.0/24"]
    return []
