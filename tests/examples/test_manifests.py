# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the examples deploy: pinned, healthy to judge, least privileged, in order, and placed by the platform."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from example_manifests import EXAMPLES, OVERLAYS, WORKLOADS, build, of_kind, overlay, pod
from slipway_lab.build.image_catalogue import load_catalogue

every_overlay = pytest.mark.parametrize(("example", "name"), OVERLAYS)
_VERSION = re.compile(r"\d+\.\d+\.\d+(-[a-z0-9.]+)?")
PLACEMENT = {
    "nodeSelector": {"doks.digitalocean.com/node-pool": "workloads"},
    "tolerations": [{"key": "workloads", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
}


@every_overlay
def test_no_tag_floats_and_the_lab_has_every_image(example: str, name: str) -> None:
    made = {image for described in load_catalogue().values() for image in described.names}
    for workload in of_kind(overlay(example, name), *WORKLOADS).values():
        for container in workload["spec"]["template"]["spec"]["containers"]:
            image, _, tag = container["image"].rpartition(":")
            assert image and _VERSION.fullmatch(tag), container["image"]
            assert container["image"] in made


@pytest.mark.parametrize("dockerfile", sorted(EXAMPLES.glob("*/Dockerfile")), ids=lambda path: path.parent.name)
def test_no_base_image_floats(dockerfile: Path) -> None:
    stages = [line.split()[1] for line in dockerfile.read_text().splitlines() if line.startswith("FROM ")]
    assert len(stages) == 2
    for image in stages:
        assert image == "scratch" or _VERSION.fullmatch(image.rpartition(":")[2]), image


@every_overlay
def test_health_and_limits_are_stated(example: str, name: str) -> None:
    for workload in of_kind(overlay(example, name), *WORKLOADS).values():
        for container in workload["spec"]["template"]["spec"]["containers"]:
            assert {"readinessProbe", "livenessProbe"} <= container.keys()
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert "memory" in container["resources"]["limits"]


@every_overlay
def test_selectors_meet_the_pods_they_mean(example: str, name: str) -> None:
    manifests = overlay(example, name)
    pods = {workload: pod(m)["metadata"]["labels"] for workload, m in of_kind(manifests, *WORKLOADS).items()}
    for service in of_kind(manifests, "Service").values():
        chosen = [w for w, labels in pods.items() if service["spec"]["selector"].items() <= labels.items()]
        assert chosen == [service["metadata"]["name"]]
    for kind, path in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        for manifest in of_kind(manifests, kind).values():
            wanted = manifest["spec"][path]["matchLabels"].items()
            chosen = [w for w, labels in pods.items() if wanted <= labels.items()]
            assert chosen == [manifest["metadata"]["name"]]
    assert of_kind(manifests, "NetworkPolicy").keys() == pods.keys()


@pytest.mark.parametrize("example", ["web", "shop"])
def test_prod_survives_the_loss_of_a_node_and_dev_runs_the_same_images(example: str) -> None:
    dev, prod = (of_kind(overlay(example, name), *WORKLOADS) for name in ("dev", "prod"))
    assert dev.keys() == prod.keys()
    for name, workload in prod.items():
        assert pod(workload)["spec"]["containers"][0]["image"] == pod(dev[name])["spec"]["containers"][0]["image"]
    budgets = of_kind(overlay(example, "prod"), "PodDisruptionBudget")
    assert budgets.keys() == {name for name, m in prod.items() if m["kind"] == "Deployment"}
    assert all(prod[name]["spec"]["replicas"] > 1 and dev[name]["spec"]["replicas"] == 1 for name in budgets)


def test_the_environment_reaches_the_web_app() -> None:
    for name in ("dev", "prod"):
        (config,) = of_kind(overlay("web", name), "ConfigMap").values()
        assert config["data"] == {"ENVIRONMENT": name, "GREETING": "Hello"}
        container = pod(of_kind(overlay("web", name), "Deployment")["web"])["spec"]["containers"][0]
        assert container["envFrom"] == [{"configMapRef": {"name": config["metadata"]["name"]}}]


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_shop_starts_after_what_it_depends_on(name: str) -> None:
    manifests = overlay("shop", name)
    waves = {
        (m["kind"], m["metadata"]["name"]): int(
            m["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0")
        )
        for m in manifests
    }
    workloads = of_kind(manifests, *WORKLOADS)
    order = sorted(workloads, key=lambda workload: waves[workloads[workload]["kind"], workload])
    assert order == ["database", "api", "worker", "frontend"]
    for workload, manifest in workloads.items():
        wave = waves[manifest["kind"], workload]
        assert waves.get(("Service", workload), wave) == wave
        assert waves["NetworkPolicy", workload] < wave
        # What it calls, by its settings, is there before it.
        for variable in pod(manifest)["spec"]["containers"][0].get("env", []):
            called = re.sub(r"^http://|:\d+$", "", variable["value"])
            assert waves["Service", called] < wave
    assert len({waves[m["kind"], w] for w, m in workloads.items()}) == 4


@every_overlay
def test_placement_comes_from_the_platform(example: str, name: str, tmp_path: Path) -> None:
    """As the ApplicationSet passes it: one kustomize patch for every kind of workload."""
    source = EXAMPLES / example / "deploy"
    patch = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "placement"},
        "spec": {"template": {"spec": PLACEMENT}},
    }  # fmt: skip
    assert not any(
        PLACEMENT.keys() & pod(m)["spec"].keys() for m in of_kind(overlay(example, name), *WORKLOADS).values()
    )
    (tmp_path / "deploy").symlink_to(source)
    kustomization = {
        "resources": [f"deploy/overlays/{name}"],
        "patches": [{"target": {"kind": "|".join(WORKLOADS)}, "patch": yaml.safe_dump(patch)}],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    placed = of_kind(build(tmp_path), *WORKLOADS)
    assert placed.keys() == of_kind(overlay(example, name), *WORKLOADS).keys()
    for workload in placed.values():
        spec = pod(workload)["spec"]
        assert {key: spec[key] for key in PLACEMENT} == PLACEMENT
        assert spec["containers"][0]["image"]


@pytest.mark.parametrize(("example", "service"), [("web", "web"), ("shop", "frontend")])
def test_a_route_comes_from_the_platform(example: str, service: str, tmp_path: Path) -> None:
    """As the ApplicationSet passes it: a component, and a patch for what the cluster knows."""
    (tmp_path / "deploy").symlink_to(EXAMPLES / example / "deploy")
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge", "namespace": "network"}
    patch = [
        {"op": "add", "path": "/spec/hostnames", "value": ["name.stage.example.org"]},
        {"op": "add", "path": "/spec/parentRefs", "value": [parent]},
    ]
    kustomization = {
        "resources": ["deploy/overlays/dev"],
        "components": ["deploy/components/route"],
        "patches": [{"target": {"kind": "HTTPRoute"}, "patch": yaml.safe_dump(patch)}],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    built = build(tmp_path)
    (route,) = of_kind(built, "HTTPRoute").values()
    assert (route["spec"]["hostnames"], route["spec"]["parentRefs"]) == (["name.stage.example.org"], [parent])
    (rule,) = route["spec"]["rules"]
    (backend,) = rule["backendRefs"]
    target = of_kind(built, "Service")[service]
    assert (backend["name"], backend["port"]) == (service, target["spec"]["ports"][0]["port"])
    wave = "argocd.argoproj.io/sync-wave"
    assert route["metadata"].get("annotations", {}).get(wave) == target["metadata"].get("annotations", {}).get(wave)
    assert of_kind(overlay(example, "dev"), "HTTPRoute") == {}, "a cluster without Gateway API could not take it"
