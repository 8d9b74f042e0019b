# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backend keeps of one cluster below LAB_HOME/clusters/<id>, and how it is removed.

cluster.json    index, spec and the nodes' numbers
pki/            authorities, certificates, kubeconfigs
control-plane/  machine of the control plane: log/, etcd/ ...
nodes/<name>/   machine of one node: log/, fs/ ...
volumes/        what the default StorageClass hands out
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from slipway_lab.backend import BackendError, ClusterSpec
from slipway_lab.cluster.addresses import FIRST_NODE_MACHINE, LAST_NODE_MACHINE, MAX_CLUSTERS, max_pod_ranges
from slipway_lab.config import LabConfig, NodeKind

# Two new clusters at once must not get one index.
_allocation = threading.Lock()


@dataclass(frozen=True)
class NodeRecord:
    """machine: number in the cluster's addresses; pod_range: number in the pod range.

    version: Kubernetes version the node was made with; as on DOKS an upgrade replaces nodes, it does not change them
    """

    machine: int
    pod_range: int
    version: str


@dataclass(frozen=True)
class ClusterRecord:
    kind: NodeKind
    index: int
    spec: ClusterSpec
    nodes: dict[str, NodeRecord] = field(default_factory=dict)


class ClusterFiles:
    """Folder of one cluster."""

    def __init__(self, config: LabConfig, cluster_id: str) -> None:
        # The id becomes a path: nothing but one plain name may pass.
        if not cluster_id or "/" in cluster_id or cluster_id.startswith("."):
            raise BackendError(f"{cluster_id!r} is not a cluster id")
        self._config = config
        self.id = cluster_id
        self.directory = clusters_directory(config) / cluster_id

    @property
    def pki(self) -> Path:
        return self.directory / "pki"

    @property
    def control_plane(self) -> Path:
        return self.directory / "control-plane"

    @property
    def nodes(self) -> Path:
        return self.directory / "nodes"

    @property
    def volumes(self) -> Path:
        return self.directory / "volumes"

    @property
    def admin_kubeconfig(self) -> Path:
        return self.pki / "admin.kubeconfig"

    def node(self, name: str) -> Path:
        return self.nodes / name

    def load(self) -> ClusterRecord | None:
        """What is known of the cluster; None when the lab does not have it. BackendError when it cannot be read."""
        file = self.directory / "cluster.json"
        try:
            content = json.loads(file.read_text())
            firewall = content["spec"]["firewall_addresses"]
            spec = {**content["spec"], "firewall_addresses": None if firewall is None else tuple(firewall)}
            return ClusterRecord(
                kind=NodeKind(content["kind"]),
                index=content["index"],
                spec=ClusterSpec(**spec),
                nodes={name: NodeRecord(**numbers) for name, numbers in content["nodes"].items()},
            )
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError) as error:
            raise BackendError(
                f"{file} cannot be read ({error!r}); another version of the lab may have written it. "
                "Delete the cluster and create it again."
            ) from error

    def require(self) -> ClusterRecord:
        record = self.load()
        if record is None:
            raise BackendError(f"The lab has no cluster {self.id}.")
        return record

    def save(self, record: ClusterRecord) -> None:
        temporary = self.directory / "cluster.json.new"
        temporary.write_text(json.dumps(asdict(record), indent=1))
        temporary.replace(self.directory / "cluster.json")

    def create_or_update(self, spec: ClusterSpec, kind: NodeKind) -> ClusterRecord:
        """The cluster's record with this spec; a new cluster gets an index of its own."""
        with _allocation:
            present = self.load()
            if present is not None and present.kind is not kind:
                raise BackendError(
                    f"Cluster {spec.name} ({spec.id}) was made with LAB_NODES={present.kind}, the lab now runs with "
                    f"LAB_NODES={kind}: set it back, or remove the cluster."
                )
            if present is not None and present.spec.pod_subnet != spec.pod_subnet and present.nodes:
                raise BackendError(f"Cluster {spec.name}: the pod range of a running cluster cannot change.")
            index = present.index if present else self._free_index(spec)
            record = ClusterRecord(kind, index, spec, present.nodes if present else {})
            self.directory.mkdir(parents=True, exist_ok=True)
            self.save(record)
            return record

    def add_nodes(self, record: ClusterRecord, names: Iterable[str]) -> ClusterRecord:
        """Give every name that has none a machine number and a share of the pod range, and remember them."""
        nodes = dict(record.nodes)
        for name in names:
            if name in nodes:
                continue
            machines = {node.machine for node in nodes.values()}
            ranges = {node.pod_range for node in nodes.values()}
            machine = _first_free(range(FIRST_NODE_MACHINE, LAST_NODE_MACHINE + 1), machines)
            pod_range = _first_free(range(max_pod_ranges(record.spec.pod_subnet)), ranges)
            if machine is None or pod_range is None:
                limit = LAST_NODE_MACHINE - FIRST_NODE_MACHINE + 1 if machine is None else len(ranges)
                raise BackendError(f"Cluster {record.spec.name}: no room for node {name}, {limit} nodes is the most.")
            nodes[name] = NodeRecord(machine, pod_range, record.spec.version)
        changed = replace(record, nodes=nodes)
        self.save(changed)
        return changed

    def forget_nodes(self, record: ClusterRecord, names: Iterable[str]) -> None:
        gone = set(names)
        self.save(replace(record, nodes={n: numbers for n, numbers in record.nodes.items() if n not in gone}))

    def _free_index(self, spec: ClusterSpec) -> int:
        others = (ClusterFiles(self._config, other).load() for other in known_clusters(self._config))
        index = _first_free(range(1, MAX_CLUSTERS + 1), {record.index for record in others if record})
        if index is None:
            raise BackendError(f"Cluster {spec.name}: a lab runs at most {MAX_CLUSTERS} clusters.")
        return index


def clusters_directory(config: LabConfig) -> Path:
    return config.home / "clusters"


def known_clusters(config: LabConfig) -> frozenset[str]:
    """Ids of the clusters with data below LAB_HOME."""
    directory = clusters_directory(config)
    if not directory.is_dir():
        return frozenset()
    return frozenset(entry.name for entry in directory.iterdir() if entry.is_dir())


def remove_tree(directory: Path) -> None:
    """Remove a folder; refuses while anything is mounted at or below it, and never leaves its file system."""
    real = directory.resolve()
    mounted = [path for path in _mount_points() if path.is_relative_to(real)]
    if mounted:
        names = ", ".join(map(str, mounted))
        raise BackendError(f"Not removing {directory}: {names} is still mounted there; unmount it first.")
    if not directory.exists():
        return
    result = subprocess.run(
        ["rm", "-rf", "--one-file-system", "--", str(directory)], capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise BackendError(f"{directory} could not be removed: {result.stderr.strip()}")


def _mount_points() -> list[Path]:
    """Where something is mounted (proc_pid_mountinfo(5), field 5; blanks and the like are written in octal)."""
    fields = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)) for field in fields]


def _first_free(candidates: range, used: set[int]) -> int | None:
    return next((number for number in candidates if number not in used), None)
