# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an apply makes of an object: what the cluster fills in is no difference."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.manifest_overlay import overlaid, rebased

MANIFEST: dict[str, Any] = {
    "spec": {
        "replicas": 1,
        "containers": [{"name": "web", "image": "web:1", "ports": [{"containerPort": 80}], "args": ["-v", "8"]}],
        "egress": [{"to": [{"podSelector": {}}], "ports": [{"port": 53}]}],
    }
}
LIVE: dict[str, Any] = {
    "spec": {
        "replicas": 1,
        "strategy": {"type": "RollingUpdate"},
        "containers": [
            {
                "name": "web", "image": "web:1", "imagePullPolicy": "IfNotPresent", "args": ["-v", "8"],
                "ports": [{"containerPort": 80, "protocol": "TCP"}],
            }
        ],
        "egress": [{"to": [{"podSelector": {}}], "ports": [{"port": 53, "protocol": "TCP"}]}],
    }
}  # fmt: skip
MESH = {"name": "mesh", "image": "mesh:1"}


def changed(value: Any, path: str, new: Any) -> Any:
    """A copy with another value at a path such as spec.containers.0.image; ... takes it away."""
    result = copy.deepcopy(value)
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    target = result
    for key in way:
        target = target[key]
    if new is ...:
        del target[last]
    else:
        target[last] = new
    return result


def test_what_the_cluster_fills_in_is_no_difference() -> None:
    assert overlaid(LIVE, MANIFEST) == LIVE
    assert rebased(LIVE, MANIFEST, MANIFEST) == LIVE


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("spec.replicas", 3),
        ("spec.containers.0.image", "web:2"),
        ("spec.containers.0.args", ["-v", "9"]),
        ("spec.containers.0.args", ["-v"]),
        ("spec.paused", True),
        ("spec.egress", []),
    ],
)
def test_only_what_differs_is_put_in(path: str, new: Any) -> None:
    now = changed(MANIFEST, path, new)
    assert rebased(LIVE, MANIFEST, now) == changed(LIVE, path, new)
    assert overlaid(LIVE, now) == changed(LIVE, path, new)


def test_what_the_other_manifest_has_not_goes() -> None:
    assert rebased(LIVE, MANIFEST, changed(MANIFEST, "spec.containers.0.args", ...)) == changed(
        LIVE, "spec.containers.0.args", ...
    )
    assert "strategy" in rebased(LIVE, MANIFEST, changed(MANIFEST, "spec.replicas", ...))["spec"]


def test_items_of_lists_are_known_by_their_names() -> None:
    worker = {"name": "worker", "image": "worker:1"}
    now = changed(MANIFEST, "spec.containers", [worker, *MANIFEST["spec"]["containers"]])
    assert rebased(LIVE, MANIFEST, now)["spec"]["containers"] == [worker, *LIVE["spec"]["containers"]]
    more_ports = changed(MANIFEST, "spec.containers.0.ports", [{"containerPort": 81}, {"containerPort": 80}])
    assert overlaid(LIVE, more_ports)["spec"]["containers"][0]["ports"] == [
        {"containerPort": 81}, {"containerPort": 80, "protocol": "TCP"}
    ]  # fmt: skip


def test_what_others_put_into_a_list_stays() -> None:
    predicted = changed(LIVE, "spec.containers", [*LIVE["spec"]["containers"], MESH])
    now = changed(MANIFEST, "spec.containers.0.image", "web:2")
    images = [one["image"] for one in rebased(predicted, MANIFEST, now)["spec"]["containers"]]
    assert images == ["web:2", "mesh:1"]
    # What the manifest itself had goes with it.
    both = changed(MANIFEST, "spec.containers", [*MANIFEST["spec"]["containers"], MESH])
    assert rebased(predicted, both, now)["spec"]["containers"][0]["image"] == "web:2"
    assert len(rebased(predicted, both, now)["spec"]["containers"]) == 1
