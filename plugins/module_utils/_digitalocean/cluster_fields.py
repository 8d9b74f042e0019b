# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The options and the fields of a cluster and of its node pools: one table each."""

from __future__ import annotations

from typing import Any

from .._argument_spec import ArgumentSpec
from .._reconcile import Field, immutable
from . import canonical

# Each turns one component of DOKS on or off: {enabled: bool}.
TOGGLES = (
    "amd_gpu_device_metrics_exporter_plugin",
    "amd_gpu_device_plugin",
    "coredns_autoscaler",
    "nvidia_gpu_device_plugin",
    "p2p_oci_registry_plugin",
    "rdma_shared_dev_plugin",
    "routing_agent",
)
DAYS = ("any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EXPANDERS = ("random", "priority", "least_waste")
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def _object(**options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "dict", "options": options}


def _list_of(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "list", "elements": kind, **more}


NODE_POOL_OPTION: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "name": {"type": "str", "required": True},
        "size": {"type": "str"},
        "count": {"type": "int"},
        "auto_scale": {"type": "bool"},
        "min_nodes": {"type": "int"},
        "max_nodes": {"type": "int"},
        "labels": {"type": "dict"},
        "taints": {
            "type": "list",
            "elements": "dict",
            "options": {
                "key": {"type": "str", "required": True, "no_log": False},
                "value": {"type": "str", "default": ""},
                "effect": {"type": "str", "required": True, "choices": list(TAINT_EFFECTS)},
            },
        },
        "tags": _list_of("str"),
    },
    "required_if": [["auto_scale", True, ["min_nodes", "max_nodes"]]],
    "required_by": {"min_nodes": ["auto_scale"], "max_nodes": ["auto_scale"]},
}

CLUSTER_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "required": True},
        "region": {"type": "str"},
        "version": {"type": "str"},
        "vpc": {"type": "str"},
        "cluster_subnet": {"type": "str"},
        "service_subnet": {"type": "str"},
        "worker_subnet_uuid": {"type": "str"},
        "tags": _list_of("str"),
        "node_pools": NODE_POOL_OPTION,
        "purge_node_pools": {"type": "bool", "default": False},
        "maintenance_policy": _object(
            day={"type": "str", "choices": list(DAYS)},
            start_time={"type": "str"},
        ),
        "auto_upgrade": {"type": "bool"},
        "surge_upgrade": {"type": "bool"},
        "ha": {"type": "bool"},
        "isolated_workers": {"type": "bool"},
        "control_plane_firewall": _object(enabled={"type": "bool"}, allowed_addresses=_list_of("str")),
        "cluster_autoscaler_configuration": _object(
            scale_down_utilization_threshold={"type": "float"},
            scale_down_unneeded_time={"type": "str"},
            expanders=_list_of("str", choices=list(EXPANDERS)),
        ),
        **{toggle: _object(enabled={"type": "bool", "required": True}) for toggle in TOGGLES},
        "sso": _object(
            enabled={"type": "bool"},
            required={"type": "bool"},
            issuer_url={"type": "str"},
            client_id={"type": "str"},
        ),
        "project": {"type": "str"},
        "associated_resources": {"type": "raw", "default": "keep"},
    },
)

NEW_CLUSTER = "make a cluster with another name and move over, or write the value that is there"


def refuse_ha_off(_before: Any, after: Any) -> str:
    """A highly available control plane stays so (OpenAPI: "The property cannot be disabled")."""
    return "" if after else "a highly available control plane cannot be turned off; write ha: true or leave it out"


CLUSTER_FIELDS: tuple[Field, ...] = (
    Field("region", refuse=immutable(NEW_CLUSTER)),
    Field("vpc_uuid", refuse=immutable(NEW_CLUSTER)),
    Field("worker_subnet_uuid", refuse=immutable(NEW_CLUSTER)),
    Field("cluster_subnet", canonical.network, refuse=immutable(NEW_CLUSTER)),
    Field("service_subnet", canonical.network, refuse=immutable(NEW_CLUSTER)),
    Field("isolated_workers", bool, refuse=immutable(NEW_CLUSTER)),
    Field("tags", canonical.tags),
    Field(
        "maintenance_policy",
        nested=(Field("day", canonical.lower), Field("start_time", canonical.time_of_day)),
    ),
    Field("auto_upgrade", bool),
    Field("surge_upgrade", bool),
    Field("ha", bool, refuse=refuse_ha_off),
    Field(
        "control_plane_firewall",
        nested=(Field("enabled", bool), Field("allowed_addresses", canonical.networks)),
    ),
    Field(
        "cluster_autoscaler_configuration",
        nested=(
            Field("scale_down_utilization_threshold", canonical.number),
            Field("scale_down_unneeded_time", canonical.duration),
            Field("expanders", canonical.sequence),
        ),
    ),
    *(Field(toggle, nested=(Field("enabled", bool),)) for toggle in TOGGLES),
    Field(
        "sso",
        nested=(Field("enabled", bool), Field("required", bool), Field("issuer_url"), Field("client_id")),
    ),
)

POOL_FIELDS: tuple[Field, ...] = (
    Field(
        "size",
        refuse=immutable(
            "add a pool of the new size under another name, then remove this one (purge_node_pools: true)"
        ),
    ),
    Field("count"),
    Field("auto_scale", bool),
    Field("min_nodes"),
    Field("max_nodes"),
    Field("labels", canonical.labels),
    Field("taints", canonical.taints),
    Field("tags", canonical.tags),
)
