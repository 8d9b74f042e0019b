# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""install_argocd with upstream's manifest on a real Kubernetes API: pods never run here, objects are all there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import module_runner
import pytest
from argocd_server.binaries import argocd_source
from argocd_server.control_plane import ControlPlane, Etcd
from argocd_server.processes import Processes

MANIFEST = argocd_source() / "manifests" / "install.yaml"
PLACEMENT = {
    "nodeSelector": {"doks.digitalocean.com/node-pool": "tools"},
    "tolerations": [{"key": "tools", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
}
Result = dict[str, Any]


class Installation:
    """Runs the module on one cluster."""

    def __init__(self, cluster: ControlPlane) -> None:
        self.cluster = cluster

    def run(self, *, check: bool = False, fails: bool = False, **options: Any) -> Result:
        defaults = {
            "kubeconfig": str(self.cluster.kubeconfig), "manifest": str(MANIFEST), "dex": False, "placement": PLACEMENT,
        }  # fmt: skip
        result: Result = module_runner.run_module("install_argocd", check_mode=check, **{**defaults, **options})
        assert result["failed"] == fails, result
        return result

    def writes(self) -> list[str]:
        """Writes of the module since the start, dry runs too."""
        return self.cluster.writes_by("OpenAPI-Generator")

    def get(self, kind: str, name: str) -> Any:
        return self.cluster.get("-n", "argocd", kind, name)

    def names(self, kind: str) -> set[str]:
        found: Any = self.cluster.get("-n", "argocd", kind)
        return {item["metadata"]["name"] for item in found["items"]}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A cluster that has nothing."""
    directory = tmp_path_factory.mktemp("install")
    processes = Processes(directory / "log")
    try:
        etcd = Etcd.start(processes, directory / "etcd")
        yield Installation(ControlPlane.start(processes, etcd, directory / "hub", "hub"))
    finally:
        processes.stop_all()


@pytest.fixture
def installation(empty: Installation) -> Installation:
    """Argo CD as the defaults of these tests declare it."""
    empty.run()
    return empty


def test_from_nothing(empty: Installation) -> None:
    check = empty.run(check=True)
    assert len(check["changes"]) == 1 and check["changes"][0].startswith("install Argo CD in a new namespace argocd, ")
    assert (check["changed"], check["installed"], check["workloads"]) == (True, False, [])
    assert empty.writes() == []

    done = empty.run()
    assert "apply Namespace argocd" in done["changes"]
    workloads = {item["metadata"]["name"]: item for item in done["workloads"]}
    assert set(workloads) == empty.names("deployments") | empty.names("statefulsets")
    assert "argocd-application-controller" in workloads and "argocd-dex-server" not in workloads
    pod = empty.get("deployment", "argocd-server")["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"kubernetes.io/os": "linux", **PLACEMENT["nodeSelector"]}
    assert pod["tolerations"] == PLACEMENT["tolerations"]
    assert len(json.dumps(done["diff"])) < 300_000, "definitions of resources are in the diff"


def test_a_second_run_writes_nothing_not_even_to_try(installation: Installation) -> None:
    before = installation.writes()
    for check in (False, True):
        again = installation.run(check=check)
        assert (again["changed"], again["changes"], again["diff"]) == (False, [], {"before": {}, "after": {}})
        assert again["installed"] is True and len(again["workloads"]) == 6
    assert installation.writes()[len(before) :] == []


def test_another_setting(installation: Installation) -> None:
    wanted = {"config": {"url": "https://argocd.example.com"}}
    check = installation.run(check=True, **wanted)
    assert "url" not in installation.get("configmap", "argocd-cm")["data"]
    done = installation.run(**wanted)
    assert check["changes"] == done["changes"] == ["apply ConfigMap argocd-cm"]
    assert check["diff"] == done["diff"]
    assert done["diff"]["after"]["ConfigMap argocd-cm"]["data"]["url"] == "https://argocd.example.com"
    assert installation.run(**wanted)["changed"] is False
    # What is declared no more goes.
    assert installation.run()["changes"] == ["apply ConfigMap argocd-cm"]
    assert "url" not in installation.get("configmap", "argocd-cm")["data"]


def test_what_somebody_changed_comes_back_and_what_is_not_declared_stays(installation: Installation) -> None:
    kubectl = installation.cluster.run
    kubectl("-n", "argocd", "patch", "deployment", "argocd-server", "--type=json", "-p",
            '[{"op": "remove", "path": "/spec/template/spec/tolerations"}]')  # fmt: skip
    kubectl("-n", "argocd", "annotate", "deployment", "argocd-server", "example.com/kept=yes")
    kubectl("-n", "argocd", "patch", "secret", "argocd-secret", "-p", '{"stringData": {"server.secretkey": "s3cret"}}')
    kubectl("-n", "argocd", "delete", "service", "argocd-server")
    done = installation.run()
    assert done["changes"] == ["apply Deployment argocd-server", "apply Service argocd-server"]
    server = installation.get("deployment", "argocd-server")
    assert server["spec"]["template"]["spec"]["tolerations"] == PLACEMENT["tolerations"]
    assert server["metadata"]["annotations"]["example.com/kept"] == "yes"
    assert installation.get("secret", "argocd-secret")["data"]["server.secretkey"]
    assert installation.run()["changed"] is False


def test_what_the_manifest_has_no_more_is_removed(installation: Installation) -> None:
    assert "apply Deployment argocd-dex-server" in installation.run(dex=True)["changes"]
    check = installation.run(check=True)
    assert "argocd-dex-server" in installation.names("deployments")
    done = installation.run()
    assert check["changes"] == done["changes"]
    assert "remove Deployment argocd-dex-server" in done["changes"]
    assert "Deployment argocd-dex-server" in done["diff"]["before"]
    assert not any("dex" in name for kind in ("deployments", "services", "roles") for name in installation.names(kind))
    assert installation.run()["changed"] is False


def test_secrets_are_not_in_the_diff(installation: Installation) -> None:
    kubectl = installation.cluster.run
    kubectl("-n", "argocd", "patch", "secret", "argocd-secret", "-p", '{"stringData": {"server.secretkey": "s3cret"}}')
    kubectl("-n", "argocd", "label", "--overwrite", "secret", "argocd-secret", "app.kubernetes.io/part-of=another")
    encoded = installation.get("secret", "argocd-secret")["data"]["server.secretkey"]
    done = installation.run()
    assert done["diff"]["before"]["Secret argocd-secret"]["data"] == {"server.secretkey": "(hidden)"}
    assert encoded not in json.dumps(done)


def test_a_manifest_that_cannot_be_used(installation: Installation, tmp_path: Path) -> None:
    before = installation.writes()
    page = tmp_path / "install.yaml"
    page.write_text("<html><body>Sign in</body></html>")
    assert "cannot be used" in installation.run(fails=True, manifest=str(page))["msg"]
    assert "cannot be had from" in installation.run(fails=True, manifest=str(tmp_path / "none"))["msg"]
    assert "cannot be had from" in installation.run(fails=True, manifest="https://127.0.0.1:1/install.yaml")["msg"]
    message = installation.run(fails=True, manifest_sha256="0" * 64)["msg"]
    assert "has the SHA-256" in message and "Nothing was applied" in message
    assert installation.writes() == before


def test_a_cluster_that_cannot_be_reached(installation: Installation, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        installation.cluster.kubeconfig.read_text().replace(installation.cluster.server, "https://127.0.0.1:1")
    )
    message = installation.run(fails=True, kubeconfig=str(kubeconfig))["msg"]
    assert "https://127.0.0.1:1 cannot be reached" in message and "Connection refused" in message
