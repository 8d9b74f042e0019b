# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From nothing to applications that follow Git, told in order: each test starts where the one before ended.

Builds, which take long, are in test_push_to_prod.py and off here.
"""

from __future__ import annotations

import itertools
import re
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import lab_instance
import pytest
from ansible_runs import Workplace
from platform_view import ARGOCD, Platform, ready_since, wait_until
from real_lab import RealLab
from registry_client import NAME as REGISTRY
from registry_client import RegistryClient

pytestmark = pytest.mark.real

# Calls of Argo CD's API that change nothing it keeps.
READING = re.compile(
    r"^(session\.SessionService/Create|version\.VersionService/Version|\S+/(Get\w*|List\w*|Generate))$"
)
ARGOCD_OBJECTS = ("appprojects", "applicationsets", "applications")
# Argo CD asks Git every 10 s in inventories/local; then come rendering, sync and a pod.
FOLLOWS_GIT_WITHIN = 90.0
# Traefik takes up changes every two seconds, and a run of site.yml does not wait for that.
ROUTED_WITHIN = 30.0


@pytest.fixture(scope="module")
def platform(workplace: Workplace, real_lab: RealLab) -> Platform:
    lab_instance.create_example_repositories(real_lab.environment)
    workplace.edit(
        "local/group_vars/all/local.yml", slipway_tekton={"enabled": False}, slipway_pipelines={"enabled": False}
    )
    return Platform(workplace, real_lab)


def test_check_before_there_is_anything_touches_nothing(platform: Platform) -> None:
    check = platform.workplace.run("site.yml", "local", "--check", "--diff").succeeded()
    assert check.mutating == []
    announced = {(task, host) for task, host, _ in check.changed}
    assert ("slipway.gitops.argocd : Say that Argo CD comes with the hub", "hub") in announced
    assert ("slipway.gitops.applications : Say that applications come with Argo CD", "hub") in announced


def test_one_run_brings_the_platform_up(platform: Platform) -> None:
    run = platform.workplace.run("site.yml", "local").succeeded()
    report = run.message("Report")
    assert re.search(r"web-dev +Synced, Healthy, Git is at \w{7}, web\.dev\.example\.com\n", report)
    assert re.search(r"web-prod +OutOfSync, Missing", report)
    hub = platform.cluster("hub")
    pools = {name: hub.pool_of(pod) for name, pod in hub.pods(ARGOCD).items()}
    assert len(pools) >= 6
    assert set(pools.values()) == {"tools"}


def test_web_answers_in_dev_with_the_commit_it_is_built_of(platform: Platform) -> None:
    answer = platform.web("dev")
    assert answer is not None
    [repository] = [item for item in platform.git.repositories() if item["name"] == "web"]
    assert answer["commit"] == repository["branches"]["main"]
    assert (answer["environment"], answer["version"]) == ("dev", "1.0.0")
    dev = platform.cluster("dev")
    assert {dev.pool_of(pod) for pod in dev.pods("web").values()} == {"workloads"}
    labels = dev.namespace("web").metadata.labels
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_web_answers_by_its_name(platform: Platform) -> None:
    assert set(platform.load_balancers()) == {"hub-ingress", "dev-ingress", "prod-ingress"}
    for name in ("dev", "prod"):
        assert platform.address(f"web.{name}.example.com") == platform.load_balancers()[f"{name}-ingress"][1]
    for name in ("web.dev.example.com", "shop.dev.example.com"):
        wait_until(f"{name} answers", partial(platform.answers, name), ROUTED_WITHIN)
    assert platform.ask("web.dev.example.com").json()["environment"] == "dev"
    # Traefik is there, the applications are not.
    assert platform.ask("web.prod.example.com").status_code == 404


def test_prod_waits_for_a_person(platform: Platform) -> None:
    assert platform.state("web-prod") == ("OutOfSync", "Missing")
    assert platform.state("shop-prod") == ("OutOfSync", "Missing")
    assert platform.cluster("prod").pods("web") == {}


def test_the_parts_of_the_shop_came_one_after_the_other(platform: Platform) -> None:
    pods = platform.cluster("dev").pods("shop")
    parts = ["database", "api", "worker", "frontend"]
    assert set(pods) == set(parts)
    for earlier, later in itertools.pairwise(parts):
        created = pods[later].metadata.creation_timestamp
        assert created >= ready_since(pods[earlier]), f"{later} was started before {earlier} was ready"
    assert platform.cluster("dev").get("shop", "frontend") is not None


def test_second_run_changes_nothing_anywhere(platform: Platform) -> None:
    before = {kind: _specs(platform, kind) for kind in ARGOCD_OBJECTS}
    # The log has whole seconds.
    started = datetime.now(UTC).replace(microsecond=0)
    run = platform.workplace.run("site.yml", "local").succeeded()
    assert run.changed == []
    assert run.mutating == []
    # What the README promises. Nodes that pull an image ask for a login at any time.
    asked = [request.path for request in run.requests if request.path != "/v2/registry/auth"]
    assert len(asked) <= 10 * len(platform.workplace.clusters())
    # They are read, and each reading makes a credential.
    assert [request.path for request in run.requests if request.path.endswith("/docker-credentials")] == []
    calls = platform.calls_of_argocd(started)
    assert calls, "Argo CD's log does not show the calls of the run"
    assert [call for call in calls if not READING.match(call)] == []
    assert {kind: _specs(platform, kind) for kind in ARGOCD_OBJECTS} == before
    assert "Nothing had to change." in run.message("Report")


def _specs(platform: Platform, kind: str) -> dict[str, tuple[str, str]]:
    """Who an object is, and what it says."""
    return {name: (item["metadata"]["uid"], str(item["spec"])) for name, item in platform.objects(kind).items()}


def test_a_push_reaches_dev_and_not_prod(platform: Platform, tmp_path: Path) -> None:
    commit = platform.push(
        "web", "deploy/base/kustomization.yaml", "newTag: 1.0.0", "newTag: 1.1.0", tmp_path / "clone"
    )
    wait_until(
        "version 1.1.0 answers in dev",
        lambda: (platform.web("dev") or {}).get("version") == "1.1.0",
        FOLLOWS_GIT_WITHIN,
    )
    wait_until("web-dev is Synced and Healthy", lambda: platform.state("web-dev") == ("Synced", "Healthy"), 60)
    assert platform.objects("applications")["web-dev"]["status"]["sync"]["revision"] == commit
    assert platform.state("web-prod") == ("OutOfSync", "Missing")
    assert platform.cluster("prod").pods("web") == {}


def test_what_is_changed_by_hand_in_dev_is_undone(platform: Platform) -> None:
    dev = platform.cluster("dev")
    dev.apps.patch_namespaced_deployment("web", "web", {"spec": {"replicas": 3}})
    wait_until("one replica again", lambda: dev.apps.read_namespaced_deployment("web", "web").spec.replicas == 1, 60)
    dev.core.delete_namespaced_service("web", "web")
    wait_until("web answers again", lambda: platform.web("dev") is not None, 60)


def test_nodes_pull_the_app_with_the_sealed_pull_secret(platform: Platform, real_lab: RealLab, tmp_path: Path) -> None:
    """An image that only the registry has, pushed with the credential that builds have."""
    login = platform.cluster("hub").docker_login("builds", "registry-push")
    released = RegistryClient(real_lab, login, tmp_path / "docker").release("slipway/web", "1.1.0", "1.1.1")
    platform.push("web", "deploy/base/kustomization.yaml", "newTag: 1.1.0", "newTag: 1.1.1", tmp_path / "clone")
    dev = platform.cluster("dev")
    wait_until("dev runs it", lambda: dev.images("web") == {f"{REGISTRY}/slipway/web@{released}"}, FOLLOWS_GIT_WITHIN)
    assert dev.core.read_namespaced_service_account("web", "web").image_pull_secrets[0].name == "registry-pull"
    sealed = dev.custom.get_namespaced_custom_object("bitnami.com", "v1alpha1", "web", "sealedsecrets", "registry-pull")
    assert sealed["spec"]["template"]["metadata"]["annotations"]["slipway.gitops/access"] == "read_only"
    wait_until("web-dev is Synced and Healthy", lambda: platform.state("web-dev") == ("Synced", "Healthy"), 60)


def test_prod_changes_when_a_person_lets_it(platform: Platform) -> None:
    promote = ("playbooks/promote.yml", "local", "-e", "promote_application=web,shop")
    # Nobody answers here, so it is not confirmed.
    refused = platform.workplace.run(*promote)
    assert refused.returncode != 0
    assert platform.cluster("prod").pods("web") == {}

    platform.workplace.run(*promote, "-e", "promote_confirm=true").succeeded()
    assert platform.state("web-prod") == ("Synced", "Healthy")
    assert platform.state("shop-prod") == ("Synced", "Healthy")
    answer = platform.web("prod")
    assert answer is not None
    # The program is 1.1.0, of which 1.1.1 is another image.
    assert (answer["environment"], answer["version"]) == ("prod", "1.1.0")
    assert platform.cluster("prod").images("web") == platform.cluster("dev").images("web")
    wait_until("web answers by its name", partial(platform.answers, "web.prod.example.com"), ROUTED_WITHIN)
    assert platform.ask("web.prod.example.com").json()["environment"] == "prod"


def test_what_is_changed_by_hand_in_prod_shows_and_stays(platform: Platform) -> None:
    prod = platform.cluster("prod")
    wanted = prod.apps.read_namespaced_deployment("web", "web").spec.replicas
    prod.apps.patch_namespaced_deployment("web", "web", {"spec": {"replicas": wanted + 1}})
    wait_until("web-prod is OutOfSync", lambda: platform.state("web-prod")[0] == "OutOfSync", 60)
    # Two more comparisons with Git.
    time.sleep(20)
    assert platform.state("web-prod")[0] == "OutOfSync"
    assert prod.apps.read_namespaced_deployment("web", "web").spec.replicas == wanted + 1


def test_destroy_of_dev_takes_it_out_of_argocd_too(platform: Platform) -> None:
    run = platform.workplace.destroy(
        "local", "--limit", "dev", "-e", "destroy_confirm=dev", "-e", "destroy_associated_resources=true"
    ).succeeded()
    assert platform.workplace.clusters() == ["hub", "prod"]
    assert [name for name in platform.objects("applications") if name.endswith("-dev")] == []
    assert platform.registered() == ["hub", "prod"]
    report = run.message("Say what was removed")
    assert "remove cluster dev from Argo CD" in report
    assert report.count("revoke the read-only (pull) credentials") == 1
    for application in ("web-dev", "shop-dev"):
        assert f"remove application {application} from Argo CD and leave what it deployed" in report


def test_destroy_leaves_nothing(platform: Platform) -> None:
    everything = ("-e", "destroy_confirm=hub,prod", "-e", "destroy_associated_resources=true")
    kept = platform.workplace.destroy("local", "--check", *everything).succeeded()
    assert "STAYS and goes on costing: it holds 1 image in web" in kept.message("Say what is to be removed")
    run = platform.workplace.destroy("local", *everything, "-e", "destroy_registry_confirm=slipway").succeeded()
    report = run.message("Say what was removed")
    assert "delete container registry slipway with 1 image in web" in report
    assert report.count("revoke the read-only (pull) credentials") == 1
    assert report.count("revoke the read-write (pull and push) credentials") == 1
    assert (platform.workplace.clusters(), platform.workplace.registries()) == ([], [])
    for name in ("hub", "prod"):
        assert report.count(f"delete load balancer {name}-ingress") == 1
    assert (platform.load_balancers(), platform.workplace.records("example.com")) == ({}, [])
    # What is sealed in Git can be opened by the next cluster of the name.
    left = sorted(path.name for path in platform.workplace.kubeconfigs.rglob("*") if path.is_file())
    assert left == ["dev-sealing-keys.yml", "hub-sealing-keys.yml", "prod-sealing-keys.yml"]
