# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers as people declare them, with one bad value each, and with good ones that look odd."""

from __future__ import annotations

from typing import Any

RULE = {"entry_protocol": "http", "entry_port": 80, "target_protocol": "http", "target_port": 30080}
TLS = {**RULE, "entry_protocol": "https", "entry_port": 443, "certificate_id": "892071a0-bb95-49bc-8021-3afd67a210bf"}


def wanted(**changes: Any) -> dict[str, Any]:
    return {"name": "front", "region": "ams3", "forwarding_rules": [RULE], **changes}


def rules(*given: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return wanted(forwarding_rules=list(given), **changes)


def world(**changes: Any) -> dict[str, Any]:
    return {"name": "world", "type": "GLOBAL", **changes}


BAD: list[tuple[dict[str, Any], str]] = [
    (wanted(name="my front"), "name 'my front' must be"),
    (wanted(name="front-"), "name 'front-' must be"),
    (wanted(size_unit=0), "size_unit 0 must be 1 to 200"),
    (wanted(size_unit=201), "size_unit 201 must be 1 to 200"),
    (wanted(http_idle_timeout_seconds=29), "http_idle_timeout_seconds 29 must be 30 to 600"),
    (wanted(tag="my tag"), "tag 'my tag' must be"),
    (wanted(health_check={"port": 0}), "health_check.port 0 must be"),
    (wanted(health_check={"check_interval_seconds": 2}), "health_check.check_interval_seconds 2 must be 3 to 300"),
    (
        wanted(health_check={"response_timeout_seconds": 301}),
        "health_check.response_timeout_seconds 301 must be 3 to 300",
    ),
    (wanted(health_check={"healthy_threshold": 1}), "health_check.healthy_threshold 1 must be 2 to 10"),
    (wanted(health_check={"unhealthy_threshold": 11}), "health_check.unhealthy_threshold 11 must be 2 to 10"),
    (wanted(firewall={"deny": ["cidr:everywhere"]}), "firewall.deny[0] 'cidr:everywhere' must be like"),
    (wanted(sticky_sessions={"type": "cookies", "cookie_name": "lb"}), "sticky_sessions: cookies need"),
    (
        wanted(sticky_sessions={"type": "cookies", "cookie_name": "l", "cookie_ttl_seconds": 1}),
        "sticky_sessions.cookie_name 'l' must be 2 to 40 characters",
    ),
    (rules({**RULE, "target_port": 70000}), "forwarding_rules[0].target_port 70000 must be 1 to 65535"),
    (rules(TLS, {**TLS, "entry_protocol": "http2"}), "entry port 443 is used by 2 rules for TCP"),
    (rules({**TLS, "certificate_id": ""}), "https needs certificate_id, or tls_passthrough: true"),
    (
        rules({**TLS, "entry_protocol": "http3", "certificate_id": "", "tls_passthrough": True}),
        "http3 needs certificate_id, for it cannot pass through",
    ),
    (world(region="ams3"), "region: a load balancer of type GLOBAL is in none"),
    (world(glb_settings={"failover_threshold": 100}), "glb_settings.failover_threshold 100 must be 1 to 99"),
    (world(domains=[{"name": "www"}]), "domains[0].name 'www' must be a full name"),
]
GOOD: list[dict[str, Any]] = [
    wanted(),
    wanted(name="Front.1.", size_unit=200),
    rules({**TLS, "entry_protocol": "http2"}, {**TLS, "entry_protocol": "http3"}),
    rules({**TLS, "entry_protocol": "http3"}, TLS, RULE),
    rules(
        {"entry_protocol": "tcp", "entry_port": 53, "target_protocol": "tcp", "target_port": 53},
        {"entry_protocol": "udp", "entry_port": 53, "target_protocol": "udp", "target_port": 53},
        type="REGIONAL_NETWORK",
    ),
    rules({**TLS, "certificate_id": "", "target_protocol": "https", "tls_passthrough": True}),
    wanted(firewall={"allow": ["ip:192.0.2.1", "cidr:192.0.2.1/24", "ip:2001:db8::1", "cidr:2001:db8::/32"]}),
    wanted(health_check={"check_interval_seconds": 3, "response_timeout_seconds": 300, "healthy_threshold": 10}),
    wanted(sticky_sessions={"type": "cookies", "cookie_name": "lb", "cookie_ttl_seconds": 1}),
    wanted(sticky_sessions={"type": "none"}),
    world(glb_settings={"target_protocol": "http", "target_port": 80, "region_priorities": {"fra1": 2, "nyc1": 1}}),
    world(domains=[{"name": "www.example.com", "is_managed": True}], forwarding_rules=[{**TLS, "certificate_id": ""}]),
]
