# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module sealed_secret beside the real controller and the real kubeseal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from argocd_server.control_plane import Etcd
from argocd_server.processes import Processes
from module_runner import run_module
from sealing_cluster import SealingCluster, wait_until

NAMESPACE = "default"
PASSWORD = "correct horse"


class File:
    """One SealedSecret in a file, sealed for one cluster."""

    def __init__(self, cluster: SealingCluster, path: Path, name: str) -> None:
        self.cluster, self.path, self.name = cluster, path, name

    def run(self, *, check_mode: bool = False, expect_failure: bool = False, **options: Any) -> dict[str, Any]:
        arguments = {
            "path": str(self.path),
            "name": self.name,
            "namespace": NAMESPACE,
            "certificate_path": str(self.cluster.certificate),
            "kubeconfig": self.cluster.kubeconfig,
            **options,
        }
        given = {name: value for name, value in arguments.items() if value is not None}
        result = run_module("sealed_secret", check_mode=check_mode, **given)
        told = json.dumps({key: value for key, value in result.items() if key != "invocation"})
        assert PASSWORD not in told, "the value leaks"
        assert expect_failure == result["failed"], result.get("msg")
        return result

    def sealed(self) -> dict[str, str]:
        values: dict[str, str] = yaml.safe_load(self.path.read_text())["spec"]["encryptedData"]
        return values

    def apply(self) -> dict[str, str]:
        self.cluster.apply(self.path)
        return self.cluster.opened(NAMESPACE, self.name)


@pytest.fixture
def file(cluster: SealingCluster, tmp_path: Path, request: pytest.FixtureRequest) -> File:
    name = request.node.originalname.removeprefix("test_").replace("_", "-")
    return File(cluster, tmp_path / "folder" / "secret.yaml", name)


def test_life(file: File) -> None:
    """Check, create, no-op, update, no-op, removal of a key, absent, no-op."""
    data = {"password": PASSWORD, "user": "web"}
    checked = file.run(check_mode=True, data=data)
    assert checked["changed"]
    assert not file.path.exists()
    created = file.run(data=data)
    assert (created["changes"], created["diff"]) == (checked["changes"], checked["diff"])
    assert file.apply() == data
    assert not file.run(data=data)["changed"]

    sealed = file.sealed()
    changed = data | {"user": "api"}
    checked = file.run(check_mode=True, data=changed)
    assert file.sealed() == sealed
    updated = file.run(data=changed)
    assert updated["changes"] == checked["changes"] == ["seal user again: its value changed"]
    assert updated["diff"] == checked["diff"]
    assert file.sealed()["password"] == sealed["password"], "an unchanged value is not sealed again"
    assert file.apply() == changed
    assert not file.run(data=changed)["changed"]

    kept = file.run(data={"password": PASSWORD})
    assert not kept["changed"], "a key that is not declared stays"
    purged = file.run(data={"password": PASSWORD}, purge_data=True)
    assert purged["changes"] == ["remove user"]
    assert file.apply() == {"password": PASSWORD}

    assert file.run(check_mode=True, state="absent")["changed"]
    assert file.path.exists()
    assert file.run(state="absent")["changed"]
    assert not file.path.exists()
    assert not file.run(state="absent")["changed"]


@pytest.mark.parametrize("scope", ["strict", "namespace-wide", "cluster-wide"])
def test_scope(file: File, scope: str) -> None:
    file.name = f"scope-{scope}"
    file.run(data={"password": PASSWORD}, scope=scope)
    assert file.apply() == {"password": PASSWORD}
    assert not file.run(data={"password": PASSWORD}, scope=scope)["changed"]
    manifest = yaml.safe_load(file.path.read_text())
    for place in (manifest["metadata"], manifest["spec"]["template"]["metadata"]):
        place["name"] = f"moved-{scope}"
    file.path.write_text(yaml.safe_dump(manifest))
    file.cluster.apply(file.path)
    if scope == "strict":
        file.cluster.refused(NAMESPACE, "moved-strict")
    else:
        assert file.cluster.opened(NAMESPACE, f"moved-{scope}") == {"password": PASSWORD}


def test_another_scope_seals_again(file: File) -> None:
    file.run(data={"password": PASSWORD})
    file.apply()
    widened = file.run(data={"password": PASSWORD}, scope="cluster-wide")
    assert widened["changes"] == ["seal password again: its scope was strict"]
    assert file.apply() == {"password": PASSWORD}


def test_what_kubeseal_sealed_counts_as_unchanged(file: File) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": file.name, "namespace": NAMESPACE, "labels": {"app": "web"}},
        "type": "Opaque",
        "stringData": {"password": PASSWORD},
    }
    file.path.parent.mkdir()
    file.path.write_text(file.cluster.kubeseal(secret))
    written = file.path.read_text()
    file.apply()
    same = file.run(data={"password": PASSWORD}, labels={"app": "web"}, type="Opaque")
    assert not same["changed"]
    assert file.path.read_text() == written
    assert file.run(data={"password": "another"})["changes"] == ["seal password again: its value changed"]
    assert file.apply() == {"password": "another"}


def test_type_labels_and_bytes(file: File) -> None:
    options = {
        "data_base64": {"blob": "AAH/"},
        "type": "example.com/blob",
        "labels": {"app": "web"},
        "annotations": {"note": "x"},
        "immutable": True,
    }
    file.run(**options)
    file.cluster.apply(file.path)
    wait_until(lambda: "blob" in file.cluster.control_plane.run("get", "secret", "-A"), "the Secret is there")
    secret: Any = file.cluster.control_plane.get("secret", file.name, "-n", NAMESPACE)
    assert secret["data"] == {"blob": "AAH/"}
    assert (secret["type"], secret["immutable"]) == ("example.com/blob", True)
    assert secret["metadata"]["labels"] == {"app": "web"}
    assert secret["metadata"]["annotations"]["note"] == "x"
    assert not file.run(**options)["changed"]
    assert file.run(**options | {"labels": {"app": "api"}})["changed"]


def test_a_value_that_was_not_applied_is_sealed_again(file: File) -> None:
    file.run(data={"password": PASSWORD})
    again = file.run(data={"password": PASSWORD})
    assert again["changes"] == [
        "seal password again: it is not in the cluster in this sealing, so nobody can tell what is in it"
    ]


def test_keys_of_one_cluster_open_its_secrets_in_a_fresh_one(
    file: File, sealing_clusters: tuple[Processes, Etcd], tmp_path: Path
) -> None:
    """And a cluster without those keys says that it was sealed for another; the module seals for it then."""
    file.run(data={"password": PASSWORD})
    keys = file.cluster.sealing_keys()
    restored = SealingCluster.start(*sealing_clusters, tmp_path, "restored", keys)
    restored.apply(file.path)
    assert restored.opened(NAMESPACE, file.name) == {"password": PASSWORD}

    backup = tmp_path / "keys.yaml"
    backup.write_text(keys)
    offline = {"kubeconfig": None, "sealing_keys_path": str(backup)}
    assert not file.run(data={"password": PASSWORD}, **offline)["changed"]

    stranger = File(SealingCluster.start(*sealing_clusters, tmp_path, "stranger"), file.path, file.name)
    stranger.cluster.apply(file.path)
    stranger.cluster.refused(NAMESPACE, file.name)
    told = stranger.run(data={"password": PASSWORD})
    assert told["changes"] == ["seal password again: it cannot be opened by the cluster's controller"]
    assert stranger.apply() == {"password": PASSWORD}
    told = file.run(data={"password": PASSWORD}, check_mode=True, **offline)
    assert told["changes"] == ["seal password again: it was sealed for another cluster, name or scope"]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {"kubeconfig": None, "certificate_path": None}, "There is nothing to seal with."),
        ("", {"certificate_path": "/nowhere.pem"}, "certificate_path /nowhere.pem cannot be read: No such file"),
        ("", {"certificate_path": None, "certificate": "x"}, "certificate is not a certificate in PEM"),
        ("kind: Secret", {}, "holds something else than one SealedSecret, so it is left alone"),
        ("a: [", {}, "is not YAML"),
        ("", {"data": {"count": 5}}, "The values cannot be sealed: data.count is no text"),
        ("", {"data_base64": {"password": "AA=="}}, "password is in data and in data_base64"),
        ("", {"data_base64": {"blob": "%"}}, "data_base64.blob is not base64"),
    ],
)
def test_bad_input(file: File, content: str, options: dict[str, Any], message: str) -> None:
    file.path.parent.mkdir()
    if content:
        file.path.write_text(content)
    result = file.run(expect_failure=True, **{"data": {"password": PASSWORD}, **options})
    assert message in result["msg"]
    assert (file.path.read_text() if content else "") == content
    assert content or not file.path.exists()


def test_nobody_can_tell(file: File) -> None:
    file.run(data={"password": PASSWORD})
    before = file.path.read_text()
    result = file.run(expect_failure=True, data={"password": PASSWORD}, kubeconfig=None)
    assert "nobody here can tell whether it changed. Give the kubeconfig of the cluster" in result["msg"]
    assert file.path.read_text() == before
    assert file.run(data={"password": PASSWORD}, kubeconfig=None, reseal="all")["changed"]


def test_the_file_of_another_secret_is_left_alone(file: File) -> None:
    file.run(data={"password": PASSWORD})
    file.name = "other"
    result = file.run(expect_failure=True, data={"password": PASSWORD})
    assert "not SealedSecret default/other, so it is left alone" in result["msg"]
