# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a push to prod with everything on, told in order: each test starts where the one before ended."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import build_runs
import changed_settings
import example_repositories
import lab_instance
import pytest
import yaml
from ansible_runs import Workplace, assert_check_told_what_was_done
from platform_view import Platform, Watch, wait_until
from pod_table import SeenPods, documented
from real_lab import RealLab
from registry_client import RegistryClient
from untouched import untouched

pytestmark = [pytest.mark.real, pytest.mark.long]

NAMESPACE = "builds"
IMAGE = "registry.digitalocean.com/slipway/web"
SOURCE = "internal/server/server.go"
PROMOTE = ("playbooks/promote.yml", "local", "-e", "promote_application=web", "-e", "promote_confirm=true")
# Tests, a build with empty caches, and Argo CD.
PUSH_TO_DEV_WITHIN = 900.0
# Traefik takes up changes every two seconds, and neither site.yml nor promote.yml waits for that.
ROUTED_WITHIN = 30.0
ENVIRONMENTS = ("dev", "prod")


@pytest.fixture(scope="module")
def platform(workplace: Workplace, real_lab: RealLab) -> Platform:
    subprocess.run([lab_instance.LAB, "prepare", *lab_instance.PLATFORM_IMAGES], env=real_lab.environment, check=True)
    example_repositories.create(real_lab.environment)
    return Platform(workplace, real_lab)


@pytest.fixture(scope="module")
def pods() -> SeenPods:
    return SeenPods()


def overlays(platform: Platform, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What the overlays of the web app say of images, as the Git server has them."""
    clone = ["git", "clone", "--quiet", platform.git.url_with_password("web"), str(folder)]
    subprocess.run(clone, check=True, capture_output=True)
    found = {name: folder / "deploy/overlays" / name / "kustomization.yaml" for name in ENVIRONMENTS}
    return {name: yaml.safe_load(path.read_text()).get("images", []) for name, path in found.items()}


def answer(platform: Platform, environment: str) -> tuple[str, str]:
    """Environment and commit that the web app says through the load balancer; empty while nobody answers."""
    said = platform.says(f"web.{environment}.example.com")
    return said.get("environment", ""), said.get("commit", "")


def images(platform: Platform) -> dict[str, set[str]]:
    """What the pods run."""
    return {name: platform.cluster(name).images("web") for name in ENVIRONMENTS}


def test_check_before_there_is_anything_touches_nothing(platform: Platform) -> None:
    assert platform.workplace.run("site.yml", "local", "--check", "--diff").succeeded().mutating == []


def test_one_run_brings_the_platform_up(platform: Platform) -> None:
    report = platform.workplace.run("site.yml", "local").succeeded().message("Report")
    assert "Builds of web; webhooks go to http://builds.hub.example.com/" in report
    assert "create webhook http://builds.hub.example.com/" in report


def test_applications_answer_by_their_names_in_dev(platform: Platform) -> None:
    assert set(platform.load_balancers()) == {"hub-ingress", "dev-ingress", "prod-ingress"}
    for name in ENVIRONMENTS:
        assert platform.address(f"web.{name}.example.com") == platform.load_balancers()[f"{name}-ingress"][1]
    for name in ("web.dev.example.com", "shop.dev.example.com"):
        wait_until(f"{name} answers", partial(platform.answers, name), ROUTED_WITHIN)
    # Traefik is there, the applications are not.
    assert platform.ask("web.prod.example.com").status_code == 404


def test_a_push_is_in_dev_by_itself_and_in_prod_after_a_person_let_it(
    platform: Platform, real_lab: RealLab, pods: SeenPods, tmp_path: Path
) -> None:
    platform.workplace.run(*PROMOTE).succeeded()
    [repository] = [item for item in platform.git.repositories() if item["name"] == "web"]
    first = repository["branches"]["main"]
    for name in ENVIRONMENTS:
        wait_until(f"{name} answers", lambda name=name: answer(platform, name) == (name, first), ROUTED_WITHIN)
    old = images(platform)

    commit = platform.push(
        "web", SOURCE, "// Package server answers", "// Package server gives", tmp_path / "developer"
    )

    def in_dev() -> bool:
        pods.look("hub", platform.cluster("hub"), NAMESPACE)
        # Fails when the build does, so that nobody waits for what does not come.
        build_runs.of_commit(platform.runs(NAMESPACE), commit)
        return answer(platform, "dev") == ("dev", commit)

    wait_until("dev answers with the commit that was pushed", in_dev, PUSH_TO_DEV_WITHIN)
    wait_until("the run has ended", lambda: "completionTime" in platform.runs(NAMESPACE)[0]["status"], 60)
    [run] = platform.runs(NAMESPACE)
    results = {result["name"]: result["value"] for result in run["status"]["results"]}
    digest = results["IMAGE_DIGEST"]
    assert (results["commit"], results["IMAGE_URL"], results["outcome"]) == (commit, IMAGE, "written")
    login = platform.cluster("hub").docker_login(NAMESPACE, "registry-push")
    registry = RegistryClient(real_lab, login, tmp_path / "docker")
    assert registry.digest("slipway/web", commit[:12]) == digest
    written = [{"name": IMAGE, "digest": digest}]
    assert overlays(platform, tmp_path / "after-build") == {"dev": written, "prod": []}
    new = {f"{IMAGE}@{digest}"}
    wait_until("the pod of before is gone", lambda: images(platform)["dev"] == new, 90)

    assert (images(platform)["prod"], answer(platform, "prod")) == (old["prod"], ("prod", first))
    assert old["prod"] == old["dev"] != new
    wait_until("web-dev is Synced and Healthy", lambda: platform.state("web-dev") == ("Synced", "Healthy"), 60)

    platform.workplace.run(*PROMOTE).succeeded()
    assert overlays(platform, tmp_path / "after-promotion") == {"dev": written, "prod": written}
    wait_until("prod runs what dev runs", lambda: images(platform) == dict.fromkeys(ENVIRONMENTS, new), 90)
    wait_until("prod answers with it", lambda: answer(platform, "prod") == ("prod", commit), ROUTED_WITHIN)
    # Neither the commit of the digest nor that of the promotion was built.
    assert sorted(run["spec"]["pipelineRef"]["name"] for run in platform.runs(NAMESPACE)) == [
        "build-go",
        "promote-digest",
    ]


def test_second_run_changes_nothing(platform: Platform) -> None:
    with untouched(platform):
        run = platform.workplace.run("site.yml", "local").succeeded()
    assert run.changed == []
    assert run.mutating == []
    assert "Nothing had to change." in run.message("Report")
    # What the README promises. Nodes that pull an image ask for a login at any time.
    asked = [request.path for request in run.requests if request.path != "/v2/registry/auth"]
    assert len(asked) <= 10 * len(platform.workplace.clusters())
    # They are read, and each reading makes a credential.
    assert [path for path in asked if path.endswith("/docker-credentials")] == []
    # Registry and application both declare the namespace.
    for name in ENVIRONMENTS:
        labels = platform.cluster(name).namespace("web").metadata.labels
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_check_where_nothing_changed_changes_nothing_anywhere(platform: Platform) -> None:
    with untouched(platform):
        check = platform.workplace.run("site.yml", "local", "--check", "--diff").succeeded()
    assert check.changed == []
    assert check.mutating == []
    assert "Nothing had to change." in check.message("Report")


def test_check_tells_what_a_change_of_each_role_does(platform: Platform) -> None:
    changed_settings.change(platform.workplace, *changed_settings.ROLES)
    check = platform.workplace.run("site.yml", "local", "--check", "--diff").succeeded()
    run = platform.workplace.run("site.yml", "local", "--diff").succeeded()
    assert_check_told_what_was_done(check, run)
    assert changed_settings.changed_roles(run) == set(changed_settings.ROLES)


def test_nodes_pull_what_was_built_with_the_sealed_pull_secret(platform: Platform) -> None:
    dev = platform.cluster("dev")
    assert dev.core.read_namespaced_service_account("web", "web").image_pull_secrets[0].name == "registry-pull"
    sealed = dev.custom.get_namespaced_custom_object("bitnami.com", "v1alpha1", "web", "sealedsecrets", "registry-pull")
    assert sealed["spec"]["template"]["metadata"]["annotations"]["slipway.gitops/access"] == "read_only"


def test_every_pod_is_as_documented(platform: Platform, pods: SeenPods) -> None:
    clusters = {name: platform.cluster(name) for name in ("hub", *ENVIRONMENTS)}
    for name, cluster in clusters.items():
        pods.look(name, cluster)
    assert pods.unplaced() == []
    assert pods.privileged() == []
    facts, rows = pods.facts(clusters), documented()
    missing = [fact.row() for fact in facts if fact not in rows]
    assert missing == [], "docs/pods.md has not:\n" + "\n".join(missing)
    assert [row.row() for row in rows if row not in facts] == []
    assert [row.pod for row, why in rows.items() if (row.profile != "restricted") != bool(why)] == []


def test_a_cluster_made_anew_has_address_and_name_of_the_old_one(platform: Platform) -> None:
    before, address, said = platform.load_balancers(), platform.address("web.dev.example.com"), answer(platform, "dev")
    assert set(before) == {"hub-ingress", "dev-ingress", "prod-ingress"}
    with Watch(platform.load_balancers) as seen:
        run = platform.workplace.destroy("local", "--limit", "dev", "-e", "destroy_confirm=dev").succeeded()
        report = run.message("Say what was removed")
        assert "STAYS and goes on costing: load balancer dev-ingress" in report
        assert report.count("revoke the read-only (pull) credentials") == 1
        assert platform.workplace.clusters() == ["hub", "prod"]
        platform.workplace.run("site.yml", "local").succeeded()
    assert len(seen) > 1
    assert [balancers for balancers in seen if balancers != before] == []
    assert platform.address("web.dev.example.com") == address
    wait_until("dev answers as before", lambda: answer(platform, "dev") == said, ROUTED_WITHIN)


def test_destroy_leaves_nothing_although_it_was_killed(platform: Platform) -> None:
    everything = ("-e", "destroy_confirm=hub,dev,prod", "-e", "destroy_associated_resources=true")
    named = (*everything, "-e", "destroy_registry_confirm=slipway")
    kept = platform.workplace.destroy("local", "--check", *everything).succeeded()
    assert "STAYS and goes on costing: it holds" in kept.message("Say what is to be removed")
    check = platform.workplace.destroy("local", "--check", *named).succeeded()
    assert check.mutating == []
    plan = check.message("Say what is to be removed")
    for words in ("delete webhook http", *(f"delete load balancer {name}-ingress" for name in ("hub", *ENVIRONMENTS))):
        assert plan.count(words) == 1, plan
    assert plan.count("revoke the read-only (pull) credentials") == 2
    assert plan.count("revoke the read-write (pull and push) credentials") == 1
    platform.workplace.kill_at("DELETE /v2/kubernetes", "playbooks/destroy.yml", "local", *named)
    run = platform.workplace.destroy("local", *named).succeeded()
    assert "delete container registry slipway with" in run.message("Say what was removed")
    assert platform.workplace.is_empty()
    assert platform.workplace.records("example.com") == []
    assert [hook for item in platform.git.repositories() for hook in item["webhooks"]] == []
    left = sorted(path.name for path in platform.workplace.kubeconfigs.rglob("*") if path.is_file())
    assert left == ["dev-sealing-keys.yml", "hub-sealing-keys.yml", "prod-sealing-keys.yml"]
