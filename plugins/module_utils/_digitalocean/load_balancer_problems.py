# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What cannot be asked of a load balancer, all of it at once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .._grammar import Each, Entries, Rule, at_least, between, free, matching, problems_of
from .._reconcile import JsonObject
from . import grammar
from .load_balancer_fields import GLOBAL, NETWORK, REGIONAL

PROVIDER = "digitalocean/terraform-provider-digitalocean, resource_loadbalancer.go"
PORT = between(1, 65535)
CERTIFICATE = free("the API knows its certificates")

BALANCER_RULES: Mapping[str, Rule] = {
    "name": grammar.BALANCER_NAME,
    "id": free("looked for by the API"),
    "region": grammar.SLUG,
    "vpc": grammar.VPC_NAME,
    "forwarding_rules": Each({"entry_port": PORT, "target_port": PORT, "certificate_id": CERTIFICATE}),
    "health_check": {
        "port": PORT,
        "path": free("a path of the user's own program"),
        "check_interval_seconds": between(3, 300, source=PROVIDER),
        "response_timeout_seconds": between(3, 300, source=PROVIDER),
        "healthy_threshold": between(2, 10, source=PROVIDER),
        "unhealthy_threshold": between(2, 10, source=PROVIDER),
    },
    "sticky_sessions": {
        "cookie_name": matching(r".*", "2 to 40 characters", least=2, most=40, source=PROVIDER),
        "cookie_ttl_seconds": at_least(1, source=PROVIDER),
    },
    "firewall": {"allow": Each(grammar.FIREWALL_SOURCE), "deny": Each(grammar.FIREWALL_SOURCE)},
    "http_idle_timeout_seconds": between(30, 600, source=f"{grammar.OPENAPI}, load_balancer_base"),
    # The description still says 100; the service has had 200 since its provider says so.
    "size_unit": between(1, 200, source=PROVIDER),
    "tag": grammar.TAG,
    "droplet_ids": Each(at_least(1)),
    "domains": Each({"name": grammar.HOST_NAME, "certificate_id": CERTIFICATE}),
    "glb_settings": {
        "target_port": PORT,
        "region_priorities": Entries(grammar.SLUG, at_least(1), "region_priorities"),
        "failover_threshold": between(1, 99, source=PROVIDER),
    },
    "target_load_balancer_ids": free("looked for by the API"),
    "project": free("projects.find_project"),
    "leaving_clusters": free("names of clusters, as do_kubernetes_cluster takes them"),
}
TLS_PROTOCOLS = frozenset({"https", "http2", "http3"})
# HTTP/3 is QUIC, which is UDP: it stands beside HTTP/2 at the same port.
UDP_PROTOCOLS = frozenset({"udp", "http3"})


def find_problems(wanted: Mapping[str, Any], there: Mapping[str, Any] | None) -> list[str]:
    """wanted: what the user declared; there: the load balancer as it is, None when it is to be created."""
    kind = str(wanted.get("type") or (there or {}).get("type") or REGIONAL)
    problems = [] if there is not None else _missing(wanted, kind)
    problems += problems_of(BALANCER_RULES, wanted)
    if not wanted.get("forwarding_rules", True) and kind != GLOBAL:
        problems.append("forwarding_rules: at least one is needed")
    problems += _of_rules(wanted.get("forwarding_rules") or [], kind)
    if kind == GLOBAL and wanted.get("region"):
        problems.append("region: a load balancer of type GLOBAL is in none; leave it out")
    if wanted.get("enable_proxy_protocol") and kind != REGIONAL:
        problems.append(f"enable_proxy_protocol: a load balancer of type {kind} does not speak it, only REGIONAL does")
    if wanted.get("sticky_sessions"):
        cookies = {**((there or {}).get("sticky_sessions") or {}), **wanted["sticky_sessions"]}
        if cookies.get("type") == "cookies" and not (cookies.get("cookie_name") and cookies.get("cookie_ttl_seconds")):
            problems.append("sticky_sessions: cookies need cookie_name and cookie_ttl_seconds")
    return problems


def _missing(wanted: Mapping[str, Any], kind: str) -> list[str]:
    """A global one forwards by glb_settings and domains, and is in no region."""
    needed = ["name"] if kind == GLOBAL else ["name", "forwarding_rules", "region"]
    return [
        f"{name}: it does not exist yet, and to create it this must be given" for name in needed if name not in wanted
    ]


def _of_rules(rules: list[JsonObject], kind: str) -> list[str]:
    problems = []
    for number, rule in enumerate(rules):
        where, entry = f"forwarding_rules[{number}]", rule["entry_protocol"]
        if (entry == "udp") != (rule["target_protocol"] == "udp"):
            problems.append(f"{where}: udp is forwarded to udp only, and nothing else is")
        if kind == NETWORK and entry not in ("tcp", "udp"):
            problems.append(f"{where}: a load balancer of type REGIONAL_NETWORK forwards tcp and udp, not {entry}")
        problems += _of_tls(rule, where, kind)
    entries = Counter((rule["entry_port"], rule["entry_protocol"] in UDP_PROTOCOLS) for rule in rules)
    problems += [
        f"forwarding_rules: entry port {port} is used by {count} rules for {'UDP' if udp else 'TCP'}"
        for (port, udp), count in entries.items()
        if count > 1
    ]
    return problems


def _of_tls(rule: JsonObject, where: str, kind: str) -> list[str]:
    """Certificates of a global load balancer are those of its domains. HTTP/3 ends at the load balancer (cloud
    controller manager, buildHTTP3ForwardingRule)."""
    entry = rule["entry_protocol"]
    if entry not in TLS_PROTOCOLS or kind == GLOBAL or rule.get("certificate_id"):
        return []
    if entry == "http3":
        return [f"{where}: http3 needs certificate_id, for it cannot pass through"]
    return [] if rule.get("tls_passthrough") else [f"{where}: {entry} needs certificate_id, or tls_passthrough: true"]
