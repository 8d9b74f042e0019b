# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argo CD's manifest, fitted to an installation."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.module_utils._argocd import manifest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.installation import INSTALLATION_SPEC

PLACEMENT = {"nodeSelector": {"pool": "tools"}, "tolerations": [{"key": "tools", "operator": "Exists"}]}
SHIPPED = "# upstream's\n- apiGroups: ['']\n  kinds: [Endpoints]\n"


SETTINGS = ("placement", "config", "command_params", "rbac", "resource_exclusions", "dex", "controllers")


def fit(text: str, **settings: Any) -> list[dict[str, Any]]:
    """With the module's defaults for what is not given."""
    defaults = {name: INSTALLATION_SPEC.options[name]["default"] for name in SETTINGS}
    return manifest.fit(text, **{"namespace": "argocd", **defaults, **settings})


def _object(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **more}


def _workload(kind: str, name: str, **env: str) -> dict[str, Any]:
    variables = [{"name": key, "value": value} for key, value in env.items()]
    pod = {"nodeSelector": {"kubernetes.io/os": "linux"}, "containers": [{"name": "main", "env": variables}]}
    return _object(kind, name, spec={"template": {"metadata": {"labels": {"a": "b"}}, "spec": pod}})


MANIFEST = yaml.safe_dump_all(
    [
        _object("CustomResourceDefinition", "applications.argoproj.io"),
        _object(
            "ClusterRoleBinding", "server", subjects=[{"kind": "ServiceAccount", "name": "x", "namespace": "argocd"}]
        ),
        _object("ServiceAccount", "argocd-dex-server"),
        _object("ConfigMap", "argocd-cm", data={"resource.exclusions": SHIPPED, "kept": "yes"}),
        _object("ConfigMap", "argocd-cmd-params-cm"),
        _object("ConfigMap", "argocd-rbac-cm"),
        _workload("Deployment", "argocd-dex-server"),
        _workload("Deployment", "argocd-server"),
        _workload("StatefulSet", "argocd-application-controller", ARGOCD_CONTROLLER_REPLICAS="1"),
    ]
)


def _find(objects: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in objects if item["metadata"]["name"] == name)


def test_namespace_of_objects_and_of_subjects_but_not_of_what_has_none() -> None:
    objects = fit(MANIFEST, namespace="gitops")
    assert _find(objects, "argocd-server")["metadata"]["namespace"] == "gitops"
    assert "namespace" not in _find(objects, "applications.argoproj.io")["metadata"]
    assert _find(objects, "server")["subjects"][0]["namespace"] == "gitops"
    assert "namespace" not in _find(objects, "server")["metadata"]


def test_every_pod_is_placed_and_keeps_what_upstream_asks() -> None:
    objects = fit(MANIFEST, placement=PLACEMENT)
    for item in (item for item in objects if item["kind"] in ("Deployment", "StatefulSet")):
        pod = item["spec"]["template"]["spec"]
        assert pod["nodeSelector"] == {"kubernetes.io/os": "linux", "pool": "tools"}
        assert pod["tolerations"] == PLACEMENT["tolerations"]


def test_dex_is_left_out_with_all_its_objects() -> None:
    with_dex, without = fit(MANIFEST), fit(MANIFEST, dex=False)
    assert len(with_dex) == len(without) + 2
    assert not [item for item in without if "dex" in item["metadata"]["name"]]


def test_exclusions_are_added_to_the_shipped_ones() -> None:
    tekton = {"apiGroups": ["tekton.dev"], "kinds": ["TaskRun"], "clusters": ["*"]}
    config = _find(fit(MANIFEST, resource_exclusions=[tekton]), "argocd-cm")["data"]
    assert yaml.safe_load(config["resource.exclusions"]) == [{"apiGroups": [""], "kinds": ["Endpoints"]}, tekton]
    assert config["kept"] == "yes"


def test_own_exclusions_in_config_win() -> None:
    config = _find(
        fit(MANIFEST, config={"resource.exclusions": []}, resource_exclusions=[{"kinds": ["A"]}]), "argocd-cm"
    )
    assert yaml.safe_load(config["data"]["resource.exclusions"]) == []


def test_settings_are_texts_as_a_config_map_needs_them() -> None:
    data = _find(fit(MANIFEST, config={"admin.enabled": True, "n": 3, "d": {"a": [1]}}), "argocd-cm")["data"]
    assert data["admin.enabled"] == "true"
    assert data["n"] == "3"
    assert yaml.safe_load(data["d"]) == {"a": [1]}


def test_a_change_of_command_parameters_starts_pods_again_and_one_of_config_does_not() -> None:
    def template(**settings: Any) -> Any:
        return _find(fit(MANIFEST, **settings), "argocd-server")["spec"]["template"]

    assert template() != template(command_params={"server.insecure": True})
    assert template() == template(config={"url": "https://example.com"})


def test_controllers_know_how_many_they_are() -> None:
    controller = _find(fit(MANIFEST, controllers=3), "argocd-application-controller")["spec"]
    assert controller["replicas"] == 3
    assert controller["template"]["spec"]["containers"][0]["env"] == [
        {"name": "ARGOCD_CONTROLLER_REPLICAS", "value": "3"}
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<html><body>Sign in</body></html>", "no list of|not a list of|not YAML"),
        ("", "not a list of"),
        ("kind: ConfigMap\nmetadata: {name: a}\n", "no StatefulSet argocd-application-controller"),
        ("kind: Pod\nmetadata: {name: a}\n", "kinds that .* not known for: Pod"),
        ("a: [", "not YAML"),
    ],
)
def test_something_else_than_the_manifest_is_refused(text: str, message: str) -> None:
    with pytest.raises(manifest.ManifestError, match=message):
        fit(text)
