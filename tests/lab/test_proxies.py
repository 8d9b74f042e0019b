# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On a machine whose traffic goes through a proxy that does not know the lab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lab_instance
import pytest
from slipway_lab.config import LabConfig
from slipway_lab.proxies import no_proxy, without_proxies

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# Nobody listens there: what goes to the proxy fails.
PROXY = "http://127.0.0.1:9"
PROXIES = {name: PROXY for word in ("http_proxy", "https_proxy", "all_proxy") for name in (word, word.upper())}


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """What `lab env` prints for a lab that came up behind the proxy, in the environment with the proxy."""
    with lab_instance.running(nodes="none", **PROXIES, no_proxy="", NO_PROXY="intranet.example.com") as environment:
        yield environment


def run(environment: dict[str, str], *command: str) -> str:
    result = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_its_own_commands(environment: dict[str, str]) -> None:
    # Without what `lab env` printed: in the shell before that.
    before = environment | {"no_proxy": "", "NO_PROXY": ""}
    assert environment["DIGITALOCEAN_API_URL"] in run(before, lab_instance.LAB, "status")
    assert run(before, lab_instance.LAB, "token", "another").strip()
    run(before, lab_instance.LAB, "git", "create", "web", "--from", str(EXAMPLES / "web"))
    [repository] = json.loads(run(before, lab_instance.LAB, "git", "list", "--json"))
    assert list(repository["branches"]) == ["main"]


def test_clients_with_what_lab_env_prints(environment: dict[str, str]) -> None:
    assert environment["NO_PROXY"] == environment["no_proxy"]
    assert environment["NO_PROXY"].startswith("intranet.example.com,")
    asked = (
        "import os, pydo; print(pydo.Client(os.environ['DIGITALOCEAN_TOKEN'],"
        " endpoint=os.environ['DIGITALOCEAN_API_URL'], connection_verify=os.environ['DIGITALOCEAN_CA_CERT'],"
        " retry_total=0).account.get()['account']['status'])"
    )
    assert run(environment, sys.executable, "-c", asked).strip() == "active"
    assert "refs/heads" in run(environment, "git", "ls-remote", f"{environment['SLIPWAY_GIT_URL']}/web.git")


def test_the_machines_network_and_what_was_there_before(tmp_path: Path) -> None:
    config = LabConfig.from_environment({"LAB_HOME": str(tmp_path), "LAB_NETWORK": "172.30.0.0/16"})
    found = no_proxy(config, {"no_proxy": "a.example.com, b.example.com", "NO_PROXY": "b.example.com"})
    assert found["no_proxy"] == "a.example.com,b.example.com,127.0.0.1,localhost,172.30.0.1,172.30.0.0/16"
    assert no_proxy(config, found) == found


def test_an_environment_without_proxies() -> None:
    assert not any("proxy" in name.lower() for name in without_proxies(os.environ | PROXIES))
