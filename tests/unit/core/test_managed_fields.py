# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server-side apply would change anything, told without one."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.managed_fields import is_applied

DECLARED: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}, "finalizers": ["example.com/keep"]},
    "spec": {
        "selector": {"app": "web"},
        "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
        "sourceRanges": ["10.0.0.0/8"],
        "config": {},
    },
}
FIELDS = {
    "f:metadata": {"f:labels": {"f:app": {}}, "f:finalizers": {'v:"example.com/keep"': {}}},
    "f:spec": {
        "f:selector": {},
        "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:name": {}, "f:port": {}, "f:targetPort": {}}},
        "f:sourceRanges": {},
        "f:config": {},
    },
}
LIVE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "uid": "1",
        "labels": {"app": "web", "of": "another"},
        "finalizers": ["example.com/keep", "example.com/another"],
        "managedFields": [
            {"manager": "me", "operation": "Apply", "apiVersion": "v1", "fieldsV1": FIELDS},
            {"manager": "me", "operation": "Update", "apiVersion": "v1", "subresource": "status", "fieldsV1": {}},
        ],
    },
    "spec": {
        "clusterIP": "10.1.1.1",
        "selector": {"app": "web"},
        "ports": [
            {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"},
            {"name": "dns", "port": 80, "targetPort": 53, "protocol": "UDP"},
        ],
        "sourceRanges": ["10.0.0.0/8"],
        "config": {},
    },
    "status": {"loadBalancer": {}},
}


def changed(item: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value; ... removes the key."""
    copy = deepcopy(item)
    *parents, last = path.split("/")
    target: Any = copy
    for step in parents:
        target = target[int(step)] if isinstance(target, list) else target[step]
    if value is ...:
        del target[last]
    elif isinstance(target, list):
        target[int(last) : int(last) + 1] = value
    else:
        target[last] = value
    return copy


def test_what_is_as_declared_beside_fields_of_others() -> None:
    assert is_applied(LIVE, DECLARED, "me")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata/labels/app", "other"),
        ("metadata/labels/new", "one"),
        ("metadata/labels", ...),
        ("metadata/annotations", {"a": "b"}),
        ("metadata/finalizers", ["example.com/other"]),
        ("metadata/finalizers", []),
        ("spec/selector", {"app": "web", "tier": "front"}),
        ("spec/ports/0/targetPort", 8081),
        ("spec/ports/0/nodePort", 30000),
        ("spec/ports/0/name", ...),
        ("spec/ports", []),
        ("spec/ports/0", [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "tls", "port": 443}]),
        ("spec/sourceRanges", ["10.0.0.0/8", "192.168.0.0/16"]),
        ("spec/sourceRanges", ["192.168.0.0/16"]),
        ("spec/config", ...),
        ("spec/config", {"a": 1}),
        ("spec/more", True),
        ("apiVersion", "v2"),
    ],
)
def test_every_change_of_what_is_declared_is_seen(path: str, value: Any) -> None:
    assert not is_applied(LIVE, changed(DECLARED, path, value), "me")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        # Somebody else wrote the field, so it is not this manager's any more.
        ("metadata/managedFields/0/fieldsV1/f:metadata/f:labels", {".": {}}),
        ("metadata/managedFields/0/fieldsV1/f:spec/f:selector", ...),
        ("metadata/managedFields/0/manager", "other"),
        ("metadata/managedFields/0/operation", "Update"),
        ("metadata/managedFields/0/subresource", "scale"),
        ("metadata/managedFields", ...),
        ("metadata/deletionTimestamp", "2026-01-01T00:00:00Z"),
        ("metadata/labels/app", "other"),
        ("spec/ports/0/targetPort", 8081),
        ("spec/ports/0", []),
        ("spec/selector", {}),
        ("spec/sourceRanges", ["10.0.0.0/8", "192.168.0.0/16"]),
    ],
)
def test_every_change_of_what_is_there_is_seen(path: str, value: Any) -> None:
    assert not is_applied(changed(LIVE, path, value), DECLARED, "me")


def test_another_manager_owns_nothing() -> None:
    assert not is_applied(LIVE, DECLARED, "you")


def test_truth_and_one_are_two_values() -> None:
    declared = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": {"on": True}}
    managed = [{"manager": "me", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:spec": {"f:on": {}}}}]
    live = {**declared, "metadata": {"name": "x", "managedFields": managed}}
    assert is_applied(live, declared, "me")
    assert not is_applied({**live, "spec": {"on": 1}}, declared, "me")
