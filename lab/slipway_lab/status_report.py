# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `lab status` says: the account's clusters, and what runs on this host for them."""

from __future__ import annotations

from typing import Any

from slipway_lab.api.admin import AdminClient
from slipway_lab.cluster.cgroups import lab_group, memory_bytes
from slipway_lab.cluster.cluster_files import ClusterFiles, known_clusters
from slipway_lab.cluster.machine import Machine
from slipway_lab.config import LabConfig, NodeKind
from slipway_lab.server_process import ServerProcess


def collect(config: LabConfig) -> dict[str, Any]:
    """Everything as data. running: whether the server is up; memory in bytes, 0 where it cannot be told."""
    identity = ServerProcess(config).identity()
    report: dict[str, Any] = {
        "running": identity is not None,
        "home": str(config.home),
        "url": config.api_url,
        "nodes": config.nodes.value,
        "server_pid": identity.pid if identity else None,
        "memory": memory_bytes(lab_group(config)) if config.nodes is NodeKind.REAL else 0,
        "clusters": [],
    }
    if identity is None:
        report["known_clusters"] = sorted(_name(config, i) for i in known_clusters(config))
        report["running_machines"] = sum(_running_machines(config, i) for i in known_clusters(config))
        return report
    status = AdminClient(config).status()
    report |= {"nodes": status["nodes"], "busy": status["busy"]}
    for cluster in status["clusters"]:
        record = ClusterFiles(config, cluster["id"]).load()
        real = record is not None and record.kind is NodeKind.REAL
        memory = memory_bytes(f"{lab_group(config)}/c{record.index}") if record and real else 0
        report["clusters"].append({**cluster, "memory": memory})
    return report


def _name(config: LabConfig, cluster_id: str) -> str:
    record = ClusterFiles(config, cluster_id).load()
    return record.spec.name if record else cluster_id


def _running_machines(config: LabConfig, cluster_id: str) -> int:
    files = ClusterFiles(config, cluster_id)
    return sum(Machine(path, path.name).init is not None for path in (files.control_plane, *files.nodes.glob("*")))


def as_text(report: dict[str, Any]) -> str:
    if not report["running"]:
        known = ", ".join(report["known_clusters"]) or "none"
        machines = report["running_machines"]
        state = f"has no server, but {machines} machines run" if machines else "is down"
        return f"The lab in {report['home']} {state}; clusters it has data of: {known}. `lab up` starts it."
    lines = [f"The lab is up: {report['url']}, {report['nodes']} nodes, home {report['home']}"]
    if report["memory"]:
        lines[0] += f", {_mib(report['memory'])} in machines"
    if not report["clusters"]:
        lines.append("No clusters in the account.")
    for cluster in report["clusters"]:
        memory = f", {_mib(cluster['memory'])}" if cluster["memory"] else ""
        lines.append(f"{cluster['name']}  {cluster['version']}  {cluster['state']}{memory}  {cluster['endpoint']}")
        if cluster["message"]:
            lines.append(f"  {cluster['message']}")
        lines += [f"  {name}  {state}" for name, state in sorted(cluster["nodes"].items())]
    return "\n".join(lines)


def _mib(count: int) -> str:
    return f"{count >> 20} MiB"
