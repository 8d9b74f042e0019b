# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Argo CD's API does that its modules must not fall into, seen on the server itself.

A test that fails here says that a trap is gone, or has changed: the modules, and docs/argocd-api.md, can follow.
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule

pytestmark = pytest.mark.usefixtures("no_leftovers")

REPOSITORY = "https://git.example.com/team/web"


def encoded(url: str) -> str:
    return quote(url, safe="")


def set_of(project: str, **metadata: Any) -> dict[str, Any]:
    """An ApplicationSet that makes no application."""
    spec = {"project": project, "source": {"repoURL": REPOSITORY, "path": "."}, "destination": {"name": "in-cluster"}}
    return {
        "metadata": {"name": "trap", **metadata},
        "spec": {
            "goTemplate": True,
            "generators": [{"list": {"elements": []}}],
            "template": {"metadata": {"name": "x"}, "spec": spec},
        },
    }


@pytest.mark.trap("content-type")
def test_only_one_content_type_is_taken(argocd: ArgoCD) -> None:
    for kind in ("application/json; charset=utf-8", "text/plain", ""):
        status, answer = argocd.ask("DELETE", f"/api/v1/repocreds/{encoded(REPOSITORY)}", content_type=kind)
        assert (status, "content type" in str(answer).lower()) == (415, True), kind


@pytest.mark.trap("encoded-paths")
def test_a_url_in_a_path_is_redirected_elsewhere(argocd: ArgoCD) -> None:
    assert argocd.ask("DELETE", f"/api/v1/repocreds/{REPOSITORY}")[0] in {301, 307}


@pytest.mark.trap("unknown-fields")
def test_unknown_fields_are_dropped(argocd: ArgoCD) -> None:
    body = {"project": {"metadata": {"name": "trap"}, "spec": {"descripton": "typo"}}}
    assert "descripton" not in argocd.call("POST", "/api/v1/projects", body)["spec"]


@pytest.mark.trap("restarting-server")
def test_listeners_are_restarted_when_the_url_changes(argocd: ArgoCD) -> None:
    def restarts() -> int:
        return argocd.processes.log_tail("argocd-server", 100_000_000).count("url modified. restarting")

    before = restarts()
    patch = json.dumps({"data": {"url": f"https://argocd.example.com/{before}"}})
    argocd.hub.run("-n", "argocd", "patch", "configmap", "argocd-cm", "--type=merge", "-p", patch)
    argocd.processes.wait_until("argocd-server", lambda: restarts() > before)
    argocd.processes.wait_until("argocd-server", lambda: argocd.ask("GET", "/healthz")[0] == 200)


@pytest.mark.trap("not-found")
@pytest.mark.parametrize(
    ("path", "read", "deleted"),
    [
        ("applications/nope", 403, 403),
        ("applications/nope?project=default", 404, 404),
        (f"clusters/{encoded('https://nope.example.com')}?id.type=url", 403, 403),
        (f"repositories/{encoded(REPOSITORY)}", 403, 403),
        ("projects/nope", 404, 404),
        ("applicationsets/nope", 404, 404),
        ("account/nope", 404, None),
        ("account/robot/token/nope", None, 404),
        (f"repocreds/{encoded(REPOSITORY)}", None, 404),
        ("certificates?hostNamePattern=nope.example.com", 200, 200),
    ],
)
def test_what_is_not_there_has_many_answers(argocd: ArgoCD, path: str, read: int | None, deleted: int | None) -> None:
    for method, expected in (("GET", read), ("DELETE", deleted)):
        assert expected is None or argocd.ask(method, f"/api/v1/{path}")[0] == expected, method


@pytest.mark.trap("not-found")
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("argocd_application", {"name": "nope"}),
        ("argocd_application_set", {"name": "nope"}),
        ("argocd_cluster", {"server": "https://nope.example.com"}),
        ("argocd_repository", {"repo": REPOSITORY}),
        ("argocd_repository", {"repo": REPOSITORY, "project": "default"}),
        ("argocd_repository_credentials", {"url": REPOSITORY}),
        ("argocd_project", {"name": "nope"}),
        ("argocd_certificate", {"server_name": "nope.example.com", "type": "https"}),
        ("argocd_account", {"name": "robot", "tokens": [{"id": "nope", "state": "absent"}]}),
    ],
)
def test_what_is_not_there_need_not_be_removed(run: RunModule, module: str, options: dict[str, Any]) -> None:
    state = {} if module == "argocd_account" else {"state": "absent"}
    for check in (True, False):
        assert not run(module, check=check, **options, **state)["changed"]


@pytest.mark.trap("repocreds-put")
def test_credentials_cannot_be_put(argocd: ArgoCD) -> None:
    body = {"url": REPOSITORY, "username": "robot", "password": "secret"}
    argocd.call("POST", "/api/v1/repocreds", body)
    assert argocd.ask("PUT", f"/api/v1/repocreds/{encoded(REPOSITORY)}", body)[0] == 404


@pytest.mark.trap("echoed-secrets")
def test_an_upsert_answers_the_secrets(argocd: ArgoCD) -> None:
    body = {"repo": REPOSITORY, "type": "git", "username": "robot", "password": "secret", "project": "default"}
    argocd.call("POST", "/api/v1/repositories", body)
    answer = argocd.call("POST", "/api/v1/repositories?upsert=true", {**body, "password": "other-secret"})
    assert "other-secret" in str(answer)


@pytest.mark.trap("write-back")
@pytest.mark.trap("identical-post")
@pytest.mark.trap("blank-credentials")
@pytest.mark.trap("refresh-annotation")
def test_clusters(argocd: ArgoCD) -> None:
    server = argocd.spoke.server
    path = f"/api/v1/clusters/{encoded(server)}"
    config = {"bearerToken": argocd.spoke.token, "tlsClientConfig": {"insecure": True}}
    body = {"server": server, "name": "trap", "config": config}
    argocd.call("POST", "/api/v1/clusters", body)
    argocd.call("POST", f"{path}/invalidate-cache?id.type=url")
    assert argocd.ask("POST", "/api/v1/clusters", body)[0] == 400, "the same POST twice"
    returned = argocd.call("GET", f"{path}?id.type=url")
    assert "argocd.argoproj.io/refresh" in returned["annotations"]
    assert "bearerToken" not in returned["config"]
    argocd.call("PUT", f"{path}?id.type=url", returned)
    (name,) = argocd.hub.run(
        "-n", "argocd", "get", "secrets", "-l", "argocd.argoproj.io/secret-type=cluster", "-o", "name"
    ).split()
    stored = argocd.hub.run("-n", "argocd", "get", name, "-o", "go-template={{.data.config | base64decode}}")
    assert "bearerToken" not in stored, "what was read was written back, and the credentials stayed"
    argocd.call("DELETE", f"{path}?id.type=url")
    blank = argocd.call("POST", "/api/v1/clusters", {**body, "config": {"tlsClientConfig": {"insecure": True}}})
    assert blank["connectionState"]["status"] == "Successful"


@pytest.mark.trap("put-replaces")
@pytest.mark.trap("untested-credentials")
def test_a_repository_is_replaced_whole_and_untested(argocd: ArgoCD) -> None:
    body = {"repo": "http://127.0.0.1:1/x", "type": "git", "username": "robot", "password": "x", "project": "default"}
    path = f"/api/v1/repositories/{encoded(body['repo'])}"
    argocd.call("POST", "/api/v1/repositories", body)  # nobody listens there
    argocd.call("PUT", path, {"repo": body["repo"], "project": "default", "name": "renamed"})
    (name,) = argocd.hub.run(
        "-n", "argocd", "get", "secrets", "-l", "argocd.argoproj.io/secret-type=repository", "-o", "name"
    ).split()
    assert not argocd.hub.run("-n", "argocd", "get", name, "-o", "jsonpath={.data.password}")


@pytest.mark.trap("secret-probe")
def test_a_post_without_upsert_tells_a_difference_and_writes_nothing(argocd: ArgoCD) -> None:
    body = {"url": REPOSITORY, "type": "git", "username": "robot", "password": "secret"}
    argocd.call("POST", "/api/v1/repocreds", body)
    writes = len(argocd.writes())
    assert argocd.ask("POST", "/api/v1/repocreds", body)[0] == 200
    status, answer = argocd.ask("POST", "/api/v1/repocreds", {**body, "password": "other-secret"})
    assert status == 400 and "Password" in answer["message"] and "other-secret" not in answer["message"]
    assert argocd.writes()[writes:] == []


@pytest.mark.trap("resource-version")
@pytest.mark.trap("project-upsert")
@pytest.mark.trap("policy-spelling")
def test_projects(argocd: ArgoCD) -> None:
    role = {"name": "ci", "policies": ["p,proj:trap:ci,  applications,sync,trap/*, allow"]}
    project = {"metadata": {"name": "trap", "labels": {"a": "1"}}, "spec": {"roles": [role]}}
    stored = argocd.call("POST", "/api/v1/projects", {"project": project})
    assert stored["spec"]["roles"][0]["policies"] != role["policies"]
    assert argocd.ask("PUT", "/api/v1/projects/trap", {"project": project})[0] == 400
    changed = {"metadata": {"name": "trap", "labels": {"b": "2"}}, "spec": {"description": "new"}}
    stored = argocd.call("POST", "/api/v1/projects", {"project": changed, "upsert": True})
    assert (stored["spec"]["description"], stored["metadata"]["labels"]) == ("new", {"a": "1"})


@pytest.mark.trap("project-tokens")
def test_an_update_without_status_revokes_tokens(argocd: ArgoCD) -> None:
    project = {"metadata": {"name": "trap"}, "spec": {"roles": [{"name": "ci", "policies": []}]}}
    argocd.call("POST", "/api/v1/projects", {"project": project})
    token = argocd.call("POST", "/api/v1/projects/trap/roles/ci/token", {"expiresIn": 3600, "id": "x"})["token"]
    assert argocd.call("GET", "/api/v1/session/userinfo", token=token)["loggedIn"] is True
    live = argocd.call("GET", "/api/v1/projects/trap")
    live.pop("status")
    live["spec"]["roles"][0].pop("jwtTokens")
    argocd.call("PUT", "/api/v1/projects/trap", {"project": live})
    end = time.monotonic() + 30
    while argocd.ask("GET", "/api/v1/session/userinfo", token=token)[1].get("loggedIn"):
        assert time.monotonic() < end, "the token still works"
        time.sleep(0.2)


@pytest.mark.trap("upsert-merges")
@pytest.mark.trap("put-replaces-metadata")
@pytest.mark.trap("dropped-zeros")
@pytest.mark.trap("hydrate-annotation")
def test_applications(argocd: ArgoCD, spec: dict[str, Any]) -> None:
    metadata = {"name": "trap", "labels": {"a": "1"}, "finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    stored = argocd.call("POST", "/api/v1/applications", {"metadata": metadata, "spec": spec})
    assert "directory" not in stored["spec"]["source"]
    body = {"metadata": {"name": "trap", "labels": {"b": "2"}}, "spec": spec}
    stored = argocd.call("POST", "/api/v1/applications?upsert=true", body)
    assert stored["metadata"]["labels"] == {"a": "1", "b": "2"}
    assert "finalizers" not in stored["metadata"]
    stored = argocd.call("PUT", "/api/v1/applications/trap?project=default", body)
    assert stored["metadata"]["labels"] == {"b": "2"}
    refreshed = argocd.call("GET", "/api/v1/applications/trap?project=default&refresh=normal")
    assert "argocd.argoproj.io/hydrate" in refreshed["metadata"]["annotations"]


@pytest.mark.trap("appset-put")
@pytest.mark.trap("appset-labels")
@pytest.mark.trap("generator-defaults")
def test_application_sets(argocd: ArgoCD) -> None:
    body = set_of("default", labels={"a": "1"})
    stored = argocd.call("POST", "/api/v1/applicationsets", body)
    assert "template" in stored["spec"]["generators"][0]["list"]
    assert argocd.ask("PUT", "/api/v1/applicationsets/trap", body)[0] == 405
    other = {**body, "metadata": {"name": "trap", "labels": {"b": "2"}}}
    stored = argocd.call("POST", "/api/v1/applicationsets?upsert=true", other)
    assert stored["metadata"]["labels"] == {"a": "1", "b": "2"}


@pytest.mark.trap("templated-project")
def test_a_project_cannot_come_from_a_template(argocd: ArgoCD) -> None:
    status, answer = argocd.ask("POST", "/api/v1/applicationsets", set_of("{{ .project }}"))
    assert status == 500 and "templated" in answer["message"]


@pytest.mark.trap("password-errors")
@pytest.mark.trap("token-errors")
def test_accounts(argocd: ArgoCD) -> None:
    password = {"name": "robot", "newPassword": "long-enough", "currentPassword": "wrong"}
    assert argocd.ask("PUT", "/api/v1/account/password", password)[0] == 400
    short = {**password, "newPassword": "short", "currentPassword": argocd.admin_password}
    assert argocd.ask("PUT", "/api/v1/account/password", short)[0] == 500
    argocd.call("POST", "/api/v1/account/robot/token", {"id": "trap"})
    assert argocd.ask("POST", "/api/v1/account/robot/token", {"id": "trap"})[0] == 500
    argocd.call("DELETE", "/api/v1/account/robot/token/trap")
    assert argocd.ask("POST", "/api/v1/account/reader/token", {"id": "trap"})[0] == 500
