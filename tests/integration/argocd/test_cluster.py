# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_cluster and argocd_cluster_info on a real Argo CD with a real second cluster."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule

pytestmark = pytest.mark.usefixtures("no_leftovers")

NAME = "spoke"


@pytest.fixture(scope="module")
def token(argocd: ArgoCD) -> str:
    """A service account of the spoke with its rights, as a spoke is registered."""
    spoke = argocd.spoke
    spoke.run("-n", "kube-system", "create", "serviceaccount", "argocd-manager")
    spoke.run(
        "create", "clusterrolebinding", "argocd-manager",
        "--clusterrole=cluster-admin", "--serviceaccount=kube-system:argocd-manager",
    )  # fmt: skip
    return spoke.run("-n", "kube-system", "create", "token", "argocd-manager").strip()


@pytest.fixture(scope="module")
def config(argocd: ArgoCD, token: str) -> dict[str, Any]:
    return {"bearer_token": token, "tls_client_config": {"ca_data": argocd.spoke.ca_pem.decode()}}


def stored(argocd: ArgoCD) -> list[dict[str, Any]]:
    """The secrets of registered clusters, decoded."""
    found: Any = argocd.hub.get("-n", "argocd", "secrets", "-l", "argocd.argoproj.io/secret-type=cluster")
    return [
        {
            "annotations": item["metadata"].get("annotations", {}),
            **{key: base64.b64decode(value).decode() for key, value in item["data"].items()},
        }
        for item in found["items"]
    ]


def stored_config(argocd: ArgoCD) -> dict[str, Any]:
    (secret,) = stored(argocd)
    result: dict[str, Any] = json.loads(secret["config"])
    return result


@pytest.mark.trap("write-back")
@pytest.mark.trap("identical-post")
@pytest.mark.trap("trailing-slash")
@pytest.mark.trap("refresh-annotation")
def test_life(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    server = argocd.spoke.server
    wanted = {"name": NAME, "server": server + "/", "config": config, "labels": {"env": "dev", "region": "ams3"}}
    assert "server" in run("argocd_cluster", name=NAME, fails=True)["msg"]

    checked = run("argocd_cluster", check=True, **wanted)
    assert checked["changes"] == [f"register cluster spoke at {server}"]
    assert stored(argocd) == []
    created = run("argocd_cluster", **wanted)
    assert created["changes"] == checked["changes"]
    assert [secret["server"] for secret in stored(argocd)] == [server], "a trailing slash makes a second entry"
    assert stored_config(argocd)["bearerToken"] == config["bearer_token"]
    assert config["bearer_token"] not in json.dumps(created)
    assert not run("argocd_cluster", **wanted)["changed"]

    argocd.call("POST", f"/api/v1/clusters/{_encoded(server)}/invalidate-cache?id.type=url")
    assert not run("argocd_cluster", **wanted)["changed"], "the refresh annotation is Argo CD's own"

    wanted["labels"] = {"env": "prod", "region": None}
    wanted["annotations"] = {"domain": "example.com"}
    checked = run("argocd_cluster", check=True, **wanted)
    updated = run("argocd_cluster", **wanted)
    assert updated["changes"] == checked["changes"]
    assert updated["changes"] == [
        "cluster spoke: annotations (unset) -> {domain: example.com}",
        "cluster spoke: labels.env dev -> prod",
        "cluster spoke: labels.region ams3 -> (unset)",
    ]
    assert updated["cluster"]["labels"] == {"env": "prod"}
    assert stored_config(argocd)["bearerToken"] == config["bearer_token"], "an update of labels wiped the credentials"
    assert not run("argocd_cluster", **wanted)["changed"]
    shown = json.loads(argocd.cli("cluster", "get", server, "-o", "json"))
    assert (shown["name"], shown["labels"], shown["annotations"]["domain"]) == (NAME, {"env": "prod"}, "example.com")

    info = run("argocd_cluster_info", labels={"env": "prod"})
    assert [cluster["server"] for cluster in info["clusters"]] == [server]
    assert config["bearer_token"] not in json.dumps(info)

    assert run("argocd_cluster", name=NAME, state="absent", check=True)["changed"]
    assert run("argocd_cluster", name=NAME, state="absent")["changes"] == [f"remove cluster spoke at {server}"]
    assert stored(argocd) == []
    assert not run("argocd_cluster", name=NAME, state="absent")["changed"]


def _encoded(url: str) -> str:
    return url.replace(":", "%3A").replace("/", "%2F")


def test_labels_of_others_stay(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    server = argocd.spoke.server
    run("argocd_cluster", name=NAME, server=server, config=config, labels={"team": "a", "env": "dev"}, wait=False)
    run("argocd_cluster", name=NAME, server=server, labels={"env": "prod"})
    assert run("argocd_cluster_info", name=NAME)["clusters"][0]["labels"] == {"team": "a", "env": "prod"}
    run("argocd_cluster", name=NAME, server=server, labels={"env": "prod"}, purge=["labels"])
    assert run("argocd_cluster_info", name=NAME)["clusters"][0]["labels"] == {"env": "prod"}
    assert not run("argocd_cluster", name=NAME, server=server, config=config)["changed"], "purge lost the fingerprint"


def test_every_field_comes_back(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    server = argocd.spoke.server
    wanted = {
        "name": NAME, "server": server, "config": config, "namespaces": ["web", "api"], "cluster_resources": True,
        "shard": 0, "project": "default",
    }  # fmt: skip
    run("argocd_cluster", wait=False, **wanted)
    assert not run("argocd_cluster", **wanted)["changed"]
    less = {**wanted, "namespaces": [], "cluster_resources": False, "shard": -1, "project": ""}
    changed = run("argocd_cluster", **less)
    assert len(changed["changes"]) == 4
    assert not {"namespaces", "shard", "project"} & {key for key, value in changed["cluster"].items() if value}
    assert not run("argocd_cluster", **less)["changed"]


def test_rotated_credentials_are_found_and_written(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    server = argocd.spoke.server
    run("argocd_cluster", name=NAME, server=server, config=config, wait=False)
    new = argocd.spoke.run("-n", "kube-system", "create", "token", "argocd-manager", "--duration=2h").strip()
    rotated = {**config, "bearer_token": new}
    result = run("argocd_cluster", name=NAME, server=server, config=rotated, wait=False)
    assert result["changes"] == ["cluster spoke: write credentials: they are not the stored ones"]
    assert stored_config(argocd)["bearerToken"] == new
    assert not run("argocd_cluster", name=NAME, server=server, config=rotated)["changed"]


@pytest.mark.trap("write-back")
def test_credentials_of_others_are_found(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    """Somebody wrote back what the API returns, and so wiped the credentials."""
    server = argocd.spoke.server
    config = {**config, "tls_client_config": {"insecure": True}}
    run("argocd_cluster", name=NAME, server=server, config=config, wait=False)
    returned = argocd.call("GET", f"/api/v1/clusters/{_encoded(server)}?id.type=url")
    returned["annotations"] = {}
    argocd.call("PUT", f"/api/v1/clusters/{_encoded(server)}?id.type=url", returned)
    assert "bearerToken" not in stored_config(argocd), "the trap is gone from Argo CD"
    assert run("argocd_cluster", name=NAME, server=server, config=config, wait=False)["changed"]
    assert stored_config(argocd)["bearerToken"] == config["bearer_token"]


@pytest.mark.trap("declared-entry")
def test_declared_entry_is_updated_not_doubled(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    """A cluster that was registered as a Secret of another name."""
    server = argocd.spoke.server
    argocd.hub.apply(
        {
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "by-hand", "namespace": "argocd",
                         "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
            "stringData": {"name": NAME, "server": server, "config": '{"tlsClientConfig": {"insecure": true}}'},
        }
    )  # fmt: skip
    run("argocd_cluster", name=NAME, server=server, config=config, wait=False)
    assert stored_config(argocd)["bearerToken"] == config["bearer_token"]


@pytest.mark.trap("blank-credentials")
@pytest.mark.parametrize("bearer_token", ["", "wrong"])
def test_useless_credentials_are_refused(
    argocd: ArgoCD, run: RunModule, config: dict[str, Any], bearer_token: str
) -> None:
    """Argo CD itself takes a blank token, since /version answers to everyone."""
    bad = {**config, "bearer_token": bearer_token}
    for check in (True, False):
        result = run("argocd_cluster", name=NAME, server=argocd.spoke.server, config=bad, fails=True, check=check)
        assert "does not accept the credentials" in result["msg"]
    assert stored(argocd) == []


@pytest.mark.trap("early-connection")
@pytest.mark.trap("stale-connection")
def test_credentials_without_rights_are_found_when_they_are_used(
    argocd: ArgoCD, run: RunModule, config: dict[str, Any], spec: dict[str, Any]
) -> None:
    """What Argo CD shows at first is no more than a look at /version, which needs no rights, or of the old ones."""
    run("argocd_cluster", name=NAME, server=argocd.spoke.server, config=config, wait=False)
    run("argocd_application", name="web", spec={**spec, "destination": {"name": NAME, "namespace": "default"}})
    argocd.spoke.run("-n", "kube-system", "create", "serviceaccount", "powerless")
    token = argocd.spoke.run("-n", "kube-system", "create", "token", "powerless").strip()
    powerless = {"name": NAME, "server": argocd.spoke.server, "config": {**config, "bearer_token": token}}
    result = run("argocd_cluster", **powerless, fails=True)
    assert "cannot use cluster spoke" in result["msg"] and "forbidden" in result["msg"].lower()
    assert result["changed"] and "The entry was written" in result["msg"]
    good = run("argocd_cluster", **{**powerless, "config": config})
    assert good["cluster"]["info"]["connectionState"]["status"] == "Successful", "the failure was the old ones'"


@pytest.mark.trap("target-401")
def test_refusal_by_the_cluster_is_not_an_ended_session(
    argocd: ArgoCD, run: RunModule, config: dict[str, Any], tmp_path: Any
) -> None:
    bad = {**config, "bearer_token": "wrong"}
    options = {"name": NAME, "server": argocd.spoke.server, "config": bad, "verify_credentials": False}
    result = run("argocd_cluster", **options, session_dir=str(tmp_path / "s"), fails=True)
    assert "log in" not in result["msg"] and "refused to register cluster spoke" in result["msg"]
    given = run(
        "argocd_cluster", **options, auth_username=..., auth_password=..., auth_token=argocd.session(), fails=True
    )
    assert "does not accept auth_token" not in given["msg"]


@pytest.mark.trap("unreachable-cluster")
def test_unreachable_cluster(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    result = run("argocd_cluster", name=NAME, server="https://127.0.0.1:1", config=config, fails=True)
    assert "The cluster at https://127.0.0.1:1 cannot be reached" in result["msg"]
    assert "verify_credentials" in result["msg"]
    by_argocd = {"name": NAME, "server": "https://127.0.0.1:1", "config": config, "verify_credentials": False}
    result = run("argocd_cluster", **by_argocd, fails=True)
    assert "refused to register cluster spoke" in result["msg"] and "127.0.0.1:1" in result["msg"]
    assert stored(argocd) == []


def test_name_of_another_server(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    run("argocd_cluster", name=NAME, server=argocd.spoke.server, config=config, wait=False)
    result = run("argocd_cluster", name=NAME, server="https://10.9.9.9", config=config, fails=True)
    assert argocd.spoke.server in result["msg"] and "https://10.9.9.9" in result["msg"]


@pytest.mark.trap("trailing-slash")
@pytest.mark.trap("one-at-a-time")
def test_two_entries_of_one_server_are_both_removed(argocd: ArgoCD, run: RunModule, config: dict[str, Any]) -> None:
    run("argocd_cluster", name=NAME, server=argocd.spoke.server, config=config, wait=False)
    body = {"server": argocd.spoke.server + "/", "name": "twin", "config": {"tlsClientConfig": {"insecure": True}}}
    argocd.call("POST", "/api/v1/clusters", body)
    assert len(stored(argocd)) == 2, "the trap is gone from Argo CD"
    run("argocd_cluster", server=argocd.spoke.server, state="absent")
    assert stored(argocd) == []


def test_in_cluster_is_no_entry_to_remove(run: RunModule) -> None:
    assert not run("argocd_cluster", server="https://kubernetes.default.svc", state="absent")["changed"]
