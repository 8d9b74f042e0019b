# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""component_plan: descriptions become Applications, files and placements; what cannot work is told at once."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.plugin_utils._component import placed, plan
from ansible_collections.slipway.gitops.plugins.plugin_utils._component_waits import problems as wait_problems
from ansible_collections.slipway.gitops.plugins.plugin_utils._component_waits import unmet

POOLS = {
    "base": {"size": "s", "count": 1},
    "tools": {"size": "s", "count": 1, "dedicated": True},
}
PLACEMENT = {
    "nodeSelector": {"doks.digitalocean.com/node-pool": "tools"},
    "tolerations": [{"key": "tools", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
}
CHART = {"chart": {"repo": "https://charts.example.com", "name": "metrics", "version": "1.2.3"}}
GIT = {"repo": "https://git.example.com/x", "path": "deploy", "revision": "v1"}
REPO = {"url": "https://git.example.com/platform", "branch": "main", "path": "components"}


def component(**more: Any) -> dict[str, Any]:
    return {"name": "metrics", "namespace": "metrics", "clusters": ["hub"], "source": CHART, **more}


def source(**more: Any) -> dict[str, Any]:
    """The source of the one Application of a component on pool tools."""
    planned = plan(component(pool="tools", **more), POOLS)
    assert planned["problems"] == []
    [application] = planned["applications"]
    found: dict[str, Any] = application["spec"]["source"]
    return found


def test_an_application_for_each_cluster() -> None:
    planned = plan(component(clusters=["hub", "dev"], order=3, sync_options=["ServerSideApply=true"], project="tools"))
    assert [app["metadata"]["name"] for app in planned["applications"]] == ["metrics-hub", "metrics-dev"]
    app = planned["applications"][1]
    assert app["metadata"]["annotations"] == {"argocd.argoproj.io/sync-wave": "3"}
    assert app["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]
    assert app["spec"]["destination"] == {"name": "dev", "namespace": "metrics"}
    assert app["spec"]["project"] == "tools"
    assert app["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert app["spec"]["source"] == {
        "repoURL": "https://charts.example.com",
        "chart": "metrics",
        "targetRevision": "1.2.3",
    }
    assert [file["path"] for file in planned["files"]] == ["applications/hub.yaml", "applications/dev.yaml"]
    assert yaml.safe_load(planned["files"][1]["content"]) == app


def test_what_is_one_clusters_own_is_told_from_those_of_others() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    own = component(source={"manifests": [service]}, per_cluster=True)
    [hub] = plan(own, POOLS, REPO)["applications"]
    [dev] = plan({**own, "clusters": ["dev"]}, POOLS, REPO)["applications"]
    assert [app["metadata"]["name"] for app in (hub, dev)] == ["metrics-hub", "metrics-dev"]
    labels = [app["metadata"]["labels"]["slipway.gitops/component"] for app in (hub, dev)]
    assert labels == ["metrics-hub", "metrics-dev"]
    assert dev["spec"]["source"]["path"] == "components/metrics-dev/manifests"


def test_definitions_of_kinds_can_be_left_out_of_a_chart() -> None:
    chart = {**CHART["chart"], "skip_crds": True}
    [app] = plan(component(source={"chart": chart}))["applications"]
    assert app["spec"]["source"]["helm"] == {"skipCrds": True}


def test_placement_in_the_values_of_a_chart() -> None:
    own = {"key": "own", "operator": "Exists"}
    values = {"server": {"replicas": 2, "tolerations": [own], "nodeSelector": {"disk": "ssd"}}}
    chart = {"chart": {**CHART["chart"], "values": values, "release_name": "m"}}
    helm = source(source=chart, placement=["server", "agent.pod", ""])["helm"]
    assert helm["releaseName"] == "m"
    assert helm["valuesObject"] == {
        "server": {
            "replicas": 2,
            "nodeSelector": {"disk": "ssd", **PLACEMENT["nodeSelector"]},
            "tolerations": [own, *PLACEMENT["tolerations"]],
        },
        "agent": {"pod": PLACEMENT},
        **PLACEMENT,
    }
    assert values["server"]["tolerations"] == [own], "what was given stays as it was"


def test_a_chart_of_an_oci_registry_is_a_source_of_its_own_kind() -> None:
    chart = {"chart": {"repo": "oci://registry.example.com/charts/", "name": "metrics", "version": "1.2.3"}}
    [app] = plan(component(source=chart))["applications"]
    assert app["spec"]["source"] == {
        "repoURL": "oci://registry.example.com/charts/metrics",
        "path": ".",
        "targetRevision": "1.2.3",
    }


def test_placement_by_kustomize() -> None:
    own = {"target": {"kind": "Service"}, "patch": "[]"}
    kustomize = source(source={"git": {**GIT, "kustomize": {"namePrefix": "x-", "patches": [own]}}})["kustomize"]
    assert kustomize["namePrefix"] == "x-"
    assert kustomize["patches"][0] == own
    patches = {patch["target"]["kind"]: yaml.safe_load(patch["patch"]) for patch in kustomize["patches"][1:]}
    assert set(patches) == {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"}
    assert patches["Deployment"]["spec"]["template"]["spec"] == PLACEMENT
    assert patches["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"] == PLACEMENT


def test_placement_by_helm_in_git_and_plain_directories() -> None:
    git = {"git": {**GIT, "helm": {"releaseName": "m"}}}
    assert source(source=git, placement=["x"])["helm"] == {"releaseName": "m", "valuesObject": {"x": PLACEMENT}}
    [app] = plan(component(source={"git": {**GIT, "directory": {"recurse": True}}}))["applications"]
    assert app["spec"]["source"]["directory"] == {"recurse": True}


def test_manifests_are_committed_with_their_placement() -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "A.b:c"},
        "spec": {"template": {"spec": {"containers": []}}},
    }
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    planned = plan(component(source={"manifests": [deployment, service]}, pool="tools"), POOLS, REPO)
    assert planned["problems"] == []
    files = {file["path"]: yaml.safe_load(file["content"]) for file in planned["files"]}
    assert set(files) == {
        "applications/hub.yaml",
        "manifests/001-deployment-a.b-c.yaml",
        "manifests/002-service-s.yaml",
    }
    spec = files["manifests/001-deployment-a.b-c.yaml"]["spec"]["template"]["spec"]
    assert spec == {"containers": [], **PLACEMENT}
    assert files["manifests/002-service-s.yaml"] == service
    assert files["applications/hub.yaml"]["spec"]["source"] == {
        "repoURL": REPO["url"],
        "path": "components/metrics/manifests",
        "targetRevision": "main",
    }


@pytest.mark.parametrize(
    ("kind", "path"),
    [("Pod", []), ("Job", ["spec", "template"]), ("CronJob", ["spec", "jobTemplate", "spec", "template"])],
)
def test_where_pods_are(kind: str, path: list[str]) -> None:
    found: Any = placed({"kind": kind, "metadata": {"name": "x"}}, PLACEMENT)
    for key in path:
        found = found[key]
    assert found["spec"] == PLACEMENT


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "Metrics"}, "component_name is 'Metrics'"),
        ({"namespace": "a_b"}, "component_namespace is 'a_b'"),
        ({"clusters": []}, "component_clusters is empty"),
        ({"clusters": ["hub", "hub"]}, "component_clusters names hub twice"),
        ({"clusters": ["hub", "dev"], "per_cluster": True}, "component_per_cluster is for a component of one cluster"),
        ({"clusters": ["c" * 60]}, "has a name of more than 63 characters"),
        ({"source": {}}, "exactly one of chart, git, manifests; it has none"),
        ({"source": {**CHART, "git": GIT}}, "it has chart and git"),
        ({"source": {"chart": {"name": "x"}}}, "component_source.chart has no repo"),
        ({"source": {"git": {**GIT, "revision": ""}}}, "component_source.git has no revision"),
        ({"source": {"git": {**GIT, "helm": {}, "kustomize": {}}}}, "has kustomize and helm; one at most"),
        ({"source": {"manifests": [{"kind": "Service"}]}}, "component_source.manifests[1] has no apiVersion"),
        ({"pool": "tool"}, "there is no pool 'tool'"),
        ({"pool": "tools"}, "component_placement names no place"),
        ({"pool": "tools", "source": {"git": GIT}}, "cannot be told to plain manifests in Git"),
        ({"pool": "tools", "placement": ["a"], "source": {"git": {**GIT, "kustomize": {}}}}, "other sources need none"),
        ({"placement": ["a"]}, "component_placement is given, but no component_pool"),
        (
            {"pool": "tools", "placement": ["a.b"], "source": {"chart": {**CHART["chart"], "values": {"a": [1]}}}},
            "component_placement has 'a.b', which is no dictionary",
        ),
    ],
)
def test_what_cannot_work(more: dict[str, Any], words: str) -> None:
    planned = plan(component(**more), POOLS)
    assert any(words in problem for problem in planned["problems"]), planned["problems"]
    assert planned["applications"] == [] and planned["files"] == []


def test_secrets_and_twins_among_manifests() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    found = plan(component(source={"manifests": [secret, service, service]}), POOLS, REPO)["problems"]
    assert found == [
        "component_source.manifests[1] is Secret s, which everyone who reads it there could read",
        "component_source.manifests[3] is Service s once more",
    ]
    assert (
        "needs a repository (component_delivery git)" in plan(component(source={"manifests": [service]}))["problems"][0]
    )


def test_manifests_without_a_repository_are_carried_by_a_chart() -> None:
    carrier = {"repo": "https://c.example.com", "name": "carrier", "version": "1", "values": {"own": False}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}}
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"value": "a {{ .b }}\n"}}
    planned = plan(component(source={"manifests": [job, settings]}, pool="tools"), POOLS, carrier=carrier)
    [application] = planned["applications"]
    helm = application["spec"]["source"]["helm"]
    assert (helm["releaseName"], helm["valuesObject"]["own"]) == ("metrics", False)
    carried_job, carried_settings = helm["valuesObject"]["extraDeploy"]
    assert carried_job["spec"]["template"]["spec"] == PLACEMENT
    assert carried_settings["data"] == {"value": "a {{`{{`}} .b }}\n"}
    assert settings["data"] == {"value": "a {{ .b }}\n"}


WAIT = {"api_version": "apps/v1", "kind": "Deployment", "name": "x", "condition": "status.readyReplicas >= `2`"}


def test_wait_problems() -> None:
    waits = [WAIT, {**WAIT, "condition": "a ="}, {"kind": "x"}, {**WAIT, "cluster": "prod"}]
    first, second, third = wait_problems(waits, ["hub"])
    assert first.startswith("component_wait[2].condition is 'a =', which is no JMESPath expression")
    assert second == "component_wait[3] has no api_version, name, condition"
    assert third == "component_wait[4].cluster is prod, where the component is not (hub)"


@pytest.mark.parametrize(
    ("resources", "finding"),
    [
        ([], "hub: Deployment n/x is not there"),
        ([{"status": {"readyReplicas": 1}}], "hub: Deployment n/x: status.readyReplicas >= `2` is false"),
        ([{"status": {}}], "hub: Deployment n/x: status.readyReplicas >= `2` is null"),
        ([{"status": {"readyReplicas": 2}}], None),
    ],
)
def test_unmet(resources: list[dict[str, Any]], finding: str | None) -> None:
    wait = {**WAIT, "namespace": "n", "cluster": "hub"}
    found = unmet([{"item": wait, "resources": resources}])
    assert [one["finding"] for one in found] == ([finding] if finding else [])


def test_a_function_that_gets_null_waits_on() -> None:
    wait = {**WAIT, "cluster": "hub", "condition": "length(status.conditions) > `0`"}
    [found] = unmet([{"item": wait, "resources": [{"status": {}}]}])
    assert "cannot be computed yet" in found["finding"]
