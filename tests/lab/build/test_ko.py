# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images and release manifests as ko makes them, and the set of Tekton that is made so."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.errors import BuildError
from slipway_lab.build.image_catalogue import load_catalogue
from slipway_lab.build.ko import DATA, image_name, release
from slipway_lab.build.module_source import module_directory
from slipway_lab.build.upstreams import UPSTREAMS, Upstream
from slipway_lab.config import LabConfig

TOOL = Upstream("tool", "github.com/example/tool", "v1.2.3", {"server": "server"})
DIGEST = "sha256:" + "0" * 64


def module_of(name: str) -> Path:
    return module_directory(UPSTREAMS[name], BinaryCache(LabConfig.from_environment().cache).go(lambda _: None))


def test_names_are_kos() -> None:
    # As in the operator's chart: templates/_helpers.tpl.
    name = image_name(UPSTREAMS["tekton-operator"], "cmd/kubernetes/operator")
    assert name == "ghcr.io/tektoncd/operator/operator-303303c315a48490ba6517859ef65b77:v0.79.0"


def test_a_release_names_images_and_its_version(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(f"image: example.com/base/shell@{DIGEST}\nother: example.com/kept@{DIGEST}\n")
    (tmp_path / "a.yaml").write_text('image: ko://github.com/example/tool/cmd/server\nlabels: {app/version: "devel"}\n')
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.yaml").write_text('app: "devel"\n')
    instead = {"example.com/base/shell": "busybox:1.36"}
    flat = list(yaml.safe_load_all(release(TOOL, tmp_path, recursive=False, other_images=instead)))
    assert flat == [
        {"image": image_name(TOOL, "cmd/server"), "labels": {"app/version": "v1.2.3"}},
        {"image": "busybox:1.36", "other": f"example.com/kept@{DIGEST}"},
    ]
    deep = list(yaml.safe_load_all(release(TOOL, tmp_path, recursive=True, other_images=instead)))
    assert deep == [*flat, {"app": "devel"}]


def test_a_command_of_another_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("image: ko://github.com/example/other/cmd/server\n")
    with pytest.raises(BuildError, match=r"names github\.com/example/other/cmd/server, which is of another module"):
        release(TOOL, tmp_path, recursive=False, other_images={})


def test_a_folder_without_manifests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"tool v1\.2\.3: there is no manifest in"):
        release(TOOL, tmp_path, recursive=True, other_images={})


def test_what_the_operator_installs_names_only_images_of_the_lab() -> None:
    catalogue = load_catalogue()
    made = {name for image in catalogue.values() for name in image.names}
    payload = {entry.path: entry for entry in catalogue["tekton-operator"].files if entry.release}
    assert {path.removeprefix(f"{DATA}/") for path in payload} == {
        "tekton-pipeline/1.15.0/00-pipelines.yaml", "tekton-trigger/0.37.0/00-triggers.yaml",
        "tekton-trigger/0.37.0/01-interceptors.yaml", "pruner/0.3.5/00-pruner.yaml",
    }  # fmt: skip
    for path, entry in payload.items():
        upstream = UPSTREAMS[entry.upstream]
        assert upstream.version.removeprefix("v") in path
        text = release(
            upstream, module_of(upstream.name) / entry.release,
            recursive=entry.recursive, other_images=entry.other_images,
        )  # fmt: skip
        assert "ko://" not in text and '"devel"' not in text, path
        assert _images(text) - made == set(), path


def _images(text: str) -> set[str]:
    """Images of pods, and those that controllers are told by arguments; not those of Windows."""
    images = set()
    for document in yaml.safe_load_all(text):
        template = ((document or {}).get("spec") or {}).get("template") or {}
        for container in (template.get("spec") or {}).get("containers", []):
            images.add(container["image"])
            arguments = container.get("args", [])
            for option, value in pairwise(arguments):
                if option.endswith(("-image", "-el-image")):
                    images.add(value)
    assert images or "kind: Deployment" not in text
    return images
