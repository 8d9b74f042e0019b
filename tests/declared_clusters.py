# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters as people declare them, with one bad value each, and with good ones that look odd."""

from __future__ import annotations

from typing import Any

UUID = "cbd79771-23eb-49be-b5ea-59cc56222622"


def wanted(**changes: Any) -> dict[str, Any]:
    pools = [{"name": "base", "size": "s-2vcpu-4gb", "count": 1}]
    return {"name": "dev", "region": "ams3", "version": "1.36", "node_pools": pools, **changes}


def pool(**changes: Any) -> dict[str, Any]:
    return wanted(node_pools=[{"name": "base", "size": "s-2vcpu-4gb", "count": 1, **changes}])


BAD: list[tuple[dict[str, Any], str]] = [
    (wanted(name="dev_eu"), "name 'dev_eu' must be"),
    (wanted(vpc="my net"), "vpc 'my net' must be"),
    (wanted(cluster_subnet="10.131.0.5/17"), "cluster_subnet '10.131.0.5/17' is not an IPv4 range"),
    (wanted(cluster_subnet="203.0.113.0/24"), "cluster_subnet 203.0.113.0/24 is not private"),
    (wanted(service_subnet="here"), "service_subnet 'here' is not an IPv4 range"),
    (wanted(worker_subnet_uuid="mine", vpc="net"), "worker_subnet_uuid 'mine' must be a UUID"),
    (wanted(worker_subnet_uuid=UUID), "worker_subnet_uuid needs vpc"),
    (wanted(tags=["ok", "my tag"]), "tags[1] 'my tag' must be"),
    (wanted(maintenance_policy={"start_time": "25:99"}), "maintenance_policy.start_time '25:99' must be"),
    (
        wanted(control_plane_firewall={"enabled": True, "allowed_addresses": ["my office"]}),
        "control_plane_firewall.allowed_addresses[0] 'my office' must be",
    ),
    (wanted(control_plane_firewall={"enabled": True}), "enabled with no allowed_addresses"),
    (wanted(control_plane_firewall={"enabled": True, "allowed_addresses": []}), "enabled with no allowed_addresses"),
    (
        wanted(cluster_autoscaler_configuration={"scale_down_unneeded_time": "1 minute"}),
        "cluster_autoscaler_configuration.scale_down_unneeded_time '1 minute' must be a duration",
    ),
    (
        wanted(cluster_autoscaler_configuration={"scale_down_utilization_threshold": 65.0}),
        "scale_down_utilization_threshold 65.0 must be 0 to 1",
    ),
    (wanted(sso={"enabled": True, "issuer_url": "https://sso.example.com"}), "sso is enabled and needs client_id"),
    (wanted(sso={"enabled": True}), "sso is enabled and needs issuer_url and client_id"),
    (wanted(sso={"required": True}), "sso.required needs sso.enabled"),
    (wanted(sso={"enabled": True, "issuer_url": "sso", "client_id": "x"}), "sso.issuer_url 'sso' must be a URL"),
    (pool(name="Workloads"), "node pool 'Workloads': name 'Workloads' must be"),
    (pool(count=-1), "node pool 'base': count -1 must be 0 or more"),
    (pool(labels={"bad key!": "x"}), "node pool 'base': label key 'bad key!' must be"),
    (pool(labels={"tier": "a b"}), "node pool 'base': value of label 'tier': 'a b' must be"),
    (pool(taints=[{"key": "a b", "effect": "NoSchedule"}]), "node pool 'base': taints[0].key 'a b' must be"),
    (pool(taints=[{"key": "a", "value": "b c", "effect": "NoSchedule"}]), "taints[0].value 'b c' must be"),
    (
        pool(taints=[{"key": "a", "value": value, "effect": "NoSchedule"} for value in "xy"]),
        "node pool 'base': two taints have the key 'a' and the effect NoSchedule",
    ),
    (pool(tags=["my tag"]), "node pool 'base': tags[0] 'my tag' must be"),
    (pool(auto_scale=True, min_nodes=-1, max_nodes=2), "node pool 'base': min_nodes -1 must be 0 or more"),
    (pool(auto_scale=True, min_nodes=0, max_nodes=3, count=0), "no pool starts with a node"),
    (pool(count=0), "no pool starts with a node"),
]

GOOD: list[dict[str, Any]] = [
    wanted(),
    wanted(name="Dev.eu-1", vpc=UUID, worker_subnet_uuid=UUID, tags=["a:b", "k8s"]),
    wanted(cluster_subnet="10.131.0.0/17", service_subnet="10.131.128.0/19"),
    wanted(maintenance_policy={"day": "any", "start_time": "4:00"}),
    wanted(control_plane_firewall={"enabled": False}),
    wanted(control_plane_firewall={"enabled": True, "allowed_addresses": ["1.2.3.4/32", "1.1.0.0/16", "1.2.3.4"]}),
    wanted(cluster_autoscaler_configuration={"scale_down_unneeded_time": "1m0s", "expanders": []}),
    wanted(sso={"enabled": True, "issuer_url": "https://sso.example.com", "client_id": "x", "required": True}),
    wanted(sso={"enabled": False}),
    pool(labels={"example.com/tier": "web", "spot": True, "weight": 1, "empty": ""}),
    pool(taints=[{"key": "a", "value": "", "effect": effect} for effect in ("NoSchedule", "NoExecute")]),
    pool(auto_scale=True, min_nodes=0, max_nodes=3),
    pool(auto_scale=True, min_nodes=1, max_nodes=3, count=0),
]
