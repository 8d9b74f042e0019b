# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's Helm repository: upstreams' own charts, labelled stand-ins, made anew when one changes."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.charts import STAND_INS, ChartCache
from slipway_lab.build.errors import BuildError
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig

BINARIES = BinaryCache(LabConfig.from_environment().cache)


def index(folder: Path) -> dict[str, list[dict[str, Any]]]:
    entries: dict[str, list[dict[str, Any]]] = yaml.safe_load((folder / "index.yaml").read_text())["entries"]
    return entries


def write_chart(stand_ins: Path, name: str, value: str) -> None:
    chart = {"apiVersion": "v2", "name": name, "version": "1.2.3", "description": "Stand-in"}
    (stand_ins / name / "templates").mkdir(parents=True, exist_ok=True)
    (stand_ins / name / "Chart.yaml").write_text(yaml.safe_dump(chart))
    (stand_ins / name / "values.yaml").write_text(f"value: {value}\n")


def test_it_has_the_charts_of_upstreams_and_the_stand_ins(tmp_path: Path) -> None:
    write_chart(tmp_path / "stand-ins", "example", "one")
    folder = ChartCache(tmp_path, BINARIES, tmp_path / "stand-ins").ensure(print)
    entries = index(folder)
    assert set(entries) == {"example", *(Path(c).name for u in UPSTREAMS.values() for c in u.charts)}
    for (entry,) in entries.values():
        (file,) = entry["urls"]
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == entry["digest"]


def test_a_chart_that_changed_is_packaged_again_and_nothing_else_is(tmp_path: Path) -> None:
    charts = ChartCache(tmp_path, BINARIES, tmp_path / "stand-ins")
    write_chart(tmp_path / "stand-ins", "example", "one")
    first = charts.ensure(print)
    said: list[str] = []
    assert charts.ensure(said.append) == first
    assert said == []
    write_chart(tmp_path / "stand-ins", "example", "two")
    second = charts.ensure(said.append)
    assert second != first
    assert index(second)["example"][0]["digest"] != index(first)["example"][0]["digest"]
    assert len(said) == 1


def test_a_chart_that_is_none_is_named(tmp_path: Path) -> None:
    write_chart(tmp_path / "stand-ins", "example", "one")
    (tmp_path / "stand-ins/example/Chart.yaml").write_text("apiVersion: v2\nname: example\n")
    with pytest.raises(BuildError, match="stand-ins/example"):
        ChartCache(tmp_path, BINARIES, tmp_path / "stand-ins").ensure(print)
    assert not list((tmp_path / "charts").glob(".making-*"))


@pytest.mark.parametrize("chart", sorted(STAND_INS.glob("*/Chart.yaml")), ids=lambda path: path.parent.name)
def test_a_stand_in_says_for_what_it_stands_in_and_can_be_rendered(chart: Path) -> None:
    described = yaml.safe_load(chart.read_text())
    assert described["name"] == chart.parent.name
    label = f"Stand-in of the lab for the upstream chart {described['name']}"
    assert described["description"].startswith(label)
    helm = BINARIES.ensure(UPSTREAMS["helm"], print)["helm"]
    subprocess.run([str(helm), "template", "test", str(chart.parent)], check=True, capture_output=True)
