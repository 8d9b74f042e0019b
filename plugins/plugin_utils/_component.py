# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A component of the platform as Argo CD gets it: its description -> Applications, and files for Git. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain
from ansible_collections.slipway.gitops.plugins.plugin_utils._pool_map import PoolMapError, pool_placement

COMPONENT_LABEL = "slipway.gitops/component"
SYNC_WAVE = "argocd.argoproj.io/sync-wave"
# Deleting the Application deletes what it deployed.
FINALIZER = "resources-finalizer.argocd.argoproj.io"
# Where the template of pods is, in kinds that have one.
POD_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}
# Kinds that kustomize patches; ReplicaSets and Pods are seldom written by hand.
_PATCHED = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1",
            "CronJob": "batch/v1"}  # fmt: skip
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SOURCES = ("chart", "git", "manifests")
_TOOLS = ("kustomize", "helm", "directory")


def plan(
    component: Mapping[str, Any],
    pools: Any = None,
    gitops_repo: Mapping[str, Any] | None = None,
    carrier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a description amounts to.

    component: name, namespace, source, clusters; may have per_cluster, pool, placement, order, project, sync_options,
        ignore_differences, argocd_namespace
    pools: the pool map; needed for pool
    gitops_repo: url, branch, path; given when the component is delivered through Git
    carrier: repo, name, version, values, skip_crds of the chart that carries manifests which no repository has, in its
        value extraDeploy

    Returns problems (sentences; with any, the other two are empty), applications (objects) and files (path below the
    component's folder, content) for Git.
    """
    component, pools, gitops_repo, carrier = plain(component), plain(pools), plain(gitops_repo), plain(carrier)
    at_hand = gitops_repo is not None or carrier is not None
    problems = _name_problems(component) + _source_problems(component, carried=at_hand)
    placement: dict[str, Any] = {}
    if component.get("pool"):
        problems += _placement_problems(component)
        try:
            placement = pool_placement(pools, component["pool"])
        except PoolMapError as error:
            problems.append(f"component_pool: {error}")
    elif component.get("placement"):
        problems.append("component_placement is given, but no component_pool")
    if problems:
        return {"problems": problems, "applications": [], "files": []}
    source = _source(component, placement, gitops_repo, carrier)
    applications = [_application(component, cluster, source) for cluster in component["clusters"]]
    files = [{"path": f"applications/{app['spec']['destination']['name']}.yaml", "content": _yaml(app)}
             for app in applications]  # fmt: skip
    for number, manifest in enumerate(component["source"].get("manifests") or [], 1):
        name = f"manifests/{number:03}-{manifest['kind']}-{manifest['metadata']['name']}".lower()
        files.append(
            {"path": re.sub(r"[^a-z0-9/._-]", "-", name) + ".yaml", "content": _yaml(placed(manifest, placement))}
        )
    return {"problems": [], "applications": applications, "files": files}


def identity(component: Mapping[str, Any]) -> str:
    """What tells a component from all others: the value of its label, and the name of its folder in Git."""
    name = str(component["name"])
    return f"{name}-{component['clusters'][0]}" if component.get("per_cluster") else name


def placed(manifest: Mapping[str, Any], placement: Mapping[str, Any]) -> dict[str, Any]:
    """An object with the placement in its pods, where it has pods."""
    result = copy.deepcopy(dict(manifest))
    if placement and result["kind"] in POD_TEMPLATES:
        pod = result
        for key in POD_TEMPLATES[result["kind"]]:
            pod = pod.setdefault(key, {})
        pod["spec"] = _with_placement(pod.get("spec") or {}, placement)
    return result


def _with_placement(pod: Mapping[str, Any], placement: Mapping[str, Any]) -> dict[str, Any]:
    tolerations = list(pod.get("tolerations") or [])
    tolerations += [one for one in placement["tolerations"] if one not in tolerations]
    selector = {**(pod.get("nodeSelector") or {}), **placement["nodeSelector"]}
    return {**pod, "nodeSelector": selector, "tolerations": tolerations}


def _application(component: Mapping[str, Any], cluster: str, source: Mapping[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": f"{component['name']}-{cluster}",
        "namespace": component.get("argocd_namespace") or "argocd",
        "labels": {"app.kubernetes.io/name": component["name"], COMPONENT_LABEL: identity(component)},
        "finalizers": [FINALIZER],
    }
    if component.get("order") is not None:
        metadata["annotations"] = {SYNC_WAVE: str(component["order"])}
    spec: dict[str, Any] = {
        "project": component.get("project") or "default",
        "source": copy.deepcopy(dict(source)),
        "destination": {"name": cluster, "namespace": component["namespace"]},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": list(component.get("sync_options") or []),
            "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "2m"}},
        },
    }
    if component.get("ignore_differences"):
        spec["ignoreDifferences"] = list(component["ignore_differences"])
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}


def _source(
    component: Mapping[str, Any],
    placement: Mapping[str, Any],
    gitops_repo: Mapping[str, Any] | None,
    carrier: Mapping[str, Any] | None,
) -> dict[str, Any]:
    source = component["source"]
    if source.get("manifests") and gitops_repo is not None:
        path = f"{gitops_repo['path']}/{identity(component)}/manifests"
        return {"repoURL": gitops_repo["url"], "path": path, "targetRevision": gitops_repo["branch"]}
    if source.get("manifests"):
        objects = [_literal(placed(manifest, placement)) for manifest in source["manifests"]]
        values = {**((carrier or {}).get("values") or {}), "extraDeploy": objects}
        return _chart({**(carrier or {}), "release_name": component["name"], "values": values}, {}, [])
    if source.get("chart"):
        return _chart(source["chart"], placement, component.get("placement") or [])
    git = source["git"]
    result = {"repoURL": git["repo"], "path": git["path"], "targetRevision": git["revision"]}
    if git.get("helm") is not None:
        result["helm"] = _helm(git["helm"], placement, component.get("placement") or [])
    elif git.get("kustomize") is not None:
        kustomize = dict(git["kustomize"])
        if placement:
            kustomize["patches"] = list(kustomize.get("patches") or []) + _patches(placement)
        result["kustomize"] = kustomize
    elif git.get("directory") is not None:
        result["directory"] = dict(git["directory"])
    return {key: value for key, value in result.items() if value != {}}


def _literal(value: Any) -> Any:
    """A value that stays as it is where a chart looks for templates in what it carries."""
    if isinstance(value, Mapping):
        return {key: _literal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_literal(one) for one in value]
    return value.replace("{{", "{{`{{`}}") if isinstance(value, str) else value


def _chart(chart: Mapping[str, Any], placement: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {"repoURL": chart["repo"], "chart": chart["name"], "targetRevision": str(chart["version"])}
    if str(chart["repo"]).startswith("oci://"):
        # Argo CD reads charts of OCI registries as sources of their own kind, which have a path and no chart.
        url = f"{chart['repo'].rstrip('/')}/{chart['name']}"
        result = {"repoURL": url, "path": ".", "targetRevision": str(chart["version"])}
    options: dict[str, Any] = {"valuesObject": chart["values"]} if chart.get("values") else {}
    if chart.get("release_name"):
        options["releaseName"] = chart["release_name"]
    if chart.get("skip_crds"):
        options["skipCrds"] = True
    helm = _helm(options, placement, paths)
    return {**result, "helm": helm} if helm else result


def _helm(options: Mapping[str, Any], placement: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    result = copy.deepcopy(dict(options))
    if not placement:
        return result
    values = result.setdefault("valuesObject", {})
    for path in paths:
        *above, last = path.split(".") if path else [""]
        parent = values
        for key in above:
            parent = parent.setdefault(key, {})
        if last:
            parent[last] = _with_placement(parent.get(last) or {}, placement)
        else:
            values.update(_with_placement(values, placement))
    return result


def _patches(placement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One patch for each kind that has pods; one that fits no object does nothing."""
    patches = []
    for kind, version in _PATCHED.items():
        body: dict[str, Any] = {"spec": dict(placement)}
        for key in reversed(POD_TEMPLATES[kind]):
            body = {key: body}
        # Kustomize wants a name and, with a target, does not look at it.
        patch = {"apiVersion": version, "kind": kind, "metadata": {"name": "any"}, **body}
        patches.append({"target": {"kind": kind}, "patch": _yaml(patch)})
    return patches


def _name_problems(component: Mapping[str, Any]) -> list[str]:
    problems = []
    clusters = list(component.get("clusters") or [])
    names = {"component_name": component.get("name"), "component_namespace": component.get("namespace")}
    for variable, value in names.items():
        if not _NAME.fullmatch(str(value or "")) or len(str(value)) > 63:
            problems.append(f"{variable} is {value!r}; give lower-case letters, digits and dashes, 63 at most")
    if not clusters:
        problems.append("component_clusters is empty; name a cluster of Argo CD at least")
    problems += [
        f"component_clusters names {one} twice" for one in sorted({c for c in clusters if clusters.count(c) > 1})
    ]
    if component.get("per_cluster") and len(clusters) > 1:
        problems.append(
            f"component_per_cluster is for a component of one cluster, and component_clusters has {', '.join(clusters)}"
        )
    # The name is a label of all that it deploys.
    problems += [f"the application {component.get('name')}-{cluster} has a name of more than 63 characters"
                 for cluster in clusters if len(f"{component.get('name')}-{cluster}") > 63]  # fmt: skip
    return problems


def _source_problems(component: Mapping[str, Any], *, carried: bool) -> list[str]:
    source = component.get("source") or {}
    given = [kind for kind in _SOURCES if source.get(kind)]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        return [f"component_source needs exactly one of {', '.join(_SOURCES)}; it has {found}"]
    part = source[given[0]]
    if given == ["manifests"]:
        return _manifest_problems(part, carried=carried)
    wanted = ("repo", "name", "version") if given == ["chart"] else ("repo", "path", "revision")
    problems = [f"component_source.{given[0]} has no {key}" for key in wanted if not part.get(key)]
    tools = [tool for tool in _TOOLS if part.get(tool) is not None]
    if len(tools) > 1:
        problems.append(f"component_source.git has {' and '.join(tools)}; one at most")
    return problems


def _manifest_problems(manifests: Sequence[Mapping[str, Any]], *, carried: bool) -> list[str]:
    problems = []
    if not carried:
        problems.append(
            "component_source.manifests needs a repository (component_delivery git) or a chart to carry them"
        )
    seen = set()
    for number, manifest in enumerate(manifests, 1):
        where = f"component_source.manifests[{number}]"
        metadata = manifest.get("metadata") or {}
        missing = [key for key in ("apiVersion", "kind") if not manifest.get(key)]
        missing += [] if metadata.get("name") else ["metadata.name"]
        if missing:
            problems.append(f"{where} has no {', '.join(missing)}")
            continue
        key = (manifest["apiVersion"], manifest["kind"], metadata.get("namespace"), metadata["name"])
        if key in seen:
            problems.append(f"{where} is {manifest['kind']} {metadata['name']} once more")
        seen.add(key)
        if manifest["apiVersion"] == "v1" and manifest["kind"] == "Secret":
            problems.append(f"{where} is Secret {metadata['name']}, which everyone who reads it there could read")
    return problems


def _placement_problems(component: Mapping[str, Any]) -> list[str]:
    source, paths = component.get("source") or {}, component.get("placement") or []
    git = source.get("git") or {}
    if source.get("chart") or git.get("helm") is not None:
        values = (source.get("chart") or {}).get("values") or (git.get("helm") or {}).get("valuesObject") or {}
        if not paths:
            return [
                "component_placement names no place in the chart's values that takes nodeSelector and tolerations "
                "(such as controller; '' is the root of the values)"
            ]
        return [f"component_placement has {path!r}, which is no dictionary in the chart's values"
                for path in paths if not _reachable(values, path)]  # fmt: skip
    if paths:
        return ["component_placement names places in a chart's values; other sources need none"]
    if git and git.get("kustomize") is None:
        return [
            "component_pool cannot be told to plain manifests in Git: give component_source.git.kustomize "
            "({} will do) or helm, or write the placement into the manifests"
        ]
    return []


def _reachable(values: Any, path: str) -> bool:
    for key in path.split(".") if path else []:
        values = values.get(key, {})
        if values is None:
            values = {}
        if not isinstance(values, Mapping) or not key:
            return False
    return isinstance(values, Mapping)


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: texts of several lines as blocks, no references."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
