# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to a cluster's API over real HTTPS: an API server that restarts, and what answers in its place."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._errors import (
    ApiError,
    ConnectionFailedError,
    OutcomeUnknownError,
    SlipwayError,
    UnreadableAnswerError,
)
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.calls import Calls
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.connection import Connection
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.objects import Cluster
from ansible_collections.slipway.gitops.plugins.module_utils._patience import OUTAGE_SECONDS, at_most
from module_runner import run_module
from scripted_api import HTML, RESET, TRUNCATED, ScriptedApi, make_certificate

KINDS = "/api/v1"
PATH = "/api/v1/namespaces/web/configmaps/settings"
SERVED = {"kind": "APIResourceList", "resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True}]}
SETTINGS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "web"}}
MISSING = {"kind": "Status", "reason": "NotFound", "message": 'configmaps "settings" not found', "code": 404}
RUNS = "/apis/tekton.dev/v1/namespaces/ci/pipelineruns"
TASK_RUNS = "/apis/tekton.dev/v1/namespaces/ci/taskruns"
TROUBLES: list[dict[str, Any]] = [
    {"status": 429},
    {"status": 500},
    {"status": 502, "answer": HTML},
    {"status": 503},
    {"status": 504},
    {"status": 404},
    {"status": 404, "answer": HTML},
    {"status": 404, "answer": {}},
    {"status": 200, "answer": HTML},
    {"status": 200},
    {"status": 200, "answer": SETTINGS, "behaviour": TRUNCATED},
    {"behaviour": RESET},
]


def write_kubeconfig(path: Path, server: str, ca_cert: str) -> str:
    cluster = {"server": server, "certificate-authority": ca_cert}
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }  # fmt: skip
    path.write_text(json.dumps(config))
    return str(path)


@pytest.fixture
def kubeconfig(api: ScriptedApi, tmp_path: Path, slept: list[float]) -> str:
    return write_kubeconfig(tmp_path / "kubeconfig", api.url, api.ca_cert)


Read = Callable[[], Any]


@pytest.fixture
def read(kubeconfig: str) -> Read:
    cluster = Cluster(kubeconfig, "", "slipway")
    return lambda: cluster.read("v1", "ConfigMap", "settings", "web")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_restart_of_a_minute_is_outlasted(api: ScriptedApi, read: Read, slept: list[float], trouble: Any) -> None:
    api.expect("GET", KINDS, SERVED)
    for _ in range(11):
        api.expect("GET", PATH, **trouble)
    api.expect("GET", PATH, SETTINGS)
    assert read() == SETTINGS
    assert sum(slept) > 60


def test_trouble_of_the_list_of_kinds_does_not_make_what_is_there_absent(api: ScriptedApi, read: Read) -> None:
    """The client's own discovery takes a 503 for a group without kinds."""
    api.expect("GET", KINDS, status=503)
    api.expect("GET", KINDS, SERVED)
    api.expect("GET", PATH, SETTINGS)
    assert read() == SETTINGS


def test_a_kind_is_looked_for_again_before_it_is_called_missing(api: ScriptedApi, read: Read) -> None:
    """A definition may have been made since."""
    api.expect("GET", KINDS, {"resources": []})
    api.expect("GET", KINDS, SERVED)
    api.expect("GET", PATH, SETTINGS)
    assert read() == SETTINGS


@pytest.mark.parametrize("answer", [MISSING, b"404 page not found\n"])
def test_what_is_missing_is_none(api: ScriptedApi, read: Read, slept: list[float], answer: Any) -> None:
    api.expect("GET", KINDS, SERVED)
    api.expect("GET", PATH, answer, status=404)
    assert read() is None
    assert slept == []


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_outage_without_end_is_told_and_passes(
    api: ScriptedApi, read: Read, slept: list[float], trouble: Any
) -> None:
    """Nothing of it makes an object absent."""
    api.expect("GET", KINDS, SERVED)
    api.expect("GET", PATH, **trouble, lasting=True)
    with pytest.raises(SlipwayError) as caught:
        read()
    assert caught.value.passing is True
    assert "run again" in str(caught.value).lower()
    assert 60 < sum(slept) <= OUTAGE_SECONDS


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422, 501])
def test_a_refusal_is_a_verdict(api: ScriptedApi, read: Read, slept: list[float], status: int) -> None:
    api.expect("GET", KINDS, SERVED)
    api.expect("GET", PATH, {"kind": "Status", "message": "no"}, status=status)
    with pytest.raises(ApiError, match=rf"refused to read ConfigMap settings: no \(HTTP {status}\)") as caught:
        read()
    assert caught.value.passing is False and slept == []


def test_an_untrusted_certificate_is_a_verdict(api: ScriptedApi, tmp_path: Path, slept: list[float]) -> None:
    other, _ = make_certificate(tmp_path)
    cluster = Cluster(write_kubeconfig(tmp_path / "kubeconfig", api.url, str(other)), "", "slipway")
    with pytest.raises(ConnectionFailedError) as caught:
        cluster.read("v1", "ConfigMap", "settings", "web")
    assert caught.value.passing is False and slept == []


def test_a_cluster_that_is_gone_is_told_soon_and_one_that_restarts_is_waited_for(
    api: ScriptedApi, tmp_path: Path, slept: list[float]
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        refused = f"https://127.0.0.1:{nobody.getsockname()[1]}"
        for server, seconds in (("https://gone.invalid", (1.5, 1.5)), (refused, (60, OUTAGE_SECONDS))):
            slept.clear()
            cluster = Cluster(write_kubeconfig(tmp_path / "kubeconfig", server, api.ca_cert), "", "slipway")
            with pytest.raises(ConnectionFailedError, match="cannot be reached"):
                cluster.read("v1", "ConfigMap", "settings", "web")
            assert seconds[0] <= sum(slept) <= seconds[1]


def test_a_look_of_a_wait_gives_up_soon(api: ScriptedApi, read: Read, slept: list[float]) -> None:
    api.expect("GET", KINDS, SERVED)
    api.expect("GET", PATH, status=503, lasting=True)
    # The next pause would be 2 s; a slow machine has two seconds to spare before it.
    with at_most(3.4), pytest.raises(ApiError):
        read()
    assert slept == [0.5, 1.0]


def test_a_deletion_whose_answer_was_lost_is_a_deletion(api: ScriptedApi, kubeconfig: str) -> None:
    api.expect("GET", KINDS, SERVED)
    api.expect("GET", PATH, SETTINGS)
    api.expect("DELETE", PATH, behaviour=RESET)
    api.expect("DELETE", PATH, MISSING, status=404)
    assert Cluster(kubeconfig, "", "slipway").delete("v1", "ConfigMap", "settings", "web", check=False) is True


def test_an_unreadable_log_is_no_object(api: ScriptedApi, kubeconfig: str) -> None:
    calls = Calls(Connection(kubeconfig))
    api.expect("GET", "/api/v1/namespaces/ci/pods/p/log", b"line\n")
    assert calls.content("read the log", calls.core.read_namespaced_pod_log, "p", "ci") == b"line\n"
    api.expect("GET", "/api/v1/namespaces/ci/secrets/s", b"line\n")
    with at_most(0.0), pytest.raises(UnreadableAnswerError, match="not its own"):
        calls.call("read Secret ci/s", calls.core.read_namespaced_secret, "s", "ci")


# runs of Pipelines


def run_of(status: str, **more: Any) -> dict[str, Any]:
    condition = {"type": "Succeeded", "status": status, "reason": "x", "message": "m"}
    return {
        "apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": "build-1", "namespace": "ci"},
        "spec": {"pipelineRef": {"name": "build"}}, "status": {"conditions": [condition], **more},
    }  # fmt: skip


PIPELINE = {"metadata": {"name": "build"}, "spec": {"params": [], "tasks": []}}


def start_run(api: ScriptedApi) -> None:
    api.expect("GET", "/apis/tekton.dev/v1/namespaces/ci/pipelines/build", PIPELINE)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_run_is_followed_over_an_outage(api: ScriptedApi, kubeconfig: str, slept: list[float], trouble: Any) -> None:
    start_run(api)
    api.expect("POST", RUNS, run_of("Unknown"))
    api.expect("GET", f"{RUNS}/build-1", run_of("Unknown"))
    api.expect("GET", TASK_RUNS, {"items": []})
    for _ in range(30):
        api.expect("GET", f"{RUNS}/build-1", **trouble)
    api.expect("GET", f"{RUNS}/build-1", run_of("True"))
    api.expect("GET", TASK_RUNS, {"items": []})
    result = run_module("tekton_pipeline_run", kubeconfig=kubeconfig, namespace="ci", pipeline="build")
    assert not result["failed"], result["msg"]
    assert result["status"] == "succeeded"
    assert sum(slept) > 100, "longer than one call puts up with"


def test_a_run_that_cannot_be_followed_is_told_at_the_deadline(
    api: ScriptedApi, kubeconfig: str, slept: list[float]
) -> None:
    start_run(api)
    api.expect("POST", RUNS, run_of("Unknown"))
    api.expect("GET", f"{RUNS}/build-1", status=503, lasting=True)
    result = run_module("tekton_pipeline_run", kubeconfig=kubeconfig, namespace="ci", pipeline="build", wait_timeout=60)
    assert result["failed"] and result["changed"] is True
    assert "Waited 60 s" in result["msg"] and "The API had trouble" in result["msg"] and "HTTP 503" in result["msg"]
    assert "The run goes on: follow it with name build-1" in result["msg"]
    assert 59 < sum(slept) < 70


@pytest.mark.parametrize("trouble", [{"behaviour": RESET}, {"status": 503}, {"status": 201, "answer": HTML}])
def test_a_start_whose_answer_was_lost_is_not_sent_again(api: ScriptedApi, kubeconfig: str, trouble: Any) -> None:
    start_run(api)
    api.expect("POST", RUNS, **trouble)
    result = run_module("tekton_pipeline_run", kubeconfig=kubeconfig, namespace="ci", pipeline="build")
    assert result["failed"] and "nobody knows whether it did" in result["msg"]
    assert "Look before you run again" in result["msg"]


def test_a_start_that_was_too_early_is_sent_again(api: ScriptedApi, kubeconfig: str, slept: list[float]) -> None:
    start_run(api)
    api.expect("POST", RUNS, status=429, headers={"Retry-After": "3"})
    api.expect("POST", RUNS, run_of("True"))
    api.expect("GET", TASK_RUNS, {"items": []})
    result = run_module("tekton_pipeline_run", kubeconfig=kubeconfig, namespace="ci", pipeline="build", wait=False)
    assert not result["failed"], result["msg"]
    assert slept == [3.0]


def test_the_outcome_of_what_may_not_be_repeated_is_unknown(api: ScriptedApi, kubeconfig: str) -> None:
    calls = Calls(Connection(kubeconfig))
    api.expect("POST", RUNS, status=500)
    with pytest.raises(OutcomeUnknownError) as caught:
        create = calls.custom.create_namespaced_custom_object
        calls.call("start", create, "tekton.dev", "v1", "ci", "pipelineruns", {}, repeatable=False)
    assert caught.value.passing is False
