# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mirror has what installations take from upstreams, from the very modules the programs are built from."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.mirror import fill_mirror
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig

PUBLISHED = [(upstream, name) for upstream in UPSTREAMS.values() for name in upstream.published]


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirror")
    fill_mirror(folder, BinaryCache(LabConfig.from_environment().cache), print)
    return folder


def test_it_has_exactly_what_the_table_names(mirror: Path) -> None:
    expected = {mirror / upstream.name / upstream.version / name for upstream, name in PUBLISHED}
    assert expected
    assert {path for path in mirror.rglob("*") if path.is_file()} == expected


def test_manifests_of_argo_cd_name_the_image_of_their_version(mirror: Path) -> None:
    argocd = UPSTREAMS["argo-cd"]
    for name in argocd.published:
        manifests = yaml.safe_load_all((mirror / argocd.name / argocd.version / name).read_text())
        images = {
            container["image"]
            for manifest in manifests
            if manifest["kind"] in ("Deployment", "StatefulSet")
            for container in manifest["spec"]["template"]["spec"]["containers"]
        }
        assert f"quay.io/argoproj/argocd:{argocd.version}" in images


def test_what_is_there_stays_and_what_is_missing_comes_back(mirror: Path) -> None:
    argocd = UPSTREAMS["argo-cd"]
    kept, lost = (mirror / argocd.name / argocd.version / name for name in argocd.published)
    kept.write_text("kept")
    lost.unlink()
    said: list[str] = []
    fill_mirror(mirror, BinaryCache(LabConfig.from_environment().cache), said.append)
    assert kept.read_text() == "kept"
    assert lost.exists()
    assert [line for line in said if argocd.published[1] in line and argocd.published[0] + "," not in line]
