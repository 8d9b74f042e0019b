# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts of argocd-server and of the Kubernetes API during every wait: longer than one call puts up with.

A real Argo CD and a real API stand behind a gate that is shut meanwhile. One call puts up with half a second here.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import module_runner
import pytest
from ansible_collections.slipway.gitops.plugins.module_utils import _patience
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.gate import Gate
from argocd_server.modules import RunModule, module_run

pytestmark = pytest.mark.usefixtures("no_leftovers")
HOLD = "slipway.dev/held-by-a-test"
SHUT_SECONDS = 3.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_patience, "OUTAGE_SECONDS", 0.5)
    monkeypatch.setattr(_patience, "FIRST_PAUSE_SECONDS", 0.05)


@pytest.fixture
def gate(argocd: ArgoCD) -> Iterator[Gate]:
    with Gate(argocd.url) as gate:
        yield gate


@pytest.fixture
def run(access: dict[str, Any], gate: Gate) -> RunModule:
    return module_run({**access, "server_url": gate.url})


Outage = Callable[[Callable[[], object]], AbstractContextManager[None]]


@pytest.fixture
def outage(gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outage:
    """with outage(deed): when the module waits, the gate is shut for a while, and then happens what is waited for."""
    lines = tmp_path / "lines"
    lines.touch()
    monkeypatch.setenv("SLIPWAY_PROGRESS_FILE", str(lines))

    @contextmanager
    def begin(deed: Callable[[], object]) -> Iterator[None]:
        before, refused, over = lines.stat().st_size, gate.refused, threading.Event()

        def shut_then_do() -> None:
            while lines.stat().st_size == before and not over.is_set():
                over.wait(0.05)
            gate.shut()
            over.wait(SHUT_SECONDS)
            gate.open()
            deed()

        thread = threading.Thread(target=shut_then_do)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        assert gate.refused - refused > 5, "the outage was longer than one call puts up with"
        assert "looking again" in lines.read_text()

    return begin


@contextmanager
def paused(argocd: ArgoCD, program: str) -> Iterator[Callable[[], object]]:
    """A program of Argo CD stands still; gives what lets it go on."""
    pid = argocd.processes.pid(program)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield lambda: os.kill(pid, signal.SIGCONT)
    finally:
        os.kill(pid, signal.SIGCONT)


def hold(argocd: ArgoCD, kind: str, name: str) -> Callable[[], object]:
    """Keep an object from going; gives what lets it go."""

    def finalizers(value: list[str]) -> str:
        patch = json.dumps({"metadata": {"finalizers": value}})
        return argocd.hub.run("-n", NAMESPACE, "patch", kind, name, "--type=merge", "-p", patch)

    finalizers([HOLD])
    return lambda: finalizers([])


def test_a_wait_for_an_application(argocd: ArgoCD, run: RunModule, outage: Outage, spec: dict[str, Any]) -> None:
    run("argocd_application", name="web", spec=spec)
    with outage(lambda: argocd.call("POST", "/api/v1/applications/web/sync", {})):
        result = run("argocd_application_sync", name="web", operation="wait")
    assert (result["sync"], result["health"]) == ("Synced", "Healthy")


def test_a_wait_for_an_application_to_go(argocd: ArgoCD, run: RunModule, outage: Outage, spec: dict[str, Any]) -> None:
    run("argocd_application", name="web", spec=spec)
    with outage(hold(argocd, "application", "web")):
        assert run("argocd_application", name="web", state="absent", cascade=False)["changed"]


def test_a_wait_for_the_applications_of_a_set(
    argocd: ArgoCD, run: RunModule, outage: Outage, spec: dict[str, Any]
) -> None:
    template = {"metadata": {"name": "web-{{ .env }}"}, "spec": spec}
    generators = [{"list": {"elements": [{"env": "dev"}]}}]
    wanted = {"goTemplate": True, "generators": generators, "template": template}
    with paused(argocd, "argocd-applicationset-controller") as go_on, outage(go_on):
        result = run("argocd_application_set", name="web", spec=wanted)
    assert list(result["applications"]) == ["web-dev"]
    with outage(hold(argocd, "applicationset", "web")):
        assert run("argocd_application_set", name="web", state="absent")["changed"]


def test_a_wait_for_a_cluster_to_be_used(argocd: ArgoCD, run: RunModule, outage: Outage) -> None:
    spoke = argocd.spoke
    config = {"bearer_token": spoke.token, "tls_client_config": {"ca_data": spoke.ca_pem.decode()}}
    with paused(argocd, "argocd-application-controller") as go_on, outage(go_on):
        assert run("argocd_cluster", name="spoke", server=spoke.server, config=config)["changed"]


def test_the_deadline_comes_in_an_outage(run: RunModule, outage: Outage, spec: dict[str, Any]) -> None:
    run("argocd_application", name="web", spec=spec)
    with outage(lambda: None):
        result = run("argocd_application_sync", name="web", operation="wait", wait_timeout=3, fails=True)
    assert "OutOfSync" in result["msg"] and "The API had trouble for" in result["msg"], result["msg"]
    assert "run again" in result["msg"]


def test_a_call_outlasts_a_restart(
    run: RunModule, gate: Gate, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_patience, "OUTAGE_SECONDS", 30.0)
    with gate.opened_after(2.0):
        assert run("argocd_application", name="web", spec=spec)["changed"]
    assert gate.refused > 3
    assert not run("argocd_application", name="web", spec=spec)["changed"]


def test_an_apply_outlasts_a_restart_of_the_kubernetes_api(
    argocd: ArgoCD, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_patience, "OUTAGE_SECONDS", 30.0)
    metadata = {"name": "settings", "namespace": "default"}
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"color": "blue"}}
    with Gate(argocd.hub.server) as gate:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(argocd.hub.kubeconfig.read_text().replace(argocd.hub.server, gate.url))
        arguments = {"kubeconfig": str(kubeconfig), "objects": [settings]}
        with gate.opened_after(2.0):
            result = module_runner.run_module("kubernetes_apply", **arguments)
        assert not result["failed"], result["msg"]
        assert result["changed"] and gate.refused > 3
        assert module_runner.run_module("kubernetes_apply", **arguments)["changed"] is False
