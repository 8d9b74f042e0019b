# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_applications: all applications with a label by one task, until they run."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.config_maps import color, config_map
from argocd_server.modules import RunModule
from git_work_tree import WorkTree

pytestmark = pytest.mark.usefixtures("no_leftovers")
SELECTOR = "team=web"
GOES_WITH_IT = ["resources-finalizer.argocd.argoproj.io"]


def names(argocd: ArgoCD) -> list[str]:
    found: Any = argocd.hub.get("-n", NAMESPACE, "applications")
    return sorted(item["metadata"]["name"] for item in found["items"])


@pytest.fixture
def wanted(spec: dict[str, Any], repository: WorkTree) -> dict[str, Any]:
    """Two applications that sync by themselves, the second from a folder of its own."""
    repository.commit({"shop/config.yaml": config_map("shop", color="red")})
    automated = {**spec, "syncPolicy": {"automated": {"prune": True, "selfHeal": True}}}
    shop = {**automated, "source": {**automated["source"], "path": "shop"}}
    return {
        "selector": SELECTOR,
        "applications": [
            {"name": name, "labels": {"team": "web"}, "spec": one, "finalizers": GOES_WITH_IT, "purge": ["spec"]}
            for name, one in (("web", automated), ("shop", shop))
        ],
    }


def test_life(argocd: ArgoCD, run: RunModule, wanted: dict[str, Any], spec: dict[str, Any]) -> None:
    run("argocd_application", name="others", spec=spec, labels={"team": "other"})
    check = run("argocd_applications", check=True, **wanted)
    assert check["changes"] == ["create application web", "create application shop"]
    assert names(argocd) == ["others"]

    done = run("argocd_applications", **wanted)
    assert done["changes"] == check["changes"]
    assert set(done["diff"]["after"]) == {"Application web", "Application shop"}
    assert (color(argocd), color(argocd, "shop")) == ("blue", "red"), "it did not wait until they are synced"

    before = argocd.writes()
    again = run("argocd_applications", **wanted)
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert argocd.writes() == before

    fewer = {"selector": SELECTOR, "applications": [copy.deepcopy(wanted["applications"][0])]}
    fewer["applications"][0]["spec"]["syncPolicy"]["automated"]["selfHeal"] = False
    look = run("argocd_applications", check=True, **fewer)
    changed = run("argocd_applications", **fewer)
    assert changed["changes"] == look["changes"] and len(changed["changes"]) == 2
    assert changed["changes"][1] == "delete application shop with what it deployed"
    assert (names(argocd), color(argocd, "shop")) == (["others", "web"], "")

    run("argocd_applications", selector=SELECTOR, applications=[])
    assert (names(argocd), color(argocd)) == (["others"], "")


@pytest.fixture
def later(argocd: ArgoCD) -> Iterator[str]:
    """A namespace that is not there yet."""
    yield "later"
    argocd.hub.run("delete", "namespace", "later", "--ignore-not-found")


def test_a_sync_that_failed_is_tried_again(argocd: ArgoCD, run: RunModule, wanted: dict[str, Any], later: str) -> None:
    web = wanted["applications"][0]
    web["spec"]["destination"]["namespace"] = later
    web["spec"]["syncPolicy"]["retry"] = {"limit": 1, "backoff": {"duration": "1s", "maxDuration": "1s"}}
    group = {"selector": SELECTOR, "applications": [web]}
    failed = run("argocd_applications", fails=True, wait_timeout=15, **group)
    assert f'namespaces "{later}" not found' in failed["msg"]
    assert failed["changes"] == ["create application web"]

    argocd.hub.run("create", "namespace", later)
    assert run("argocd_applications", check=True, **group)["changes"]
    assert run("argocd_applications", **group)["changes"] == ["create ConfigMap later/web"]
    assert argocd.hub.get("-n", later, "configmap", "web")["data"] == {"color": "blue"}
    assert run("argocd_applications", **group)["changed"] is False


def test_applications_that_another_writes(argocd: ArgoCD, run: RunModule, wanted: dict[str, Any]) -> None:
    run("argocd_applications", **wanted)
    other = copy.deepcopy(wanted)
    del other["applications"][1]
    other["applications"][0]["spec"]["syncPolicy"]["automated"]["selfHeal"] = False
    before = argocd.writes()
    done = run("argocd_applications", written_elsewhere=True, **other)
    assert done["changes"] == ["delete application shop with what it deployed"]
    assert len(argocd.writes()) == len(before) + 1
    assert names(argocd) == ["web"]

    del other["applications"][0]["spec"]["syncPolicy"]
    other["applications"][0]["name"] = "nowhere"
    missing = run("argocd_applications", fails=True, written_elsewhere=True, **other)
    assert "There is no application nowhere" in missing["msg"]
