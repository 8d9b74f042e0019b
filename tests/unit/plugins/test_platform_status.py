# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pool_status and application_status: what the table of status.yml says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.plugin_utils._platform_status import application_status, pool_status


def node(name: str, pool: str | None, ready: str, version: str = "v1.36.3") -> dict[str, Any]:
    labels = {"doks.digitalocean.com/node-pool": pool} if pool else {}
    conditions = [{"type": "DiskPressure", "status": "True"}, {"type": "Ready", "status": ready}]
    return {
        "metadata": {"name": name, "labels": labels},
        "status": {"conditions": conditions, "nodeInfo": {"kubeletVersion": version}},
    }


def test_pools() -> None:
    nodes = [
        node("t1", "tools", "True"),
        node("t2", "tools", "Unknown", "v1.36.2"),
        node("b1", "base", "True"),
        {"metadata": {"name": "new"}},
    ]
    assert pool_status(nodes) == [
        {"name": "(none)", "nodes": 1, "ready": 0, "versions": [], "not_ready": ["new"]},
        {"name": "base", "nodes": 1, "ready": 1, "versions": ["v1.36.3"], "not_ready": []},
        {"name": "tools", "nodes": 2, "ready": 1, "versions": ["v1.36.3", "v1.36.2"], "not_ready": ["t2"]},
    ]


def test_applications() -> None:
    found = application_status(
        [
            {
                "metadata": {"name": "web-prod", "namespace": "argocd"},
                "spec": {"project": "prod", "destination": {"name": "prod", "namespace": "web"}},
                "status": {
                    "sync": {"status": "OutOfSync", "revision": "new"},
                    "health": {"status": "Degraded"},
                    "history": [{"revision": "old"}],
                    "summary": {"images": ["web:old"]},
                },
            },
            {
                "metadata": {"name": "fresh"},
                "spec": {"destination": {"server": "https://x"}},
                "operation": {"sync": {}},
            },
        ],
        {"argocd/web-prod": "Pod n/p is Degraded (crash)"},
    )
    assert found == [
        {
            "name": "fresh", "project": "default", "cluster": "https://x", "namespace": "", "sync": "Unknown",
            "health": "Unknown", "verdict": "busy", "operation": "queued", "revision": "",
            "compared_revision": "", "images": [], "problem": "",
        },
        {
            "name": "web-prod", "project": "prod", "cluster": "prod", "namespace": "web", "sync": "OutOfSync",
            "health": "Degraded", "verdict": "bad", "operation": "", "revision": "old", "compared_revision": "new",
            "images": ["web:old"], "problem": "Pod n/p is Degraded (crash)",
        },
    ]  # fmt: skip


def test_what_is_in_sync_is_at_the_revision_it_was_compared_with() -> None:
    """A commit that changes nothing for an application is on the cluster without a sync."""
    [found] = application_status(
        [
            {
                "metadata": {"name": "a"},
                "spec": {"destination": {}},
                "status": {"sync": {"status": "Synced", "revision": "new"}, "history": [{"revision": "old"}]},
            }
        ]
    )
    assert found["revision"] == "new"


@pytest.mark.parametrize(
    ("sync", "health", "automated", "phase", "error", "verdict"),
    [
        ("Synced", "Healthy", None, "Succeeded", "", "good"),
        ("Synced", "Healthy", {}, "Succeeded", "", "good"),
        ("Synced", "Progressing", {}, "Succeeded", "", "busy"),
        ("Synced", "Degraded", {}, "Running", "", "busy"),
        ("Synced", "Degraded", {}, "Succeeded", "", "bad"),
        ("Synced", "Suspended", {}, "Succeeded", "", "waiting"),
        ("OutOfSync", "Healthy", {}, "Succeeded", "", "busy"),
        ("OutOfSync", "Missing", {}, "Failed", "", "bad"),
        ("OutOfSync", "Missing", None, None, "", "waiting"),
        ("OutOfSync", "Missing", {"enabled": False}, None, "", "waiting"),
        ("OutOfSync", "Degraded", None, "Succeeded", "", "bad"),
        # What Argo CD shows of a cluster that it cannot reach, and of a source that does not render.
        ("Unknown", "Healthy", {}, "Succeeded", "", "bad"),
        ("Synced", "Healthy", {}, "Succeeded", "no such path", "bad"),
        ("", "", None, None, "", "busy"),
    ],
)
def test_verdict(  # noqa: PLR0917 - a row of the table
    sync: str, health: str, automated: dict[str, bool] | None, phase: str | None, error: str, verdict: str
) -> None:
    status: dict[str, Any] = {
        "sync": {"status": sync},
        "health": {"status": health},
        "conditions": [{"type": "ComparisonError", "message": error}] if error else [],
    }
    if phase:
        ended = {} if phase == "Running" else {"finishedAt": "2026-01-01T00:00:00Z"}
        status["operationState"] = {"phase": phase, "startedAt": "2026-01-01T00:00:00Z", **ended}
    spec = {"destination": {}, "syncPolicy": {} if automated is None else {"automated": automated}}
    [found] = application_status([{"metadata": {"name": "a"}, "spec": spec, "status": status}])
    assert found["verdict"] == verdict
