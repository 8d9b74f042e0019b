# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Service asks DigitalOcean for, by its annotations and without any."""

from __future__ import annotations

from typing import Any

import pytest
from slipway_lab.load_balancers.errors import LoadBalancerError
from slipway_lab.load_balancers.service_request import load_balancer_request

BASE = "service.beta.kubernetes.io/do-loadbalancer-"
PORTS = [{"port": 80, "nodePort": 30080}, {"port": 443, "nodePort": 30443}]


def request(*, ports: list[dict[str, Any]] | None = None, spec: dict[str, Any] | None = None, **said: str) -> Any:
    """said: annotations, with _ for - and without what all begin with."""
    annotations = {BASE + name.replace("_", "-"): value for name, value in said.items()}
    metadata = {"uid": "12345678-1234-1234-1234-123456789abc", "annotations": annotations}
    return load_balancer_request({"metadata": metadata, "spec": {"ports": ports or PORTS, **(spec or {})}})


def test_without_annotations() -> None:
    made = request()
    assert made["name"] == "a12345678123412341234123456789ab"
    assert (made["type"], made["network"], made["network_stack"]) == ("REGIONAL_NETWORK", "EXTERNAL", "IPV4")
    assert [(rule["entry_port"], rule["target_port"]) for rule in made["forwarding_rules"]] == [(80, 80), (443, 443)]
    assert made["health_check"] == {
        "protocol": "http",
        "port": 10256,
        "path": "/healthz",
        "check_interval_seconds": 3,
        "response_timeout_seconds": 5,
        "unhealthy_threshold": 3,
        "healthy_threshold": 5,
    }


def test_one_that_ends_connections_goes_to_node_ports() -> None:
    made = request(type="REGIONAL", name="front", http_ports="80", tls_passthrough="true", enable_proxy_protocol="1")
    assert (made["name"], made["network_stack"], made["enable_proxy_protocol"]) == ("front", "DUALSTACK", True)
    http, https = made["forwarding_rules"]
    assert (http["entry_protocol"], http["target_port"]) == ("http", 30080)
    assert (https["entry_protocol"], https["target_port"], https["tls_passthrough"]) == ("https", 30443, True)


def test_a_port_for_health_checks_is_used() -> None:
    made = request(spec={"externalTrafficPolicy": "Local", "healthCheckNodePort": 31111})
    assert (made["health_check"]["port"], made["health_check"]["path"]) == (31111, "/healthz")


def test_a_health_check_of_its_own() -> None:
    made = request(override_health_check="", healthcheck_port="443", healthcheck_check_interval_seconds="1")
    assert (made["health_check"]["protocol"], made["health_check"]["port"]) == ("tcp", 30443)
    assert made["health_check"]["check_interval_seconds"] == 1


def test_source_ranges_come_before_annotations() -> None:
    assert request(allow_rules="ip:192.0.2.1", deny_rules="cidr:192.0.2.0/24")["firewall"] == {
        "allow": ["ip:192.0.2.1"],
        "deny": ["cidr:192.0.2.0/24"],
    }
    ranges = request(spec={"loadBalancerSourceRanges": ["198.51.100.0/24"]}, allow_rules="ip:192.0.2.1")
    assert ranges["firewall"]["allow"] == ["cidr:198.51.100.0/24"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"type": "GLOBAL"}, "'GLOBAL' is none of REGIONAL, REGIONAL_NETWORK"),
        ({"enable_proxy_protocol": "yes"}, "'yes' is not true or false"),
        ({"type": "REGIONAL", "protocol": "https"}, "must set certificate id or enable tls pass through"),
        ({"type": "REGIONAL", "http_ports": "80", "http2_ports": "80"}, "cannot be shared"),
        ({"size_unit": "two"}, "'two' is not a number"),
        ({"network_stack": "DUALSTACK"}, "nodes lack IPv6 addresses"),
        ({"override_health_check": "", "healthcheck_port": "81"}, "health check port 81 does not exist"),
        ({"sticky_sessions_type": "cookies"}, "sticky session cookie name not specified"),
    ],
)
def test_what_cannot_be(said: dict[str, str], words: str) -> None:
    with pytest.raises(LoadBalancerError, match=words):
        request(**said)


def test_a_protocol_that_load_balancers_do_not_know() -> None:
    with pytest.raises(LoadBalancerError, match="only TCP or UDP"):
        request(ports=[{"port": 80, "nodePort": 30080, "protocol": "SCTP"}])
