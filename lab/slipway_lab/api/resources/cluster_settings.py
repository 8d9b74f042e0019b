# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a cluster that can be given on create and changed later: their types, and what is refused."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Literal

from fastapi import Request

from slipway_lab.api.context import Body
from slipway_lab.api.errors import validation_error
from slipway_lab.api.records import Cluster
from slipway_lab.api.resources.node_pools import user_tags
from slipway_lab.api.resources.tags import check_tags
from slipway_lab.api.scopes import demand

PLUGINS = (
    "amd_gpu_device_metrics_exporter_plugin",
    "amd_gpu_device_plugin",
    "coredns_autoscaler",
    "nvidia_gpu_device_plugin",
    "p2p_oci_registry_plugin",
    "rdma_shared_dev_plugin",
    "routing_agent",
)
# What DigitalOcean picks when the request has none depends on the account; the lab always picks this.
DEFAULT_MAINTENANCE = {"day": "any", "start_time": "00:00", "duration": "4h0m0s"}

_DAYS = ("any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
# As Go's time.ParseDuration reads them.
_DURATION = re.compile(r"(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))+")
_CLUSTER_NAME = re.compile(r"^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$")


class MaintenancePolicy(Body):
    day: str = "any"
    start_time: str = "00:00"


class Firewall(Body):
    enabled: bool = False
    allowed_addresses: list[str] | None = None


class AutoscalerConfiguration(Body):
    scale_down_utilization_threshold: float | None = None
    scale_down_unneeded_time: str | None = None
    expanders: list[Literal["random", "priority", "least_waste"]] | None = None


class Sso(Body):
    enabled: bool = False
    required: bool = False
    issuer_url: str = ""
    client_id: str = ""


class Toggle(Body):
    enabled: bool


class ClusterSettings(Body):
    """Keys shared by create and update; one that is absent or null is left alone."""

    tags: list[str] | None = None
    maintenance_policy: MaintenancePolicy | None = None
    auto_upgrade: bool | None = None
    surge_upgrade: bool | None = None
    ha: bool | None = None
    control_plane_firewall: Firewall | None = None
    cluster_autoscaler_configuration: AutoscalerConfiguration | None = None
    sso: Sso | None = None
    amd_gpu_device_metrics_exporter_plugin: Toggle | None = None
    amd_gpu_device_plugin: Toggle | None = None
    coredns_autoscaler: Toggle | None = None
    nvidia_gpu_device_plugin: Toggle | None = None
    p2p_oci_registry_plugin: Toggle | None = None
    rdma_shared_dev_plugin: Toggle | None = None
    routing_agent: Toggle | None = None


def demand_scopes(request: Request, tags: list[str] | None, vpc_uuid: str | None = None) -> None:
    """Some keys need scopes of their own (OpenAPI, cluster.tags and cluster.vpc_uuid)."""
    if tags:
        demand(request, "tag:read", "tag:create")
    if vpc_uuid:
        demand(request, "vpc:read")


def check_cluster_name(name: str) -> None:
    if not _CLUSTER_NAME.match(name) or len(name) > 255:
        raise validation_error(f"invalid cluster name {name!r}")


def maintenance(policy: MaintenancePolicy) -> dict[str, str]:
    if policy.day not in _DAYS:
        raise validation_error(f"maintenance_policy.day: {policy.day!r} is not a day")
    if not _TIME.match(policy.start_time):
        raise validation_error(f"maintenance_policy.start_time: {policy.start_time!r} is not a time in HH:MM notation")
    return {"day": policy.day, "start_time": policy.start_time, "duration": DEFAULT_MAINTENANCE["duration"]}


def _firewall(firewall: Firewall) -> dict[str, Any]:
    addresses = firewall.allowed_addresses or []
    for address in addresses:
        try:
            ipaddress.IPv4Network(address, strict=False)
        except ValueError as error:
            raise validation_error(f"control_plane_firewall.allowed_addresses: {error}") from error
    return {"enabled": firewall.enabled, "allowed_addresses": addresses}


def _autoscaler(configuration: AutoscalerConfiguration) -> dict[str, Any]:
    given = configuration.model_dump(exclude_none=True)
    threshold = configuration.scale_down_utilization_threshold
    if threshold is not None and not 0 <= threshold <= 1:
        raise validation_error(f"scale_down_utilization_threshold {threshold} must be between 0 and 1")
    time = configuration.scale_down_unneeded_time
    if time is not None and not _DURATION.fullmatch(time):
        raise validation_error(f"scale_down_unneeded_time: time: invalid duration {time!r}")
    return given


def _sso(sso: Sso) -> dict[str, Any]:
    if sso.enabled and not (sso.issuer_url and sso.client_id):
        raise validation_error("sso: issuer_url and client_id are required when SSO is enabled")
    if sso.required and not sso.enabled:
        raise validation_error("sso: required can only be set when SSO is enabled")
    return sso.model_dump()


def apply_settings(cluster: Cluster, settings: ClusterSettings) -> None:
    """Put the given settings into a cluster; ha is not among them (its default depends on create or update)."""
    if settings.tags is not None:
        check_tags(settings.tags, validation_error)
        cluster.tags = user_tags(settings.tags)
    if settings.maintenance_policy is not None:
        cluster.maintenance_policy = maintenance(settings.maintenance_policy)
    if settings.auto_upgrade is not None:
        cluster.auto_upgrade = settings.auto_upgrade
    if settings.surge_upgrade is not None:
        cluster.surge_upgrade = settings.surge_upgrade
    if settings.control_plane_firewall is not None:
        cluster.control_plane_firewall = _firewall(settings.control_plane_firewall)
    if settings.cluster_autoscaler_configuration is not None:
        given = _autoscaler(settings.cluster_autoscaler_configuration)
        cluster.cluster_autoscaler_configuration = (cluster.cluster_autoscaler_configuration or {}) | given
    if settings.sso is not None:
        cluster.sso = _sso(settings.sso)
    for plugin in PLUGINS:
        toggle: Toggle | None = getattr(settings, plugin)
        if toggle is not None:
            cluster.plugins[plugin] = toggle.enabled
