# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a Service to the load balancer that it asks for, as DigitalOcean's cloud controller does it. Pure.

What is not said by annotations gets the controller's default, also on a load balancer that was made otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway_lab.load_balancers.errors import LoadBalancerError
from slipway_lab.load_balancers.service_annotations import TYPE, Annotations

REGIONAL, NETWORK = "REGIONAL", "REGIONAL_NETWORK"
_PROTOCOLS = ("tcp", "http", "https", "http2", "http3")
_KUBE_PROXY_HEALTH_PORT = 10256

Service = Mapping[str, Any]


def annotations_of(service: Service) -> Annotations:
    return Annotations(service["metadata"].get("annotations"))


def default_name(service: Service) -> str:
    """The name without an annotation: a and the Service's uid (cloud-provider, DefaultLoadBalancerName)."""
    uid: str = service["metadata"]["uid"]
    return f"a{uid.replace('-', '')}"[:32]


def wants_load_balancer(service: Service) -> bool:
    spec = service["spec"]
    return spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass")


def with_type(service: Service, type_: str) -> Service:
    """The Service with the type that its load balancer has, whatever it asked for."""
    metadata = service["metadata"]
    annotations = {**(metadata.get("annotations") or {}), TYPE: type_}
    return {**service, "metadata": {**metadata, "annotations": annotations}}


def load_balancer_request(service: Service) -> dict[str, Any]:
    """The load balancer as the API is asked for it, without Droplets, region, VPC and tags. LoadBalancerError."""
    annotations = annotations_of(service)
    type_ = annotations.choice("type", (REGIONAL, NETWORK), NETWORK)
    network = annotations.choice("network", ("EXTERNAL", "INTERNAL"), "EXTERNAL")
    sticky = _sticky_sessions(annotations)
    request: dict[str, Any] = {
        "name": annotations.get("name") or default_name(service),
        "type": type_,
        "network": network,
        "network_stack": _network_stack(annotations, type_, network),
        "forwarding_rules": _routed_rules(service) if type_ == NETWORK else _rules(service, annotations),
        "health_check": _health_check(service, annotations),
        "sticky_sessions": sticky,
        "redirect_http_to_https": annotations.boolean("redirect-http-to-https"),
        "enable_proxy_protocol": annotations.boolean("enable-proxy-protocol"),
        "enable_backend_keepalive": annotations.boolean("enable-backend-keepalive"),
        "disable_lets_encrypt_dns_records": annotations.boolean("disable-lets-encrypt-dns-records"),
        "firewall": {
            "allow": [f"cidr:{source}" for source in service["spec"].get("loadBalancerSourceRanges") or []]
            or annotations.texts("allow-rules"),
            "deny": annotations.texts("deny-rules"),
        },
    }
    if annotations.has("http-idle-timeout-seconds"):
        request["http_idle_timeout_seconds"] = annotations.number("http-idle-timeout-seconds", 0)
    if annotations.has("size-unit"):
        request["size_unit"] = annotations.number("size-unit", 1)
    return request


def _network_stack(annotations: Annotations, type_: str, network: str) -> str:
    # Nodes of the lab have IPv4 only. One that ends connections can go from one to the other.
    default = "DUALSTACK" if type_ == REGIONAL and network == "EXTERNAL" else "IPV4"
    stack = annotations.choice("network-stack", ("IPV4", "DUALSTACK"), default)
    if stack == "DUALSTACK" and network == "INTERNAL":
        raise LoadBalancerError("dual stack networking is not supported for internal load balancer")
    if stack == "DUALSTACK" and type_ == NETWORK:
        raise LoadBalancerError(
            "dual-stack networking requested but nodes lack IPv6 addresses. REGIONAL_NETWORK load balancers require "
            "all nodes to have IPv6 for dual-stack mode"
        )
    return stack


def _routed_rules(service: Service) -> list[dict[str, Any]]:
    """Ports of the Service itself: packets reach the nodes as they came."""
    return [_rule(_transport(port), port["port"], _transport(port), port["port"]) for port in service["spec"]["ports"]]


def _rules(service: Service, annotations: Annotations) -> list[dict[str, Any]]:
    default = annotations.choice("protocol", _PROTOCOLS, "tcp")
    ports = {name: annotations.numbers(f"{key}-ports") for name, key in (("http", "http"), ("http2", "http2"))}
    tls = annotations.numbers("tls-ports")
    passthrough, certificate = annotations.boolean("tls-passthrough"), annotations.get("certificate-id")
    if (passthrough or certificate) and not tls and 443 not in ports["http2"]:
        tls = [443]
    named = [*tls, *ports["http"], *ports["http2"]]
    if len(named) > len(set(named)):
        raise LoadBalancerError("ports of the annotations tls-ports, http-ports and http2-ports cannot be shared")
    rules = []
    for port in service["spec"]["ports"]:
        protocol = default
        for name, chosen in (("http", ports["http"]), ("https", tls), ("http2", ports["http2"])):
            protocol = name if port["port"] in chosen else protocol
        protocol = "udp" if _transport(port) == "udp" else protocol
        rule = _rule(protocol, port["port"], protocol, port.get("nodePort", 0))
        if protocol in ("https", "http2"):
            if bool(certificate) == passthrough:
                raise LoadBalancerError("must set certificate id or enable tls pass through, and not both")
            rule |= {"tls_passthrough": True} if passthrough else {"certificate_id": certificate}
            rule |= {} if passthrough else {"target_protocol": "http"}
        rules.append(rule)
    return rules


def _rule(entry: str, entry_port: int, target: str, target_port: int) -> dict[str, Any]:
    return {"entry_protocol": entry, "entry_port": entry_port, "target_protocol": target, "target_port": target_port}


def _transport(port: Mapping[str, Any]) -> str:
    protocol: str = port.get("protocol", "TCP")
    if protocol not in ("TCP", "UDP"):
        raise LoadBalancerError(f'only TCP or UDP protocol is supported, got: "{protocol}"')
    return protocol.lower()


def _health_check(service: Service, annotations: Annotations) -> dict[str, Any]:
    """Of kube-proxy on the node; or of the Service's pods there, where it has a port for that or an annotation."""
    check = {
        "protocol": "http",
        "port": service["spec"].get("healthCheckNodePort") or _KUBE_PROXY_HEALTH_PORT,
        "path": "/healthz",
        "check_interval_seconds": annotations.number("healthcheck-check-interval-seconds", 3),
        "response_timeout_seconds": annotations.number("healthcheck-response-timeout-seconds", 5),
        "unhealthy_threshold": annotations.number("healthcheck-unhealthy-threshold", 3),
        "healthy_threshold": annotations.number("healthcheck-healthy-threshold", 5),
    }
    if annotations.has("override-health-check"):
        path = annotations.get("healthcheck-path")
        protocols = ("tcp", "http", "https")
        check |= {
            "protocol": annotations.choice("healthcheck-protocol", protocols, "http" if path else "tcp"),
            "port": _health_check_port(service["spec"]["ports"], annotations),
            "path": path,
        }
    return check


def _health_check_port(ports: Sequence[Mapping[str, Any]], annotations: Annotations) -> int:
    wanted = annotations.numbers("healthcheck-port")
    found = [port for port in ports if _transport(port) == "tcp" and (not wanted or port["port"] == wanted[0])]
    if len(wanted) > 1 or (wanted and not found):
        raise LoadBalancerError(f"specified health check port {wanted[-1]} does not exist on service")
    return int(found[0].get("nodePort", 0)) if found else 0


def _sticky_sessions(annotations: Annotations) -> dict[str, Any]:
    if annotations.get("sticky-sessions-type") != "cookies":
        return {"type": "none"}
    if not annotations.get("sticky-sessions-cookie-name"):
        raise LoadBalancerError("sticky session cookie name not specified, but required")
    return {
        "type": "cookies",
        "cookie_name": annotations.get("sticky-sessions-cookie-name"),
        "cookie_ttl_seconds": annotations.number("sticky-sessions-cookie-ttl", 0),
    }
