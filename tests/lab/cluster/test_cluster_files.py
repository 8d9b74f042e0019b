# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a cluster, and that removing it never reaches through a mount."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from running_cluster import cluster_spec
from slipway_lab.backend import BackendError
from slipway_lab.cluster.cluster_files import ClusterFiles, known_clusters, remove_tree
from slipway_lab.config import LabConfig, NodeKind


@pytest.fixture
def config(tmp_path: Path) -> LabConfig:
    return LabConfig.from_environment({"LAB_HOME": str(tmp_path), "HOME": str(tmp_path)})


def test_a_record_reads_back_as_it_was_written(config: LabConfig) -> None:
    spec = cluster_spec("hub", 0, firewall=("203.0.113.7", "10.0.0.0/8"))
    files = ClusterFiles(config, spec.id)
    record = files.add_nodes(files.create_or_update(spec, NodeKind.REAL), ["base-0", "base-1"])
    assert ClusterFiles(config, spec.id).load() == record
    assert record.spec == spec


def test_clusters_and_nodes_get_numbers_that_are_free(config: LabConfig) -> None:
    records = {}
    for name in ("one", "two", "three"):
        spec = cluster_spec(name, 0)
        records[name] = ClusterFiles(config, spec.id).create_or_update(spec, NodeKind.REAL)
    assert [record.index for record in records.values()] == [1, 2, 3]
    remove_tree(ClusterFiles(config, "id-two").directory)
    spec = cluster_spec("four", 0)
    assert ClusterFiles(config, spec.id).create_or_update(spec, NodeKind.REAL).index == 2
    files = ClusterFiles(config, "id-one")
    record = files.add_nodes(records["one"], ["a", "b", "c"])
    files.forget_nodes(record, ["b"])
    record = files.add_nodes(files.require(), ["d", "a"])
    assert {name: node.machine for name, node in record.nodes.items()} == {"a": 11, "c": 13, "d": 12}
    assert record.nodes["d"].pod_range == 1


def test_a_node_keeps_the_version_it_was_made_with(config: LabConfig) -> None:
    old = replace(cluster_spec("hub", 0), version="1.35.4")
    files = ClusterFiles(config, old.id)
    files.add_nodes(files.create_or_update(old, NodeKind.REAL), ["before"])
    upgraded = files.create_or_update(replace(old, version="1.36.3"), NodeKind.REAL)
    record = files.add_nodes(upgraded, ["before", "after"])
    assert {name: node.version for name, node in record.nodes.items()} == {"before": "1.35.4", "after": "1.36.3"}


def test_a_full_pod_range_is_told(config: LabConfig) -> None:
    spec = replace(cluster_spec("hub", 0), pod_subnet="10.0.0.0/28")
    files = ClusterFiles(config, spec.id)
    record = files.add_nodes(files.create_or_update(spec, NodeKind.REAL), ["a"])
    with pytest.raises(BackendError, match="Cluster hub: no room for node b, 1 nodes is the most"):
        files.add_nodes(record, ["b"])


@pytest.mark.parametrize("cluster_id", ["", "../other", ".hidden", "a/b"])
def test_an_id_never_leaves_the_labs_folder(config: LabConfig, cluster_id: str) -> None:
    with pytest.raises(BackendError, match="is not a cluster id"):
        ClusterFiles(config, cluster_id)


def test_an_unreadable_record_is_told_with_its_file(config: LabConfig) -> None:
    files = ClusterFiles(config, "id-hub")
    files.directory.mkdir(parents=True)
    (files.directory / "cluster.json").write_text('{"kind": "real"}')
    with pytest.raises(BackendError, match=r"id-hub/cluster\.json cannot be read .* Delete the cluster"):
        files.load()
    assert known_clusters(config) == {"id-hub"}


def test_nothing_is_removed_while_something_is_mounted_in_it(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data").write_text("kept")
    # mountinfo writes the blank in octal, and shows the path without the link.
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    doomed = tmp_path / "link" / "dööm"
    mount_point = doomed / "a place"
    mount_point.mkdir(parents=True)
    subprocess.run(["mount", "--bind", str(precious), str(mount_point)], check=True)
    try:
        with pytest.raises(BackendError, match="a place is still mounted there"):
            remove_tree(doomed)
        assert (precious / "data").read_text() == "kept"
    finally:
        subprocess.run(["umount", str(mount_point)], check=True)
    remove_tree(doomed)
    assert not doomed.exists()
    assert (precious / "data").read_text() == "kept"
    remove_tree(doomed)
