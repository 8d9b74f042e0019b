# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `lab` as people run it; clusters are records here, so that it takes seconds."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import lab_instance
import pytest
from slipway_lab.process_identity import ProcessIdentity


class LabCommand:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = os.environ | {
            "LAB_HOME": str(home),
            "LAB_PORT": str(lab_instance.free_port()),
            "LAB_NODES": "none",
        }

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [lab_instance.LAB, *arguments], env=self.environment | environment, input=stdin,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def ok(self, *arguments: str) -> str:
        result = self(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def refused(self, *arguments: str, stdin: str = "", **environment: str) -> str:
        """What the command says when it does not do it: one line or a list, never a traceback."""
        result = self(*arguments, stdin=stdin, **environment)
        assert result.returncode == 1, result.stdout
        assert result.stderr.startswith("lab: ") and "Traceback" not in result.stderr
        return result.stderr

    def server(self) -> ProcessIdentity | None:
        identity = ProcessIdentity.load(self.home / "server.json")
        return identity if identity and identity.is_alive() else None


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabCommand]:
    command = LabCommand(tmp_path / "home")
    yield command
    command("down")
    assert command.server() is None


def call(environment: dict[str, str], method: str, path: str, body: object = None) -> httpx.Response:
    context = ssl.create_default_context(cafile=environment["DIGITALOCEAN_CA_CERT"])
    headers = {"Authorization": f"Bearer {environment['DIGITALOCEAN_TOKEN']}"}
    url = environment["DIGITALOCEAN_API_URL"] + path
    return httpx.request(method, url, json=body, headers=headers, verify=context, timeout=10)


def test_up_gives_an_api_that_the_printed_environment_reaches(lab: LabCommand) -> None:
    printed = lab.ok("up")
    assert "export DIGITALOCEAN_TOKEN=" in printed
    environment = json.loads(lab.ok("env", "--format", "json"))
    assert call(environment, "GET", "/v2/account").status_code == 200
    script = f'eval "$({lab_instance.LAB} env)"; printf %s "$DIGITALOCEAN_TOKEN"'
    shell = subprocess.run(["sh", "-c", script], env=lab.environment, capture_output=True, text=True, check=True)
    assert shell.stdout == environment["DIGITALOCEAN_TOKEN"]


def test_up_and_down_can_be_said_twice(lab: LabCommand) -> None:
    lab.ok("up")
    first = lab.server()
    lab.ok("up")
    assert lab.server() == first is not None
    assert "The lab is down" in lab.ok("down")
    assert lab.server() is None
    assert "The lab was not up" in lab.ok("down")


def test_clusters_stay_over_down_and_up(lab: LabCommand) -> None:
    lab.ok("up")
    environment = json.loads(lab.ok("env", "--format", "json"))
    pool = {"name": "base", "size": "s-2vcpu-4gb", "count": 2}
    order = {"name": "hub", "region": "fra1", "version": "latest", "node_pools": [pool]}
    assert call(environment, "POST", "/v2/kubernetes/clusters", order).status_code == 201
    lab.ok("down")
    lab.ok("up")
    (cluster,) = json.loads(lab.ok("status", "--json"))["clusters"]
    assert (cluster["name"], cluster["state"], len(cluster["nodes"])) == ("hub", "running", 2)
    assert "hub" in lab.ok("status")
    assert lab.ok("reset", "--yes") == "The account is empty, all clusters are gone.\n"
    assert json.loads(lab.ok("status", "--json"))["clusters"] == []


def test_a_killed_server_is_started_by_the_next_up(lab: LabCommand) -> None:
    lab.ok("up")
    first = lab.server()
    assert first is not None
    first.send(signal.SIGKILL)
    first.wait_gone(5)
    assert json.loads(lab.ok("status", "--json"))["running"] is False
    lab.ok("up")
    assert lab.server() not in (None, first)


def test_reset_asks_and_works_while_the_lab_is_down(lab: LabCommand) -> None:
    lab.ok("up")
    assert "Nothing was removed" in lab.refused("reset", stdin="no\n")
    assert "Nothing was removed" in lab.refused("reset")
    lab.ok("down")
    lab.ok("reset", "--yes")
    assert not list(lab.home.glob("account.sqlite3*"))


def test_a_token_has_the_scopes_it_was_made_with(lab: LabCommand) -> None:
    lab.ok("up")
    environment = json.loads(lab.ok("env", "--format", "json"))
    environment["DIGITALOCEAN_TOKEN"] = lab.ok("token", "reader", "--scope", "kubernetes:read").strip()
    assert call(environment, "GET", "/v2/kubernetes/clusters").status_code == 200
    assert call(environment, "GET", "/v2/vpcs").status_code == 403


def test_logs_shows_the_servers_log(lab: LabCommand) -> None:
    lab.ok("up")
    assert "Application startup complete" in lab.ok("logs", "-n", "100")
    assert "The lab has no cluster nope; it has: none." in lab.refused("logs", "nope")


def test_what_cannot_be_done_is_said_in_words(lab: LabCommand) -> None:
    assert "No lab has been up" in lab.refused("env")
    assert "LAB_NODES is 'some'; it can be one of: real, kwok, none" in lab.refused("up", LAB_NODES="some")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port}" in lab.refused("up", LAB_PORT=str(port))
    lab.ok("up")
    assert "The lab is up with LAB_NODES=none, not kwok; `lab down` first" in lab.refused("up", LAB_NODES="kwok")


def problems(script: str, home: Path, *, building_only: bool = False, **environment: str) -> list[str]:
    """What the preflight finds, asked in a network namespace of its own after a shell script ran there."""
    ask = "from slipway_lab import config, preflight; c = config.LabConfig.from_environment(); "
    ask += f"print(*(p.what for p in preflight.find_problems(c, building_only={building_only})), sep=chr(10))"
    result = subprocess.run(
        ["unshare", "--net", "sh", "-ec", f'{script}; exec "$0" -c "$1"', sys.executable, ask],
        env=os.environ | {"LAB_HOME": str(home), "LAB_NODES": "real", "LAB_NETWORK": "172.29.0.0/16", **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [line for line in result.stdout.splitlines() if line]


@pytest.mark.real
@pytest.mark.skipif(os.geteuid() != 0, reason="real nodes need root")
class TestPreflight:
    def test_this_machine_can_run_real_nodes(self, tmp_path: Path) -> None:
        assert problems(":", tmp_path) == []

    def test_a_network_in_use_is_named(self, tmp_path: Path) -> None:
        found = problems("ip addr add 172.29.5.1/24 dev lo", tmp_path)
        assert found == ["LAB_NETWORK 172.29.0.0/16 overlaps 172.29.5.0/24 of lo."]
        assert problems("ip addr add 172.29.5.1/24 dev lo", tmp_path, building_only=True) == []

    def test_missing_programs_are_named(self, tmp_path: Path) -> None:
        programs = tmp_path / "bin"
        programs.mkdir()
        for name in ("sh", "unshare", "setsid", "nsenter", "git", "mmdebstrap", "gcc", "pkg-config"):
            (programs / name).symlink_to(f"/usr/bin/{name}")
        assert problems(":", tmp_path, PATH=str(programs)) == ["Program ip is missing.", "Program nft is missing."]

    def test_root_is_asked_for(self, tmp_path: Path) -> None:
        found = subprocess.run(
            ["unshare", "--user", lab_instance.LAB, "up"],
            env=os.environ | {"LAB_HOME": str(tmp_path), "LAB_NODES": "real"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert found.returncode == 1
        assert "Real nodes need root. Run the lab as root, or with LAB_NODES=kwok" in found.stderr
