# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugins through real runs of Ansible's own commands, against the lab's API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab_account import Account
from lab_server import LabServer

ROOT = Path(__file__).resolve().parents[3]
PROVISION_SECONDS = 3.0
CLUSTER = {
    "name": "{{ inventory_hostname }}",
    "region": "ams3",
    "version": "1.36",
    "node_pools": "{{ pools | slipway.gitops.node_pools }}",
}
POOLS = {
    "base": {"size": "s-2vcpu-4gb", "count": 2},
    "tools": {"size": "s-2vcpu-4gb", "count": 1, "dedicated": True},
}


@pytest.fixture(scope="module")
def slow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A lab in which making something takes a while, as it does at DigitalOcean."""
    folder = tmp_path_factory.mktemp("slow-lab")
    with LabServer(folder, LAB_PROVISION_SECONDS=str(PROVISION_SECONDS)) as running:
        yield running


@pytest.fixture
def slow_account(slow_server: LabServer) -> Account:
    account = Account(slow_server)
    account.empty()
    return account


def environment(account: Account, **more: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "DIGITALOCEAN_"))}
    return {
        **inherited,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "DIGITALOCEAN_TOKEN": account.token,
        "DIGITALOCEAN_API_URL": account.server.url,
        "DIGITALOCEAN_CA_CERT": account.server.ca_cert,
        **more,
    }


def command(name: str) -> str:
    """One of Ansible's commands, of the installation that runs the tests."""
    return str(Path(sys.executable).parent / name)


def write_play(folder: Path, tasks: list[dict[str, Any]], **play: Any) -> Path:
    path = folder / "play.yml"
    settings = {
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "pools": POOLS},
    }
    path.write_text(yaml.safe_dump([{**settings, **play, "tasks": tasks}]))
    return path


class Run:
    """A run of ansible-playbook; every line of its output with the moment it came."""

    def __init__(self, account: Account, playbook: Path, *arguments: str, **env: str) -> None:
        self.stdout: list[tuple[float, str]] = []
        self.stderr: list[tuple[float, str]] = []
        process = subprocess.Popen(
            [command("ansible-playbook"), "-i", "hub,dev,", str(playbook), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(account, PYTHONUNBUFFERED="1", **env),
        )
        readers = [
            threading.Thread(target=self._read, args=(stream, lines))
            for stream, lines in ((process.stdout, self.stdout), (process.stderr, self.stderr))
        ]
        for reader in readers:
            reader.start()
        self.code = process.wait(timeout=120)
        for reader in readers:
            reader.join()

    @staticmethod
    def _read(stream: Any, lines: list[tuple[float, str]]) -> None:
        for line in stream:
            lines.append((time.monotonic(), line.rstrip("\n")))

    @property
    def output(self) -> str:
        return "\n".join(line for _moment, line in [*self.stdout, *self.stderr])

    def moment(self, words: str) -> float:
        """When the first line with these words came."""
        return next(moment for moment, line in [*self.stderr, *self.stdout] if words in line)


def test_progress_is_printed_while_the_module_runs(slow_account: Account, tmp_path: Path) -> None:
    play = write_play(tmp_path, [{"slipway.gitops.do_kubernetes_cluster": CLUSTER}])
    run = Run(slow_account, play)
    assert run.code == 0, run.output
    errors = [line for _moment, line in run.stderr]
    for host in ("hub", "dev"):
        first = f"{host}: cluster provisioning, 0 of 3 nodes ready, 0 s"
        assert first in errors, errors
        assert [line for line in errors if line.startswith(f"{host}: cluster running, 3 of 3 nodes ready, ")]
        # Long before the result, which is what live means.
        assert run.moment(f"changed: [{host}]") - run.moment(first) > PROVISION_SECONDS / 2
    assert not [line for _moment, line in run.stdout if "nodes ready" in line]
    assert "Traceback" not in run.output

    again = Run(slow_account, play)
    assert "changed=0" in again.output and "changed=1" not in again.output
    assert again.stderr == []


def test_output_for_programs_stays_readable(slow_account: Account, tmp_path: Path) -> None:
    play = write_play(tmp_path, [{"slipway.gitops.do_kubernetes_cluster": CLUSTER}])
    run = Run(slow_account, play, ANSIBLE_STDOUT_CALLBACK="ansible.builtin.oneline")
    assert run.code == 0, run.output
    assert {line.split(" | ")[0] for _moment, line in run.stdout if line} == {"hub", "dev"}


def test_a_task_nobody_may_watch_says_nothing(slow_account: Account, tmp_path: Path) -> None:
    play = write_play(tmp_path, [{"slipway.gitops.do_kubernetes_cluster": CLUSTER, "no_log": True}])
    run = Run(slow_account, play)
    assert run.code == 0, run.output
    assert "nodes ready" not in run.output


def test_the_environment_of_the_task_is_kept(account: Account, tmp_path: Path) -> None:
    """The action adds its variable to what the user set, and takes nothing away."""
    task = {
        "slipway.gitops.do_vpc": {"name": "net-{{ inventory_hostname }}", "region": "ams3"},
        "environment": {"DIGITALOCEAN_TOKEN": "{{ the_token }}"},
    }
    play = write_play(tmp_path, [task])
    run = Run(account, play, "-e", f"the_token={account.token}", DIGITALOCEAN_TOKEN="wrong")
    assert run.code == 0, run.output
    assert len(account.vpcs("net-hub")) == 1


@pytest.mark.long
def test_module_defaults_reach_every_module_of_the_group(account: Account, tmp_path: Path) -> None:
    connection = {"token": account.token, "api_url": account.server.url, "ca_cert": account.server.ca_cert}
    tasks: list[dict[str, Any]] = [
        {"slipway.gitops.do_vpc": {"name": "net", "region": "ams3"}, "run_once": True},
        {"slipway.gitops.do_vpc_info": {}},
        {"slipway.gitops.do_kubernetes_cluster_info": {}},
        {"slipway.gitops.do_account_info": {}},
        {"slipway.gitops.do_kubernetes_cluster": {"name": "x", "state": "absent"}},
        {"slipway.gitops.do_kubernetes_preflight": {"clusters": []}},
        {"slipway.gitops.do_container_registry": {"name": "x", "state": "absent"}},
        {"slipway.gitops.do_container_registry_info": {}},
        {
            "slipway.gitops.do_container_registry_credentials": {
                "name": "x",
                "path": str(tmp_path / "x"),
                "state": "absent",
            }
        },
        {"slipway.gitops.do_domain": {"name": "example.com", "state": "absent"}},
        {"slipway.gitops.do_domain_info": {}},
        {"slipway.gitops.do_domain_record": {"domain": "example.com", "type": "A", "state": "absent"}},
        {"slipway.gitops.do_domain_record_info": {"domain": "example.com"}},
        {"slipway.gitops.do_load_balancer": {"name": "x", "state": "absent"}},
        {"slipway.gitops.do_load_balancer_info": {}},
    ]
    play = write_play(tmp_path, tasks, module_defaults={"group/slipway.gitops.digitalocean": connection})
    empty = dict.fromkeys(("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_API_URL", "DIGITALOCEAN_CA_CERT"), "")
    run = Run(account, play, **empty)
    assert run.code == 0, run.output


def test_a_failure_is_words_and_no_traceback(account: Account, tmp_path: Path) -> None:
    play = write_play(tmp_path, [{"slipway.gitops.do_kubernetes_cluster": {**CLUSTER, "region": "ams33"}}])
    run = Run(account, play)
    assert run.code == 2
    assert "no Kubernetes in region 'ams33'; near it: ams3" in run.output
    assert "Traceback" not in run.output
    assert account.token not in run.output


def test_a_background_task_works_without_progress(account: Account, tmp_path: Path) -> None:
    task = {"slipway.gitops.do_kubernetes_cluster": CLUSTER, "async": 60, "poll": 1}
    run = Run(account, write_play(tmp_path, [task]))
    assert run.code == 0, run.output
    assert account.cluster("hub") is not None


def test_the_inventory_is_listed(account: Account, tmp_path: Path) -> None:
    body = {"region": "ams3", "version": "1.36", "node_pools": [{"name": "b", "size": "s-2vcpu-4gb", "count": 1}]}
    account.api("POST", "/v2/kubernetes/clusters", json={**body, "name": "dev", "tags": ["env:dev"]})
    account.api("POST", "/v2/kubernetes/clusters", json={**body, "name": "prod", "tags": ["env:prod"]})
    source = tmp_path / "clusters.do_kubernetes.yml"
    source.write_text(yaml.safe_dump({"plugin": "slipway.gitops.do_kubernetes", "filters": {"tag": "env:dev"}}))
    listed = subprocess.run(
        [command("ansible-inventory"), "-i", str(source), "--list"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(account),
        check=True,
    )
    inventory = json.loads(listed.stdout)
    assert inventory["do_region_ams3"]["hosts"] == ["dev"]
    assert inventory["do_tag_env_dev"]["hosts"] == ["dev"]
    minor = inventory["_meta"]["hostvars"]["dev"]["do_version_minor"]
    # The command marks what comes from an API as nothing to be rendered as a template.
    assert minor in ("1.36", {"__ansible_unsafe": "1.36"})
    assert account.token not in listed.stdout
