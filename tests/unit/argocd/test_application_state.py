# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the status of an application can be believed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_state import (
    describe_resources,
    health_reason,
    is_where_it_should_be,
    state_of,
)

DONE = {"phase": "Succeeded", "startedAt": "2026-11-20T10:00:00Z", "finishedAt": "2026-11-20T10:00:05Z"}


def application(reconciled: str, operation_state: Any = None, operation: Any = None, **status: Any) -> dict[str, Any]:
    result: dict[str, Any] = {
        "metadata": {"name": "web"},
        "status": {
            "sync": {"status": "Synced"},
            "health": {"status": "Healthy"},
            "reconciledAt": reconciled,
            "operationState": operation_state,
            **status,
        },
    }
    if operation:
        result["operation"] = operation
    return result


@pytest.mark.parametrize(
    ("given", "operating", "settled"),
    [
        (application("2026-11-20T10:00:06Z", DONE), False, True),
        (application("2026-11-20T10:00:05Z", DONE), False, False),
        (application("2026-11-20T10:00:04Z", DONE), False, False),
        (application("2026-11-20T10:00:06Z", DONE, {"sync": {}}), True, False),
        (application("2026-11-20T10:00:06Z", {**DONE, "finishedAt": None, "phase": "Running"}), True, False),
        (application("2026-11-20T10:00:06Z"), False, True),
        ({"metadata": {"name": "web"}}, False, True),
    ],
)
def test_settled(given: dict[str, Any], operating: bool, settled: bool) -> None:
    state = state_of(given)
    assert (state.operating, state.settled) == (operating, settled)


def test_healthy_is_not_good_when_it_cannot_be_compared() -> None:
    condition = [{"type": "ComparisonError", "message": "no access"}]
    assert state_of(application("2026-11-20T10:00:06Z", DONE)).good
    assert not state_of(application("2026-11-20T10:00:06Z", DONE, conditions=condition)).good
    assert not state_of(application("2026-11-20T10:00:06Z", DONE, sync={"status": "Unknown"})).good


def test_only_pruning_left() -> None:
    resources = [{"name": "a", "status": "OutOfSync", "requiresPruning": True}, {"name": "b", "status": "Synced"}]
    assert state_of(application("2026-11-20T10:00:06Z", resources=resources)).only_pruning_left
    resources.append({"name": "c", "status": "OutOfSync"})
    assert not state_of(application("2026-11-20T10:00:06Z", resources=resources)).only_pruning_left
    assert not state_of(application("2026-11-20T10:00:06Z", resources=[])).only_pruning_left


def test_a_secret_that_was_sealed_for_another_cluster_says_so() -> None:
    health = {"status": "Degraded", "message": "no key could decrypt secret (password)"}
    sealed = {"kind": "SealedSecret", "namespace": "web", "name": "login", "health": health}
    said = describe_resources([sealed])
    assert said.startswith("SealedSecret web/login is Degraded (no key could decrypt secret (password): it was sealed")
    assert "for another cluster, namespace or name" in said
    assert health_reason({**sealed, "kind": "Widget"}) == health["message"]
    assert health_reason({**sealed, "health": {"message": "quota exceeded"}}) == "quota exceeded"
    assert health_reason({"kind": "SealedSecret"}) == ""


FAILED = {**DONE, "phase": "Failed", "message": "one or more hooks failed"}
SOURCE = {"repoURL": "https://git.example.com/web.git", "path": "deploy"}
AUTOMATED = {"automated": {"prune": True, "selfHeal": True}}
LATER = "2026-11-20T10:00:06Z"


def placed(reconciled: str, operation_state: Any = None, *, policy: Any = AUTOMATED, **status: Any) -> dict[str, Any]:
    """An application that is Synced and Healthy, compared with the source that it has."""
    status = {"sync": {"status": "Synced", "comparedTo": {"source": SOURCE}}, **status}
    return {**application(reconciled, operation_state, **status), "spec": {"source": SOURCE, "syncPolicy": policy}}


PRUNING_LEFT: dict[str, Any] = {
    "sync": {"status": "OutOfSync", "comparedTo": {"source": SOURCE}},
    "resources": [{"kind": "Service", "name": "web", "status": "OutOfSync", "requiresPruning": True}],
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (placed(LATER, DONE), True),
        # The operation failed, though everything is Synced and Healthy: a hook did not do its work.
        (placed(LATER, FAILED), False),
        (placed(LATER, {**FAILED, "phase": "Error"}), False),
        (placed(LATER, DONE, conditions=[{"type": "SyncError", "message": "failed last sync attempt"}]), False),
        # Older than the end of the operation.
        (placed("2026-11-20T10:00:05Z", DONE), False),
        (placed(LATER, DONE, health={"status": "Progressing"}), False),
        (placed(LATER, DONE, sync={"status": "Synced", "comparedTo": {"source": {**SOURCE, "path": "old"}}}), False),
        (placed(LATER, DONE, sync={"status": "Unknown", "comparedTo": {"source": SOURCE}}), False),
        ({"metadata": {"name": "web"}, "spec": {"source": SOURCE}}, False),
        (placed(LATER, DONE, **PRUNING_LEFT), False),
        (placed(LATER, DONE, policy={"automated": {"selfHeal": True}}, **PRUNING_LEFT), True),
        # People sync it: whatever became of that is theirs.
        (placed(LATER, FAILED, policy={}), True),
        (placed(LATER, None, policy={}, sync={"status": "OutOfSync", "comparedTo": {"source": SOURCE}}), True),
    ],
)
def test_where_it_should_be(given: dict[str, Any], expected: bool) -> None:
    assert is_where_it_should_be(given) is expected


def test_a_failed_operation_is_not_good() -> None:
    state = state_of(placed(LATER, FAILED))
    assert state.failed and not state.good
    assert state.describe() == "Synced, Healthy, last operation Failed"
    assert not state_of(placed(LATER, {**FAILED, "finishedAt": None})).failed
    assert not state_of({**placed(LATER, FAILED), "operation": {"sync": {}}}).failed
