# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From nothing to applications that follow Git, told in order: each test starts where the one before ended.

Clusters, Argo CD and applications only. Registry, Sealed Secrets, ingress and builds are in test_push_to_prod.py, which
takes as long as all of this.
"""

from __future__ import annotations

import itertools
import re
import time
from pathlib import Path

import changed_settings
import core_environments
import example_repositories
import pytest
from ansible_runs import Workplace, assert_check_told_what_was_done, environment_of
from platform_view import ARGOCD, Platform, ready_since, wait_until
from real_lab import RealLab
from slim_inventory import clusters_and_applications_only
from untouched import untouched

pytestmark = pytest.mark.real

# Argo CD asks Git every 10 s in inventories/local; then come rendering, sync and a pod.
FOLLOWS_GIT_WITHIN = 90.0


@pytest.fixture(scope="module")
def platform(workplace: Workplace, real_lab: RealLab) -> Platform:
    example_repositories.create(real_lab.environment)
    clusters_and_applications_only(workplace)
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
    assert re.search(r"web-dev +Synced, Healthy, Git is at \w{7}\n", report)
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
    with untouched(platform):
        run = platform.workplace.run("site.yml", "local").succeeded()
    assert run.changed == []
    assert run.mutating == []
    # What the README promises.
    assert len(run.requests) <= 10 * len(platform.workplace.clusters())
    assert "Nothing had to change." in run.message("Report")


def test_check_where_nothing_changed_changes_nothing_anywhere(platform: Platform) -> None:
    """On the smallest ansible-core; the rest of the story is told on the newest."""
    smallest = core_environments.supported()[0]
    with untouched(platform):
        check = platform.workplace.run("site.yml", "local", "--check", "--diff", **environment_of(smallest))
    check.succeeded()
    assert check.changed == []
    assert check.mutating == []
    assert "Nothing had to change." in check.message("Report")


def test_check_tells_what_a_change_of_each_role_does(platform: Platform) -> None:
    roles = ("do_cluster", "argocd", "argocd_spokes", "applications")
    changed_settings.change(platform.workplace, *roles)
    check = platform.workplace.run("site.yml", "local", "--check", "--diff").succeeded()
    run = platform.workplace.run("site.yml", "local", "--diff").succeeded()
    assert_check_told_what_was_done(check, run)
    assert changed_settings.changed_roles(run) == set(roles)


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
    assert (answer["environment"], answer["version"]) == ("prod", "1.1.0")
    assert platform.cluster("prod").images("web") == platform.cluster("dev").images("web")


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
    for application in ("web-dev", "shop-dev"):
        assert f"remove application {application} from Argo CD and leave what it deployed" in report


def test_destroy_leaves_nothing(platform: Platform) -> None:
    everything = ("-e", "destroy_confirm=hub,prod", "-e", "destroy_associated_resources=true")
    run = platform.workplace.destroy("local", *everything).succeeded()
    plan, report = run.message("Say what is to be removed"), run.message("Say what was removed")
    assert report.splitlines()[1:] == plan.splitlines()[1:]
    assert platform.workplace.is_empty()
    assert [path for path in platform.workplace.kubeconfigs.rglob("*") if path.is_file()] == []
