# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to the server: URL and port-forward, passwords, tokens and kept sessions."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.transport import Transport
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.tunnel import Tunnel
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.modules import RunModule, module_run
from argocd_server.tunnel import start_tunnel


@pytest.fixture(scope="module")
def tunnel(argocd: ArgoCD) -> RunModule:
    """Modules that know nothing but the hub's kubeconfig."""
    port = int(argocd.url.rsplit(":", 1)[1])
    start_tunnel(argocd.hub, argocd.processes, argocd.directory / "kwok", NAMESPACE, port)
    return module_run(
        {"kubeconfig": str(argocd.hub.kubeconfig), "session_dir": str(argocd.directory / "tunnel-sessions")}
    )


def logins(argocd: ArgoCD) -> int:
    return argocd.calls().count("session.SessionService/Create")


def test_tunnel_needs_nothing_but_a_kubeconfig(argocd: ArgoCD, tunnel: RunModule) -> None:
    """Bootstrap: no address, no token; the password is the one that Argo CD made."""
    assert tunnel("argocd_project", name="tunnel", spec={"sourceRepos": ["*"]})["changes"] == ["create project tunnel"]
    assert not tunnel("argocd_project", name="tunnel", spec={"sourceRepos": ["*"]})["changed"]
    assert tunnel("argocd_project", name="tunnel", state="absent")["changed"]


@pytest.mark.trap("appset-labels")
def test_tunnel_removes_labels_of_application_sets(argocd: ArgoCD, tunnel: RunModule) -> None:
    template: dict[str, Any] = {
        "metadata": {"name": "x"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example.com/x", "path": "."},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
        },
    }
    spec = {"generators": [{"list": {"elements": []}}], "template": template}
    tunnel("argocd_application_set", name="labels", spec=spec, labels={"a": "1", "b": "2"}, annotations={"c": "3"})
    wanted: dict[str, Any] = {"name": "labels", "spec": spec, "labels": {"a": None}, "annotations": {"c": None}}
    assert len(tunnel("argocd_application_set", **wanted)["changes"]) == 2
    live: Any = argocd.hub.get("-n", NAMESPACE, "applicationset", "labels")
    assert live["metadata"]["labels"] == {"b": "2"}
    assert "c" not in live["metadata"].get("annotations", {})
    assert not tunnel("argocd_application_set", **wanted)["changed"]
    tunnel("argocd_application_set", name="labels", state="absent")


@pytest.mark.trap("already-owned")
def test_tunnel_takes_an_application_from_another_set(argocd: ArgoCD, tunnel: RunModule) -> None:
    repository = argocd.repository("heirs")
    repository.commit({"web/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: heir}\n"})

    def spec(environment: str, *clusters: str) -> dict[str, Any]:
        return {
            "goTemplate": True, "generators": [{"list": {"elements": [{"name": name} for name in clusters]}}],
            "syncPolicy": {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True},
            "template": {
                "metadata": {"name": "heir-{{ .name }}", "labels": {"environment": environment}},
                "spec": {
                    "project": "default", "source": {"repoURL": repository.url, "path": "web"},
                    "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
                },
            },
        }  # fmt: skip

    tunnel("argocd_application_set", name="heir-old", spec=spec("old", "a", "b"))
    before: Any = argocd.hub.get("-n", NAMESPACE, "application", "heir-a")
    tunnel("argocd_application_set", name="heir-old", spec=spec("old", "b"), take_over=[])
    refused = tunnel("argocd_application_set", name="heir-new", spec=spec("new", "c"), take_over=["heir-a"], fails=True)
    assert "which its generators do not make" in refused["msg"]
    # A controller that was refused tries again later and later.
    argocd.hub.apply(
        {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet",
            "metadata": {"name": "heir-new", "namespace": NAMESPACE}, "spec": spec("new", "a"),
        }
    )  # fmt: skip
    wanted: dict[str, Any] = {"name": "heir-new", "spec": spec("new", "a"), "take_over": ["heir-a"]}
    checked = tunnel("argocd_application_set", check=True, **wanted)
    assert checked["changes"] == ["application heir-a: from ApplicationSet heir-old to heir-new"]
    assert tunnel("argocd_application_set", **wanted)["changes"] == checked["changes"]
    after: Any = argocd.hub.get("-n", NAMESPACE, "application", "heir-a")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert [owner["name"] for owner in after["metadata"]["ownerReferences"]] == ["heir-new"]
    assert after["metadata"]["labels"]["environment"] == "new"
    assert not tunnel("argocd_application_set", **wanted)["changed"]
    for name in ("heir-old", "heir-new"):
        tunnel("argocd_application_set", name=name, state="absent")


def test_tunnel_says_what_is_missing(argocd: ArgoCD, tunnel: RunModule, tmp_path: Path) -> None:
    assert (
        "No pod of argocd-server"
        in tunnel("argocd_project_info", argocd_namespace="default", auth_token="x", fails=True)["msg"]
    )
    with pytest.raises(InvalidInputError, match="argocd-initial-admin-secret is gone"):
        Tunnel(str(argocd.hub.kubeconfig), "", "default").initial_admin_password()
    gone = tmp_path / "kubeconfig"
    gone.write_text(argocd.hub.kubeconfig.read_text().replace(argocd.hub.server, "https://127.0.0.1:1"))
    assert "cannot be reached" in tunnel("argocd_project_info", kubeconfig=str(gone), fails=True)["msg"]
    assert "cannot be used" in tunnel("argocd_project_info", kubeconfig=str(tmp_path / "none"), fails=True)["msg"]


def test_initial_password_that_was_changed(argocd: ArgoCD, tunnel: RunModule) -> None:
    secret = ("-n", NAMESPACE, "patch", "secret", "argocd-initial-admin-secret", "-p")
    argocd.hub.run(*secret, json.dumps({"stringData": {"password": "of-yesterday"}}))
    message = tunnel("argocd_project_info", fails=True)["msg"]
    argocd.hub.run(*secret, json.dumps({"stringData": {"password": argocd.admin_password}}))
    assert "argocd/argocd-initial-admin-secret is admin's no more" in message and "of-yesterday" not in message


def test_one_login_for_all_tasks(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    before = logins(argocd)
    for _ in range(4):
        run("argocd_project_info", session_dir=str(directory))
    assert logins(argocd) - before == 1
    assert directory.stat().st_mode & 0o777 == 0o700
    (kept,) = directory.glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert argocd.admin_password not in kept.read_text()


def test_a_kept_session_is_not_for_another_password(run: RunModule, tmp_path: Path) -> None:
    directory = str(tmp_path / "sessions")
    run("argocd_project_info", session_dir=directory)
    wrong = run("argocd_project_info", session_dir=directory, auth_password="wrong-password", fails=True)
    assert "log in admin" in wrong["msg"] and wrong["api_error"]["status"] == 401


def test_an_ended_session_is_replaced(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    """A change of the password ends every session of the account."""
    directory = tmp_path / "sessions"
    run("argocd_project_info", session_dir=str(directory))
    (kept,) = directory.glob("*.json")
    content = json.loads(kept.read_text())
    head, payload, signature = content["token"].split(".")
    content["token"] = ".".join([head, payload, signature[::-1]])
    kept.write_text(json.dumps(content))
    before = logins(argocd)
    run("argocd_project_info", session_dir=str(directory))
    assert logins(argocd) - before == 1


@pytest.mark.trap("ended-sessions")
def test_a_changed_password_ends_sessions(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    """The kept session looks good until its end, and the server refuses it since the password was set."""
    me: dict[str, Any] = {
        "auth_username": "robot",
        "auth_password": "robot-password",
        "session_dir": str(tmp_path / "s"),
    }
    run("argocd_account", name="robot", new_password="robot-password")
    run("argocd_account_info", **me)
    for password in ("other-password", "robot-password"):
        run("argocd_account", name="robot", new_password=password)
    (kept,) = (tmp_path / "s").glob("*.json")
    token = json.loads(kept.read_text())["token"]
    assert argocd.ask("GET", "/api/v1/account", token=token)[0] == 401, "the trap is gone from Argo CD"
    before = logins(argocd)
    run("argocd_account_info", **me)
    assert logins(argocd) - before == 1


@pytest.mark.trap("restarting-server")
def test_a_server_that_restarts_is_waited_for(argocd: ArgoCD, run: RunModule) -> None:
    """Its listeners come and go when settings change; here the whole program does, which takes longer."""
    run("argocd_project_info")
    results: list[Any] = []
    module = threading.Thread(target=lambda: results.append(run("argocd_project_info")))
    with argocd.processes.away("argocd-server"):
        module.start()
        time.sleep(1)
        assert module.is_alive(), "it did not even try again"
    module.join()
    assert results[0]["projects"]
    # Others find a server that is ready.
    argocd.processes.wait_until("argocd-server", lambda: argocd.ask("GET", "/healthz")[0] == 200)


def test_others_cannot_read_the_sessions(run: RunModule, tmp_path: Path) -> None:
    directory = tmp_path / "open"
    directory.mkdir(mode=0o755)
    assert "can be read by others" in run("argocd_project_info", session_dir=str(directory), fails=True)["msg"]


def test_tokens(argocd: ArgoCD, run: RunModule) -> None:
    token = {"auth_username": ..., "auth_password": ...}
    assert run("argocd_project_info", auth_token=argocd.session(), **token)["projects"]
    refused = run("argocd_project_info", auth_token="nonsense", **token, fails=True)
    assert "does not accept auth_token" in refused["msg"] and "nonsense" not in refused["msg"]
    assert "No credentials" in run("argocd_project_info", **token, fails=True)["msg"]


def test_expired_token(argocd: ArgoCD, run: RunModule) -> None:
    made = argocd.call("POST", "/api/v1/account/robot/token", {"id": "short", "expiresIn": 1})
    time.sleep(2)
    refused = run("argocd_project_info", auth_token=made["token"], auth_username=..., auth_password=..., fails=True)
    assert "does not accept auth_token" in refused["msg"] and "It expired at 20" in refused["msg"]
    assert made["token"] not in refused["msg"]
    run("argocd_account", name="robot", tokens=[{"id": "short", "state": "absent"}])


def test_rights(argocd: ArgoCD, run: RunModule) -> None:
    """An account without rights: what is refused is named."""
    run("argocd_account", name="robot", new_password="robot-password")
    result = run("argocd_project", name="x", auth_username="robot", auth_password="robot-password", fails=True)
    assert "permission denied" in result["msg"]


@pytest.mark.parametrize("ca", ["system", "other"])
def test_certificate_is_checked(argocd: ArgoCD, run: RunModule, monkeypatch: pytest.MonkeyPatch, ca: str) -> None:
    """requests lets REQUESTS_CA_BUNDLE win over a session's own CA; the option must win."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")
    run("argocd_project_info")
    other = ... if ca == "system" else str(argocd.directory / "hub" / "ca.crt")
    result = run("argocd_project_info", ca_cert=other, fails=True)
    assert "No TLS connection" in result["msg"] and "ca_cert" in result["msg"]
    run("argocd_project_info", ca_cert=..., validate_certs=False)


def test_wrong_addresses(argocd: ArgoCD, run: RunModule) -> None:
    assert "cannot be reached" in run("argocd_project_info", server_url="https://127.0.0.1:1", fails=True)["msg"]
    assert "TLS only" in run("argocd_project_info", server_url="http://argocd.example.com", fails=True)["msg"]
    both = run("argocd_project_info", kubeconfig=str(argocd.hub.kubeconfig), fails=True)
    assert "mutually exclusive" in both["msg"]


@pytest.mark.trap("html-fallback")
@pytest.mark.parametrize("asked_for", ["application/json", "text/html"])
def test_addresses_that_are_not_the_api_s(argocd: ArgoCD, run: RunModule, asked_for: str) -> None:
    """Below another root the server has no API, and its page for whoever asks for HTML."""
    assert argocd.ask("GET", "/wrong/root/api/v1/projects", accept=asked_for)[0] in {200, 404, 500}
    result = run("argocd_project_info", server_url=argocd.url + "/wrong/root", fails=True)
    assert "root path" in result["msg"] and result["msg"].isprintable(), result["msg"]


def test_a_sign_on_page_in_front(run: RunModule) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<html>Sign in to continue</html>")

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        result = run("argocd_project_info", server_url=f"http://127.0.0.1:{proxy.server_address[1]}", fails=True)
        proxy.shutdown()
    assert "HTML page" in result["msg"] and "proxy or sign-on page" in result["msg"]


@pytest.mark.trap("content-type")
@pytest.mark.trap("encoded-paths")
def test_content_type_and_paths_are_exact(argocd: ArgoCD) -> None:
    """Anything but application/json is 415, and an unencoded URL in a path is redirected to another one."""
    transport = Transport(argocd.url, verify=str(argocd.ca_file))
    token = argocd.session()
    answer = transport.send("DELETE", ("v1", "repocreds", "https://git.example.com/a b+c"), token=token)
    assert answer.status == 404, answer
    assert transport.url(("v1", "clusters", "https://10.0.0.1")).endswith("/api/v1/clusters/https%3A%2F%2F10.0.0.1")
    transport.close()
