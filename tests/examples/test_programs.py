# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the examples: their own Go tests, and what the lab's images of them report."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from example_manifests import EXAMPLES
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.examples import example_program
from slipway_lab.config import LabConfig
from slipway_lab.git.first_commit import first_commit


def say(line: str) -> None:
    print(line, flush=True)


@pytest.fixture(scope="module")
def binaries() -> BinaryCache:
    return BinaryCache(LabConfig.from_environment().cache)


@pytest.mark.parametrize("example", ["web", "shop"])
def test_go_tests_and_vet_pass(example: str, binaries: BinaryCache) -> None:
    go = binaries.go(say).executable
    for arguments in (["vet", "./..."], ["test", "./..."]):
        result = subprocess.run(
            [go, *arguments], cwd=EXAMPLES / example, env=os.environ | {"GOTOOLCHAIN": "local", "GOWORK": "off"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def web(binaries: BinaryCache) -> Iterator[httpx.Client]:
    """The web app as the lab builds it, on a free port of loopback."""
    program = binaries.ensure(example_program("web", "1.1.0"), say)["web"]
    environment = {"PATH": os.environ["PATH"], "ENVIRONMENT": "dev", "GREETING": "Hello", "ADDRESS": "127.0.0.1:0"}
    process = subprocess.Popen([str(program)], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = json.loads(process.stdout.readline())["address"]
    with httpx.Client(base_url=f"http://{address}", timeout=5) as client:
        yield client
    process.terminate()
    process.wait(timeout=20)


def test_the_web_app_reports_version_and_commit(web: httpx.Client) -> None:
    told = web.get("/").json()
    assert (told["version"], told["environment"], told["greeting"]) == ("1.1.0", "dev", "Hello")
    # The commit its repository in the lab's Git server begins with.
    assert told["commit"] == first_commit(EXAMPLES / "web")
    assert web.get("/readyz").status_code == 204


def test_a_change_of_code_gives_another_program() -> None:
    first, second = example_program("web", "1.0.0"), example_program("web", "1.1.0")
    assert first.linker_flags != second.linker_flags
    assert any(f"main.commit={first_commit(EXAMPLES / 'web')}" in flag for flag in first.linker_flags)


def test_started_is_the_time_it_started(web: httpx.Client) -> None:
    started = datetime.fromisoformat(web.get("/").json()["started"])
    assert abs((datetime.now(UTC) - started).total_seconds()) < 30
    assert datetime.fromisoformat(web.get("/").json()["started"]) == started
