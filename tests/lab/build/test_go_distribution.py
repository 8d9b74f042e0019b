# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Go toolchain that images get: the module of the version that the examples' Dockerfiles name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.errors import BuildError
from slipway_lab.build.examples import EXAMPLES_DIRECTORY
from slipway_lab.build.go_distribution import go_distribution, go_distribution_entries
from slipway_lab.build.image_catalogue import load_catalogue
from slipway_lab.build.oci import BlobStore, LayerFile
from slipway_lab.config import LabConfig


def test_the_layer_has_a_toolchain_that_runs_as_the_version_that_it_says(tmp_path: Path) -> None:
    version = load_catalogue()["golang"].go
    folder = go_distribution(version, BinaryCache(LabConfig.from_environment().cache).go(lambda _: None))
    entries = list(go_distribution_entries(folder, "/usr/local/go"))
    modes = {entry.path: entry.mode for entry in entries if isinstance(entry, LayerFile)}
    assert modes["/usr/local/go/bin/go"] == 0o755
    assert modes["/usr/local/go/VERSION"] == 0o644
    assert {mode for path, mode in modes.items() if path.startswith("/usr/local/go/pkg/tool/")} == {0o755}
    blobs = BlobStore(tmp_path)
    layer = blobs.path(blobs.put_layer(entries)[0])
    subprocess.run(["tar", "-xf", layer, "-C", tmp_path], check=True)
    go = tmp_path / "usr/local/go/bin/go"
    said = subprocess.run([go, "version"], env={"GOTOOLCHAIN": "local"}, capture_output=True, text=True, check=True)
    assert f"go{version} " in said.stdout


def test_examples_are_built_with_the_toolchain_that_the_lab_has() -> None:
    names = load_catalogue()["golang"].names
    for dockerfile in EXAMPLES_DIRECTORY.glob("*/Dockerfile"):
        assert re.findall(r"^FROM (\S+golang\S+)", dockerfile.read_text(), re.M) == list(names), dockerfile


def test_a_version_that_is_not_there_is_named() -> None:
    with pytest.raises(BuildError, match=r"The Go toolchain 1\.2\.99 "):
        go_distribution("1.2.99", BinaryCache(LabConfig.from_environment().cache).go(lambda _: None))
