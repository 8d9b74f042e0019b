# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ansible-playbook, as a user starts them, against a lab's API."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import core_environments
import yaml
from lab_server import LabServer, Snapshot
from module_runner import run_module
from slipway_lab.api.request_log import LoggedRequest

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """What one run printed and did. requests: the calls it made, oldest first."""

    returncode: int
    output: str
    results: list[dict[str, Any]]
    requests: list[LoggedRequest]

    @property
    def mutating(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.requests if request.mutating]

    @property
    def changed(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Task, host and sentences of every task that changed something (or would).

        A kubeconfig's sentence ends in why it is written, which check mode cannot know for a cluster to come.
        """
        reason = re.compile(r"(write kubeconfig \S+ for cluster \S+?)(:|, when) .*")
        return sorted(
            (r["task"], r["host"], tuple(reason.sub(r"\1", change) for change in r["changes"]))
            for r in self.results
            if r["changed"]
        )

    @property
    def diffs(self) -> list[tuple[str, str, str]]:
        """Task, host and what --diff shows of every task that changed something (or would)."""
        return sorted(
            (r["task"], r["host"], json.dumps(_foreseeable(diff), sort_keys=True, indent=1))
            for r in self.results
            if r["changed"]
            for diff in r["diffs"]
        )

    @property
    def errors(self) -> str:
        """The messages of the tasks that failed."""
        return "\n".join(result["msg"] for result in self.results if result["status"] in ("failed", "unreachable"))

    def message(self, task: str) -> str:
        """The message of a task that ran once."""
        return next(str(result["msg"]) for result in self.results if result["task"] == task)

    def succeeded(self) -> Run:
        assert self.returncode == 0, self.output
        return self


def _foreseeable(diff: Any) -> Any:
    """A diff without what nobody knows of a thing to come: what the API chooses, and the mode of a folder that
    ansible.builtin.file has not made yet."""
    if not isinstance(diff, dict) or not isinstance(diff.get("before"), dict):
        return diff
    if diff["before"] == {}:
        unknown = {"context", "endpoint"}
    elif diff["before"].get("state") == "absent":
        unknown = {"mode"}
    else:
        return diff
    return {side: {key: value for key, value in diff[side].items() if key not in unknown} for side in diff}


def assert_check_told_what_was_done(check: Run, run: Run) -> None:
    """The check changed nothing, and its lines are exactly those of the run."""
    assert check.mutating == []
    assert check.changed == run.changed
    assert check.diffs == run.diffs
    assert run.changed != []


class Standing:
    """Accounts as site.yml left them, so that not every test that starts from one has to make it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._accounts: dict[tuple[str, ...], tuple[Snapshot, Path]] = {}

    def bring(self, workplace: Workplace, *arguments: str) -> None:
        """Bring account and kubeconfigs to where the run brings empty ones; it runs when it is first asked for."""
        assert not workplace.edited, "only for inventories as shipped"
        if arguments not in self._accounts:
            workplace.site(*arguments).succeeded()
            copy = self._folder / str(len(self._accounts))
            shutil.copytree(workplace.kubeconfigs, copy)
            self._accounts[arguments] = workplace.server.snapshot(), copy
            return
        snapshot, kubeconfigs = self._accounts[arguments]
        workplace.server.restore(snapshot)
        shutil.copytree(kubeconfigs, workplace.kubeconfigs)


def environment_of(core: str) -> dict[str, str]:
    """What has a run use this ansible-core, which is made when it is not there."""
    return {"PATH": f"{core_environments.commands(core)}:{os.environ['PATH']}"}


class Workplace:
    """Inventories of a test's own, its kubeconfigs, and the environment that reaches a lab."""

    def __init__(self, folder: Path, server: LabServer, standing: Standing | None = None) -> None:
        self.folder = folder
        self.server = server
        self.edited = False
        self._standing = standing
        self.kubeconfigs = folder / "kubeconfig"
        self.environment = {
            **os.environ,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "record_results",
            "DIGITALOCEAN_TOKEN": server.token,
            "DIGITALOCEAN_API_URL": server.url,
            "DIGITALOCEAN_CA_CERT": server.ca_cert,
            "SLIPWAY_KUBECONFIG_DIR": str(self.kubeconfigs),
            # Read when the inventory of the lab is; nothing is fetched from there. Without a password there is nothing
            # to ask the forge with either.
            "SLIPWAY_GIT_URL": "https://git.example.com",
            "SLIPWAY_GIT_USERNAME": "",
            "SLIPWAY_GIT_PASSWORD": "",
        }
        shutil.copytree(CHECKOUT / "inventories", folder / "inventories", symlinks=True)

    def use_token(self, token: str) -> None:
        """Run with another token than the one with full access."""
        self.environment["DIGITALOCEAN_TOKEN"] = token

    def use_core(self, core: str) -> None:
        """Run with another ansible-core than these tests do: one of core_environments.supported()."""
        self.environment |= environment_of(core)

    def edit(self, file: str, **values: Any) -> None:
        """Set variables in a YAML file below inventories/."""
        self.edited = True
        path = self.folder / "inventories" / file
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **values}))

    def write(self, file: str, text: str) -> None:
        self.edited = True
        (self.folder / "inventories" / file).write_text(text)

    def clusters(self) -> list[str]:
        """Names of the account's clusters."""
        return sorted(cluster["name"] for cluster in self.server.admin.status()["clusters"])

    def get(self, path: str) -> dict[str, Any]:
        """An answer of the API."""
        with self.server.client() as client:
            found: dict[str, Any] = client.get(path, params={"per_page": 200}).raise_for_status().json()
        return found

    def cluster(self, name: str) -> dict[str, Any]:
        """The one cluster of this name, as the API gives it."""
        [cluster] = [
            item for item in self.get("/v2/kubernetes/clusters")["kubernetes_clusters"] if item["name"] == name
        ]
        return dict(cluster)

    def is_empty(self) -> bool:
        """Whether nothing of the account is left that can be deleted; the default VPC of a region cannot."""
        vpcs = [vpc["name"] for vpc in self.get("/v2/vpcs")["vpcs"] if not vpc["default"]]
        found = (self.clusters(), vpcs, self.volumes(), self.load_balancers(), self.registries())
        return found == ([], [], [], [], [])

    def make_volume(self, cluster: str, name: str) -> None:
        """A volume as the cluster's volume driver makes it: tagged with the cluster."""
        body = {
            "name": name,
            "region": self.cluster(cluster)["region"],
            "size_gigabytes": 1,
            "tags": [f"k8s:{self.cluster(cluster)['id']}"],
        }
        with self.server.client() as client:
            client.post("/v2/volumes", json=body).raise_for_status()

    def make_load_balancer(self, cluster: str, name: str) -> None:
        """A load balancer as the cluster's cloud controller makes it."""
        found = self.cluster(cluster)
        rule = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080}
        body = {
            "name": name,
            "region": found["region"],
            "vpc_uuid": found["vpc_uuid"],
            "tags": [f"k8s:{found['id']}"],
            "forwarding_rules": [rule],
        }
        with self.server.client() as client:
            client.post("/v2/load_balancers", json=body).raise_for_status()

    def make_registry(self, name: str) -> None:
        with self.server.client() as client:
            client.post("/v2/registries", json={"name": name, "subscription_tier_slug": "basic"}).raise_for_status()

    def make_registry_credential(self, registry: str, name: str) -> Path:
        """A credential to pull with, where site.yml keeps it for inventories/local; its file."""
        path = self.kubeconfigs / "registry" / registry / f"{name}.json"
        made = run_module(
            "do_container_registry_credentials",
            token=self.server.token,
            api_url=self.server.url,
            ca_cert=self.server.ca_cert,
            name=registry,
            path=str(path),
        )
        assert not made["failed"], made["msg"]
        return path

    def registries(self) -> list[str]:
        return [registry["name"] for registry in self.get("/v2/registries")["registries"]]

    def make_record(self, domain: str, name: str) -> None:
        """An address record in a zone, which is made where there is none."""
        with self.server.client() as client:
            if client.get(f"/v2/domains/{domain}").status_code == 404:
                client.post("/v2/domains", json={"name": domain}).raise_for_status()
            record = {"type": "A", "name": name, "data": "192.0.2.1", "ttl": 300}
            client.post(f"/v2/domains/{domain}/records", json=record).raise_for_status()

    def records(self, domain: str) -> list[str]:
        """Names of the zone's address records."""
        found = self.get(f"/v2/domains/{domain}/records")["domain_records"]
        return [record["name"] for record in found if record["type"] == "A"]

    def load_balancers(self) -> list[str]:
        return [balancer["name"] for balancer in self.get("/v2/load_balancers")["load_balancers"]]

    def volumes(self) -> list[str]:
        return [volume["name"] for volume in self.get("/v2/volumes")["volumes"]]

    def minors(self) -> list[str]:
        """Minor versions on offer, oldest first."""
        slugs = [version["slug"] for version in self.server.admin.versions() if version["published"]]
        found = {(int(major), int(minor)) for major, minor, *_ in (slug.split(".") for slug in slugs)}
        return [f"{major}.{minor}" for major, minor in sorted(found)]

    def command(self, playbook: str, inventory: str, *arguments: str) -> list[str]:
        return ["ansible-playbook", playbook, "-i", str(self.folder / "inventories" / inventory), *arguments]

    def run(self, playbook: str, inventory: str, *arguments: str, **environment: str) -> Run:
        before = self.server.admin.last_sequence()
        record = self.folder / "results.jsonl"
        record.unlink(missing_ok=True)
        process = subprocess.run(
            self.command(playbook, inventory, *arguments),
            cwd=CHECKOUT,
            env={**self.environment, "RECORD_RESULTS": str(record), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1800,
            check=False,
        )
        results = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
        return Run(process.returncode, process.stdout, results, self.server.admin.requests(before))

    def kill_at(self, call: str, playbook: str, inventory: str, *arguments: str, nth: int = 1) -> None:
        """Start a run and kill it, with all its processes, as soon as the API has got so many calls that begin so.

        call: a method, or a method and the beginning of a path
        """
        before = self.server.admin.last_sequence()
        process = subprocess.Popen(
            self.command(playbook, inventory, *arguments),
            cwd=CHECKOUT,
            env={**self.environment, "RECORD_RESULTS": os.devnull},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 300
            while self._seen(call, before) < nth:
                assert process.poll() is None, f"the run ended without {nth} times {call}"
                assert time.monotonic() < deadline, f"not {nth} times {call} after 300 s"
                time.sleep(0.02)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _seen(self, call: str, before: int) -> int:
        """How many calls the API has had since then that begin so."""
        return sum(
            f"{request.method} {request.path}".startswith(call) for request in self.server.admin.requests(before)
        )

    def clusters_only(self, inventory: str, *arguments: str, **environment: str) -> Run:
        """site.yml as far as DigitalOcean goes."""
        return self.run("site.yml", inventory, "--tags", "clusters", *arguments, **environment)

    def site(self, inventory: str, *arguments: str, **environment: str) -> Run:
        """The same without the look at the nodes: behind the API of these tests there is no Kubernetes."""
        return self.clusters_only(inventory, "--skip-tags", "nodes", *arguments, **environment)

    def stands(self, inventory: str, *arguments: str) -> None:
        """Start from where site() brings an empty account, for which the workplace was given a `standing`."""
        assert self._standing is not None
        self._standing.bring(self, inventory, *arguments)

    def destroy(self, inventory: str, *arguments: str, **environment: str) -> Run:
        return self.run("playbooks/destroy.yml", inventory, *arguments, **environment)
