# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The options and the fields of a load balancer, and the body that replaces one without losing anything. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._argument_spec import ArgumentSpec
from .._reconcile import Field, JsonObject, immutable

REGIONAL, NETWORK, GLOBAL = TYPES = ("REGIONAL", "REGIONAL_NETWORK", "GLOBAL")
ENTRY_PROTOCOLS = ("http", "https", "http2", "http3", "tcp", "udp")
TARGET_PROTOCOLS = ("http", "https", "http2", "tcp", "udp")
# The cloud controller of a DOKS cluster puts k8s:<cluster id> on the load balancers it keeps.
CLUSTER_TAG = "k8s:"


def _object(**options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "dict", "options": options}


def _list_of(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "list", "elements": kind, **more}


BALANCER_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str"},
        "id": {"type": "str"},
        "region": {"type": "str"},
        "vpc": {"type": "str"},
        "type": {"type": "str", "choices": list(TYPES)},
        "network": {"type": "str", "choices": ["EXTERNAL", "INTERNAL"]},
        "network_stack": {"type": "str", "choices": ["IPV4", "DUALSTACK"]},
        "forwarding_rules": _list_of(
            "dict",
            options={
                "entry_protocol": {"type": "str", "choices": list(ENTRY_PROTOCOLS), "required": True},
                "entry_port": {"type": "int", "required": True},
                "target_protocol": {"type": "str", "choices": list(TARGET_PROTOCOLS), "required": True},
                "target_port": {"type": "int", "required": True},
                "certificate_id": {"type": "str"},
                "tls_passthrough": {"type": "bool"},
            },
        ),
        "health_check": _object(
            protocol={"type": "str", "choices": ["http", "https", "tcp"]},
            port={"type": "int"},
            path={"type": "str"},
            check_interval_seconds={"type": "int"},
            response_timeout_seconds={"type": "int"},
            healthy_threshold={"type": "int"},
            unhealthy_threshold={"type": "int"},
        ),
        "sticky_sessions": _object(
            type={"type": "str", "choices": ["cookies", "none"]},
            cookie_name={"type": "str"},
            cookie_ttl_seconds={"type": "int"},
        ),
        "firewall": _object(allow=_list_of("str"), deny=_list_of("str")),
        "redirect_http_to_https": {"type": "bool"},
        "enable_proxy_protocol": {"type": "bool"},
        "enable_backend_keepalive": {"type": "bool"},
        "disable_lets_encrypt_dns_records": {"type": "bool"},
        "http_idle_timeout_seconds": {"type": "int"},
        "size_unit": {"type": "int"},
        "tls_cipher_policy": {"type": "str", "choices": ["DEFAULT", "STRONG"]},
        "tag": {"type": "str"},
        "droplet_ids": _list_of("int"),
        "domains": _list_of(
            "dict",
            options={
                "name": {"type": "str", "required": True},
                "is_managed": {"type": "bool"},
                "certificate_id": {"type": "str"},
            },
        ),
        "glb_settings": _object(
            target_protocol={"type": "str", "choices": ["http", "https", "http2"]},
            target_port={"type": "int"},
            cdn=_object(is_enabled={"type": "bool"}),
            region_priorities={"type": "dict"},
            failover_threshold={"type": "int"},
        ),
        "target_load_balancer_ids": _list_of("str"),
        "project": {"type": "str"},
        "in_use": {"type": "str", "choices": ["fail", "keep", "delete"], "default": "fail"},
        "leaving_clusters": _list_of("str", default=[]),
    },
    required_one_of=(("name", "id"),),
    mutually_exclusive=(("tag", "droplet_ids"),),
)


def slug(value: Any) -> Any:
    """A region is a slug in requests and an object in answers."""
    return value.get("slug") if isinstance(value, Mapping) else value


def rule(value: Mapping[str, Any]) -> JsonObject:
    """A forwarding rule with everything it does not say."""
    return {
        "entry_protocol": value.get("entry_protocol"),
        "entry_port": value.get("entry_port"),
        "target_protocol": value.get("target_protocol"),
        "target_port": value.get("target_port"),
        "certificate_id": value.get("certificate_id") or "",
        "tls_passthrough": bool(value.get("tls_passthrough")),
    }


def rules(value: Iterable[Mapping[str, Any]] | None) -> list[JsonObject]:
    """A set: an entry port has one rule for each protocol."""
    return sorted((rule(item) for item in value or ()), key=lambda item: (item["entry_port"], item["entry_protocol"]))


def domains(value: Iterable[Mapping[str, Any]] | None) -> list[JsonObject]:
    unique = {
        str(item.get("name")): {
            "name": item.get("name"),
            "is_managed": bool(item.get("is_managed")),
            "certificate_id": item.get("certificate_id") or "",
        }
        for item in value or ()
    }
    return [unique[name] for name in sorted(unique)]


def as_set(value: Iterable[Any] | None) -> list[Any]:
    return sorted(set(value or ()))


def text(value: Any) -> str:
    return str(value or "")


ANOTHER = (
    "make a load balancer with another name, move the DNS records to its address and remove this one, or write the "
    "value that is there"
)
IMMUTABLE_FIELDS = (
    Field("region", slug, refuse=immutable(ANOTHER)),
    Field("vpc_uuid", refuse=immutable(ANOTHER)),
    Field("type", refuse=immutable(ANOTHER)),
    Field("network", refuse=immutable(ANOTHER)),
    Field("network_stack", refuse=immutable(ANOTHER)),
)
MUTABLE_FIELDS = (
    Field("name"),
    Field("forwarding_rules", rules),
    Field(
        "health_check",
        nested=tuple(
            Field(name)
            for name in (
                "protocol",
                "port",
                "path",
                "check_interval_seconds",
                "response_timeout_seconds",
                "healthy_threshold",
                "unhealthy_threshold",
            )
        ),
    ),
    Field("sticky_sessions", nested=(Field("type"), Field("cookie_name"), Field("cookie_ttl_seconds"))),
    Field("firewall", nested=(Field("allow", as_set), Field("deny", as_set))),
    Field("redirect_http_to_https", bool),
    Field("enable_proxy_protocol", bool),
    Field("enable_backend_keepalive", bool),
    Field("disable_lets_encrypt_dns_records", bool),
    Field("http_idle_timeout_seconds"),
    Field("size_unit"),
    Field("tls_cipher_policy"),
    Field("tag", text),
    Field("droplet_ids", as_set),
    Field("domains", domains),
    Field(
        "glb_settings",
        nested=(
            Field("target_protocol"),
            Field("target_port"),
            Field("cdn", nested=(Field("is_enabled", bool),)),
            Field("region_priorities"),
            Field("failover_threshold"),
        ),
    ),
    Field("target_load_balancer_ids", as_set),
)
BALANCER_FIELDS = IMMUTABLE_FIELDS + MUTABLE_FIELDS


def cluster_of(balancer: Mapping[str, Any]) -> str:
    """The id of the cluster whose cloud controller keeps the load balancer, "" when none does."""
    tags = [str(tag) for tag in balancer.get("tags") or []]
    return next((tag.removeprefix(CLUSTER_TAG) for tag in tags if tag.startswith(CLUSTER_TAG)), "")


def replacement(there: Mapping[str, Any], changes: Mapping[str, Any]) -> JsonObject:
    """The body of a PUT: the changes and everything else as it is, for what it does not say gets its default again."""
    body = {item.name: there[item.name] for item in BALANCER_FIELDS if there.get(item.name) not in (None, "")}
    body |= {key: there[key] for key in ("tags", "project_id") if there.get(key)}
    if not body.get("size_unit") and there.get("size"):
        body["size"] = there["size"]  # of old regions, which do not count in units
    body |= changes
    body["region"] = slug(body.get("region"))
    if body["region"] is None:
        del body["region"]
    # Droplets are behind it by their ids or by their tag; a tag's Droplets are shown as ids too.
    if changes.get("droplet_ids") is not None:
        body.pop("tag", None)
    elif body.get("tag"):
        body.pop("droplet_ids", None)
    return body
