# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of upstreams agrees with the go.mod files it builds from."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from slipway_lab.build.binaries import cache_key
from slipway_lab.build.go_build import build_arguments
from slipway_lab.build.upstreams import (
    UPSTREAMS,
    UPSTREAMS_DIRECTORY,
    Upstream,
    available_kubernetes_versions,
    kubernetes,
    needed_upstreams,
)
from slipway_lab.config import NodeKind

MODULES = [upstream for upstream in UPSTREAMS.values() if upstream.module]


@pytest.mark.parametrize("upstream", MODULES, ids=lambda upstream: upstream.name)
def test_the_version_is_the_one_go_mod_requires(upstream: Upstream) -> None:
    text = (upstream.directory / "go.mod").read_text()
    required = re.findall(rf"^\s*(?:require )?{re.escape(upstream.module)} (v\S+)", text, re.MULTILINE)
    assert required == [upstream.version]


@pytest.mark.parametrize("upstream", MODULES, ids=lambda upstream: upstream.name)
def test_go_builds_exactly_the_binaries_of_the_table(upstream: Upstream) -> None:
    text = (upstream.directory / "go.mod").read_text()
    block = re.search(r"^tool \((.*?)^\)", text, re.MULTILINE | re.DOTALL)
    tools = block.group(1).split() if block else re.findall(r"^tool (\S+)", text, re.MULTILINE)
    # Go names a command after the last part of its path, unless that is a major version.
    built = {next(part for part in reversed(tool.split("/")) if not re.fullmatch(r"v\d+", part)) for tool in tools}
    assert built == set(upstream.binaries.values())


def test_every_module_set_is_in_the_table() -> None:
    assert {path.parent.name for path in UPSTREAMS_DIRECTORY.glob("*/go.mod")} == set(UPSTREAMS)


def test_kubernetes_reports_the_version_it_is_offered_as() -> None:
    for version in available_kubernetes_versions():
        arguments = build_arguments(kubernetes(version), Path("/out"))
        flags = arguments[arguments.index("-ldflags") + 1]
        assert f"-X k8s.io/component-base/version.gitVersion=v{version}" in flags
        assert kubernetes(version).version == f"v{version}"


def test_a_kind_of_node_needs_only_its_own_programs() -> None:
    names = {kind: {upstream.name for upstream in needed_upstreams(kind)} for kind in NodeKind}
    assert names[NodeKind.NONE] == set()
    assert names[NodeKind.KWOK] == {"etcd", "kwok", "kubernetes"}
    assert "runc" in names[NodeKind.REAL] and "kwok" not in names[NodeKind.REAL]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("slipway_lab.build.upstreams.UPSTREAMS_DIRECTORY", tmp_path)
    directory = tmp_path / "etcd"
    directory.mkdir()
    (directory / "go.mod").write_text("module x\n")
    return directory


def test_the_cache_key_stays_while_nothing_changes(folder: Path) -> None:
    assert cache_key(UPSTREAMS["etcd"], "go1.26.6") == cache_key(UPSTREAMS["etcd"], "go1.26.6")


def test_the_cache_key_follows_whatever_decides_the_result(folder: Path) -> None:
    upstream = UPSTREAMS["etcd"]
    keys = [cache_key(upstream, "go1.26.6"), cache_key(upstream, "go1.26.7")]
    for change in ({"tags": ("x",)}, {"linker_flags": ("-X a=b",)}, {"cgo": True}, {"binaries": {"etcd": "other"}}):
        keys.append(cache_key(dataclasses.replace(upstream, **change), "go1.26.6"))
    (folder / "go.mod").write_text("module y\n")
    keys.append(cache_key(upstream, "go1.26.6"))
    (folder / "go.sum").write_text("")
    keys.append(cache_key(upstream, "go1.26.6"))
    assert len(set(keys)) == len(keys)
