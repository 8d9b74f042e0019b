# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be asked of a load balancer: types, defaults, and what is refused (OpenAPI, load_balancer_base)."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Literal

from pydantic import Field, model_validator

from slipway_lab.api.context import Body
from slipway_lab.api.errors import unprocessable
from slipway_lab.api.resources.tags import check_tags

_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9.])?")
Protocol = Literal["http", "https", "http2", "http3", "tcp", "udp"]
# What a network load balancer, which works below HTTP, can forward.
_TRANSPORT_PROTOCOLS = ("tcp", "udp")


class ForwardingRule(Body):
    entry_protocol: Protocol
    entry_port: int = Field(ge=1, le=65535)
    target_protocol: Literal["http", "https", "http2", "tcp", "udp"]
    target_port: int = Field(ge=1, le=65535)
    certificate_id: str = ""
    tls_passthrough: bool = False


class HealthCheck(Body):
    protocol: Literal["http", "https", "tcp"] = "http"
    port: int = Field(default=80, ge=1, le=65535)
    path: str = "/"
    # Bounds: digitalocean-cloud-controller-manager, docs/controllers/services/annotations.md.
    check_interval_seconds: int = Field(default=10, ge=3, le=300)
    response_timeout_seconds: int = Field(default=5, ge=3, le=300)
    healthy_threshold: int = Field(default=3, ge=2, le=10)
    unhealthy_threshold: int = Field(default=5, ge=2, le=10)


class StickySessions(Body):
    type: Literal["cookies", "none"] = "none"
    cookie_name: str | None = None
    cookie_ttl_seconds: int | None = None


class Firewall(Body):
    allow: list[str] = Field(default_factory=list)
    deny: list[str] = Field(default_factory=list)


class GlobalDomain(Body):
    name: str = ""
    is_managed: bool = False
    certificate_id: str = ""


class GlobalSettings(Body):
    target_protocol: Literal["http", "https", "http2"] | None = None
    target_port: int | None = None
    cdn: dict[str, bool] | None = None
    region_priorities: dict[str, int] | None = None
    failover_threshold: int | None = None


class BalancerSettings(Body):
    """What both creation and update take, with the defaults that an update brings back for what it does not say."""

    name: str
    forwarding_rules: list[ForwardingRule] = Field(default_factory=list)
    health_check: HealthCheck = HealthCheck()
    sticky_sessions: StickySessions = StickySessions()
    firewall: Firewall = Firewall()
    redirect_http_to_https: bool = False
    enable_proxy_protocol: bool = False
    enable_backend_keepalive: bool = False
    disable_lets_encrypt_dns_records: bool = False
    http_idle_timeout_seconds: int = Field(default=60, ge=30, le=600)
    # The description says 100; digitalocean/terraform-provider-digitalocean#1284 has 200.
    size_unit: int = Field(default=1, ge=1, le=200)
    tls_cipher_policy: Literal["DEFAULT", "STRONG"] = "DEFAULT"
    domains: list[GlobalDomain] = Field(default_factory=list)
    glb_settings: GlobalSettings | None = None
    target_load_balancer_ids: list[str] = Field(default_factory=list)
    tag: str = ""
    tags: list[str] = Field(default_factory=list)
    droplet_ids: list[int] = Field(default_factory=list)
    project_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        """godo writes an empty list as null."""
        return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value

    def shown(self) -> dict[str, Any]:
        """The attributes as answers have them, without those of the record itself."""
        kept = self.model_dump(exclude={"name", "tag", "tags", "droplet_ids", "project_id", *IMMUTABLE, "glb_settings"})
        sticky = self.sticky_sessions.model_dump(exclude_none=True)
        if self.glb_settings is not None:
            kept["glb_settings"] = self.glb_settings.model_dump(exclude_none=True)
        # The one algorithm there is; requests can no longer choose (OpenAPI, algorithm).
        return kept | {"sticky_sessions": sticky, "algorithm": "round_robin"}


# Attributes that are decided at creation.
IMMUTABLE = ("region", "vpc_uuid", "type", "network", "network_stack")


class BalancerCreate(BalancerSettings):
    region: str | None = None
    vpc_uuid: str | None = None
    type: Literal["REGIONAL", "REGIONAL_NETWORK", "GLOBAL"] = "REGIONAL"
    network: Literal["EXTERNAL", "INTERNAL"] = "EXTERNAL"
    network_stack: Literal["IPV4", "DUALSTACK"] = "IPV4"


class BalancerUpdate(BalancerSettings):
    """What is immutable may be said again."""

    region: str | None = None
    vpc_uuid: str | None = None
    type: str | None = None
    network: str | None = None
    network_stack: str | None = None


def check(settings: BalancerSettings, type_: str) -> None:
    """Answer 422 for what can not be. type_: the load balancer's."""
    check_tags(settings.tags, unprocessable)
    if not _NAME.fullmatch(settings.name) or len(settings.name) > 255:
        raise unprocessable(f"name {settings.name!r} is not valid")
    if settings.tag and settings.droplet_ids:
        raise unprocessable("tag and droplet_ids can not be used together")
    if not settings.forwarding_rules and type_ != "GLOBAL":
        raise unprocessable("forwarding_rules must have at least one rule")
    for rule in settings.forwarding_rules:
        _check_rule(rule, type_)
    # UDP and TCP may share a port, and HTTP/3 is UDP.
    entries = [(rule.entry_protocol in ("udp", "http3"), rule.entry_port) for rule in settings.forwarding_rules]
    if len(entries) > len(set(entries)):
        raise unprocessable("forwarding_rules: an entry port is used twice")
    if settings.enable_proxy_protocol and type_ != "REGIONAL":
        # Known from support only: traefik-helm-chart#1574.
        raise unprocessable(f"enable_proxy_protocol is not supported for load balancers of type {type_}")
    for source in (*settings.firewall.allow, *settings.firewall.deny):
        _check_source(source)


def _check_rule(rule: ForwardingRule, type_: str) -> None:
    if (rule.entry_protocol == "udp") != (rule.target_protocol == "udp"):
        raise unprocessable("forwarding_rules: udp goes to udp only")
    if type_ == "REGIONAL_NETWORK" and rule.entry_protocol not in _TRANSPORT_PROTOCOLS:
        raise unprocessable(f"forwarding_rules: a network load balancer can not forward {rule.entry_protocol}")
    if type_ == "GLOBAL":
        return  # its certificates are those of its domains
    terminates = rule.entry_protocol in ("https", "http2", "http3")
    passes = rule.tls_passthrough and rule.entry_protocol != "http3"
    if terminates and not (rule.certificate_id or passes):
        raise unprocessable("forwarding_rules: certificate_id or tls_passthrough is required for TLS")


def _check_source(source: str) -> None:
    kind, _, value = source.partition(":")
    try:
        if kind == "ip":
            ipaddress.ip_address(value)
        elif kind == "cidr":
            ipaddress.ip_network(value, strict=False)
        else:
            raise ValueError("must begin with ip: or cidr:")
    except ValueError as error:
        raise unprocessable(f"firewall: {source!r}: {error}") from error
