# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Binaries are built once with the real Go, or taken from the PATH when they are what is needed."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from slipway_lab.build import go_toolchain
from slipway_lab.build.binaries import BinaryCache, find_on_path
from slipway_lab.build.errors import BuildError
from slipway_lab.build.upstreams import UPSTREAMS, Upstream
from slipway_lab.config import LabConfig


@pytest.fixture
def upstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """A program of our own that builds in a second: it says the version its linker flag sets."""
    monkeypatch.setattr("slipway_lab.build.upstreams.UPSTREAMS_DIRECTORY", tmp_path / "upstreams")
    directory = tmp_path / "upstreams" / "hello"
    directory.mkdir(parents=True)
    (directory / "go.mod").write_text("module example.test/hello\n\ngo 1.26.0\n")
    source = 'package main\n\nvar version = "unset"\n\nfunc main() { println(version) }\n'
    (directory / "main.go").write_text(source)
    return Upstream(
        name="hello",
        module="",
        version="v1.2.3",
        binaries={"greeter": "hello"},
        linker_flags=("-X main.version=v1.2.3",),
        package=".",
    )


@pytest.fixture(scope="module")
def toolchain() -> None:
    """Go must be there before a test that counts what is said while building."""
    go_toolchain.find_go(LabConfig.from_environment().cache, print)


@pytest.fixture
def cache(tmp_path: Path, toolchain: None) -> BinaryCache:
    (tmp_path / "cache").mkdir()
    present = LabConfig.from_environment().cache / "go"
    if present.exists():
        (tmp_path / "cache" / "go").symlink_to(present)
    return BinaryCache(tmp_path / "cache")


def test_a_build_has_its_flags_and_its_name(cache: BinaryCache, upstream: Upstream) -> None:
    said: list[str] = []
    binaries = cache.ensure(upstream, said.append)
    result = subprocess.run([binaries["greeter"]], capture_output=True, text=True, check=True)
    assert result.stderr == "v1.2.3\n"
    assert said[0].startswith("hello v1.2.3: not on the PATH and not in the cache yet")
    assert said[-1].startswith("hello v1.2.3: built in ")


def test_a_second_time_nothing_is_built(cache: BinaryCache, upstream: Upstream, tmp_path: Path) -> None:
    first = cache.ensure(upstream, lambda _: None)
    said: list[str] = []
    assert BinaryCache(tmp_path / "cache").ensure(upstream, said.append) == first
    assert said == []


def test_a_changed_source_is_built_again(cache: BinaryCache, upstream: Upstream) -> None:
    first = cache.ensure(upstream, lambda _: None)
    source = upstream.directory / "main.go"
    source.write_text(source.read_text().replace("println(version)", 'println("changed " + version)'))
    second = cache.ensure(upstream, lambda _: None)
    assert second["greeter"] != first["greeter"]
    assert subprocess.run([second["greeter"]], capture_output=True, check=True).stderr == b"changed v1.2.3\n"


def test_a_package_of_the_overlay_takes_the_place_of_a_modules(cache: BinaryCache, upstream: Upstream) -> None:
    """Read-only, as Go keeps modules; what else the module has stays."""
    module = upstream.directory.parent / "greetings"
    for package in ("words", "marks"):
        (module / package).mkdir(parents=True)
        (module / package / "first.go").write_text(
            f'package {package}\n\nfunc Text() string {{ return "{package}" }}\n'
        )
    (module / "words" / "heavy.go").write_text('package words\n\nimport _ "example.test/nowhere"\n')
    (module / "go.mod").write_text("module example.test/greetings\n\ngo 1.26.0\n")
    for folder in (module / "words", module):
        folder.chmod(0o555)
    requirement = "require example.test/greetings v0.0.0\n\nreplace example.test/greetings => ../greetings\n"
    (upstream.directory / "go.mod").write_text(f"module example.test/hello\n\ngo 1.26.0\n\n{requirement}")
    imports = 'import (\n"example.test/greetings/marks"\n"example.test/greetings/words"\n)\n'
    main = f"package main\n\n{imports}\nfunc main() {{ println(words.Text() + marks.Text()) }}\n"
    (upstream.directory / "main.go").write_text(main)
    with pytest.raises(BuildError, match=r"example\.test/nowhere"):
        cache.ensure(upstream, lambda _: None)

    overlay = upstream.directory / "overlay" / "example.test" / "greetings" / "words"
    overlay.mkdir(parents=True)
    (overlay / "words.go").write_text('package words\n\nfunc Text() string { return "ours, " }\n')
    binaries = cache.ensure(upstream, lambda _: None)
    assert subprocess.run([binaries["greeter"]], capture_output=True, check=True).stderr == b"ours, marks\n"
    assert sorted(path.name for path in (module / "words").iterdir()) == ["first.go", "heavy.go"]

    (overlay / "words.go").write_text('package words\n\nfunc Text() string { return "others, " }\n')
    binaries = cache.ensure(upstream, lambda _: None)
    assert subprocess.run([binaries["greeter"]], capture_output=True, check=True).stderr == b"others, marks\n"


def test_two_labs_at_once_build_one_time(cache: BinaryCache, upstream: Upstream, tmp_path: Path) -> None:
    said: list[str] = []
    other = BinaryCache(tmp_path / "cache")
    threads = [threading.Thread(target=c.ensure, args=(upstream, said.append)) for c in (cache, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("built in" in line for line in said) == 1


def test_a_failed_build_says_why_and_leaves_nothing(cache: BinaryCache, upstream: Upstream, tmp_path: Path) -> None:
    (upstream.directory / "main.go").write_text("package main\n\nfunc main() { undefinedThing() }\n")
    with pytest.raises(BuildError, match="undefined: undefinedThing"):
        cache.ensure(upstream, lambda _: None)
    assert [p.name for p in (tmp_path / "cache" / "bin").iterdir()] == [".hello.lock"]


def test_the_path_gives_a_binary_of_the_needed_version_only(
    cache: BinaryCache, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "path"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")
    assert find_on_path(upstream) == {}
    # println writes to stderr; a real program's version goes to stdout.
    source = upstream.directory / "main.go"
    source.write_text(
        'package main\n\nimport "fmt"\n\nvar version = "unset"\n\nfunc main() { fmt.Println("greeter", version) }\n'
    )
    shutil.copy(cache.ensure(upstream, lambda _: None)["greeter"], directory / "greeter")
    assert find_on_path(upstream) == {}, "a program without version arguments is never taken"
    asked = dataclasses.replace(upstream, version_arguments={"greeter": ("--version",)})
    assert find_on_path(asked) == {"greeter": directory / "greeter"}
    assert find_on_path(dataclasses.replace(asked, version="v1.2.30")) == {}
    assert find_on_path(dataclasses.replace(asked, version="v1.2")) == {}


def test_a_script_on_the_path_is_not_taken_for_the_program(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "greeter"
    script.write_text("#!/bin/sh\necho greeter v1.2.3\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    asked = dataclasses.replace(upstream, version_arguments={"greeter": ("--version",)})
    assert find_on_path(asked) == {}


def test_go_from_the_path_must_be_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "bin" / "go"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho go1.19.8\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # as with no registry in reach
    said: list[str] = []
    needed = go_toolchain.needed_version()
    with pytest.raises(BuildError, match=f"Install Go {needed} or newer and put it on the PATH"):
        go_toolchain.find_go(tmp_path / "cache", said.append)
    assert said[0] == f"go: {old} is go1.19.8, go{needed} or newer is needed"


def test_every_cgo_upstream_names_its_libraries() -> None:
    assert {u.name: tuple(u.libraries) for u in UPSTREAMS.values() if u.cgo} == {"runc": ("libseccomp",)}
