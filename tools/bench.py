# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the figures of docs/benchmarks.md on this machine and print them as Markdown tables.

usage: bench.py            warm: a lab of its own with three real clusters, then calls per cluster on many records
       bench.py builds     from a push of the web app until dev runs it, with and without the caches of builds
       bench.py cold       `make demo` in a copy of the checkout with every cache empty, then once more

Nothing here is a test: machines are noisy, so read the ratios of one run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import build_bench
import example_repositories
import lab_instance
import web_app
from slipway_lab.api.admin import AdminClient
from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient

CHECKOUT = Path(__file__).resolve().parent.parent
CLUSTER_COUNTS = (1, 5, 10, 20)
SITE = ("site.yml", "inventories/local")
# Records have no nodes to wait for, and nothing can be installed in them.
RECORDS_ONLY = ("--tags", "clusters", "--skip-tags", "nodes")
RELEASE_SECONDS = 300


@dataclass(frozen=True)
class Measured:
    seconds: float
    calls: int
    mutating: int


def used_memory_mib() -> int:
    """Memory of the whole machine that is not available any more, MiB."""
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    total, available = (int(fields[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    return (total - available) // 1024


def timed(action: Callable[[], object]) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


class Playbooks:
    """Runs playbooks against one lab and counts what they ask of its API."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._admin = AdminClient(LabConfig.from_environment(environment))

    def run(self, playbook: str, inventory: str, *arguments: str) -> Measured:
        """One run; its output goes to standard error only when it fails."""
        before = self._admin.last_sequence()
        command = ["ansible-playbook", playbook, "-i", inventory, *arguments]
        started = time.monotonic()
        result = subprocess.run(
            command, cwd=CHECKOUT, env=self._environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        seconds = time.monotonic() - started
        if result.returncode != 0:
            sys.stderr.buffer.write(result.stdout)
            raise SystemExit(f"bench: {' '.join(command)} failed")
        calls = self._admin.requests(since=before)
        return Measured(seconds, len(calls), sum(call.mutating for call in calls))


def row(name: str, *cells: object) -> None:
    print(
        "| " + " | ".join([name, *(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells)]) + " |"
    )


def table(*header: str) -> None:
    print()
    row(*header)
    print("|" + "---|" * len(header), flush=True)


def push_to_running(environment: dict[str, str]) -> float:
    """Seconds from a push of the web app's next version until dev answers with it."""
    config = LabConfig.from_environment(environment)
    with tempfile.TemporaryDirectory() as directory:
        file = "deploy/base/kustomization.yaml"
        change = ("newTag: 1.0.0", "newTag: 1.1.0")
        example_repositories.push_replacement(GitClient(config), "web", file, change, Path(directory) / "clone")
    wanted = {"version": "1.1.0"}
    return timed(lambda: web_app.wait_until(config, web_app.NAMES["dev"], wanted, RELEASE_SECONDS))


def real_clusters() -> None:
    idle = used_memory_mib()
    started = time.monotonic()
    with lab_instance.running() as environment:
        up = time.monotonic() - started
        playbooks = Playbooks(environment)
        clusters = (*SITE, "--tags", "clusters")
        runs = {
            "`--check` before the first run": playbooks.run(*clusters, "--check"),
            "first run: three clusters of three real nodes": playbooks.run(*clusters),
            "second run: nothing to do": playbooks.run(*clusters),
        }
        subprocess.run([lab_instance.LAB, "prepare", *lab_instance.PLATFORM_IMAGES], env=environment, check=True)
        example_repositories.create(environment)
        no_builds = ("-e", '{"slipway_tekton": {"enabled": false}, "slipway_pipelines": {"enabled": false}}')
        runs |= {
            "on to Argo CD on the hub": playbooks.run(*SITE, "--tags", "argocd"),
            "on to sealed secrets, a registry, an ingress each and two applications": playbooks.run(*SITE, *no_builds),
            "all of that again: nothing to do": playbooks.run(*SITE, *no_builds),
        }
        # Before builds are there, which a push would start.
        release = push_to_running(environment)
        runs |= {
            "on to Tekton and builds": playbooks.run(*SITE),
            "all of site.yml again: nothing to do": playbooks.run(*SITE),
        }
        memory = used_memory_mib() - idle
        down_up = timed(lambda: [subprocess.run([lab_instance.LAB, verb], env=environment, check=True,
                                                stdout=subprocess.DEVNULL) for verb in ("down", "up")])  # fmt: skip
        destroy = playbooks.run(
            "playbooks/destroy.yml", "inventories/local", "-e", "destroy_confirm=hub,dev,prod",
            "-e", "destroy_associated_resources=true",
        )  # fmt: skip
    table("site.yml -i inventories/local on the lab", "seconds", "API calls", "of them mutating")
    for name, run in runs.items():
        row(name, run.seconds, run.calls, run.mutating)
    row("destroy.yml", destroy.seconds, destroy.calls, destroy.mutating)
    table("the lab, binaries and images at hand", "figure")
    row("push to the new version answering in dev, Argo CD asking Git every 10 s, s", release)
    row("`lab up` with no cluster, s", up)
    row("`lab down` and `lab up` with three clusters of three nodes, s", down_up)
    row("memory of the three clusters, the lab and its API, MiB", memory)


def write_inventory(directory: Path, count: int) -> str:
    """An inventory of `count` clusters with the shipped shared variables and an address plan of its own."""
    shutil.copytree(CHECKOUT / "inventories", directory / "inventories", symlinks=True)
    inventory = directory / "inventories" / "many"
    inventory.mkdir()
    names = [f"cluster-{number:02}" for number in range(count)]
    (inventory / "hosts").write_text("[clusters]\n" + "\n".join(names) + "\n")
    (inventory / "group_vars").mkdir()
    shutil.copy(CHECKOUT / "inventories/platform/group_vars/all.yml", inventory / "group_vars/all.yml")
    (inventory / "host_vars").mkdir()
    for number, name in enumerate(names):
        subnets = {"pod": f"10.{130 + number}.0.0/17", "service": f"10.{130 + number}.128.0/19"}
        lines = [f"do_cluster_{kind}_subnet: {subnet}\n" for kind, subnet in subnets.items()]
        (inventory / "host_vars" / f"{name}.yml").write_text("".join(lines))
    return str(inventory)


def many_clusters() -> None:
    """API calls of a no-op against the number of clusters; records only, as no node needs to run for this."""
    table("no-op of site.yml, records only", "seconds", "API calls", "calls a cluster")
    with lab_instance.running(nodes="none") as environment:
        playbooks = Playbooks(environment)
        AdminClient(LabConfig.from_environment(environment)).settings(droplet_limit=1000)
        for count in CLUSTER_COUNTS:
            with tempfile.TemporaryDirectory() as directory:
                inventory = write_inventory(Path(directory), count)
                playbooks.run("site.yml", inventory, *RECORDS_ONLY)
                again = playbooks.run("site.yml", inventory, *RECORDS_ONLY)
            row(f"{count} clusters", again.seconds, again.calls, again.calls / count)


def cold() -> None:
    """`make demo` as on a machine that has never seen the project, then again; all in folders that go afterwards."""
    with tempfile.TemporaryDirectory(prefix="slipway-cold-") as directory:
        clone = Path(directory) / "slipway"
        subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(clone)], check=True)
        environment = os.environ | {
            "LAB_HOME": f"{directory}/lab",
            "LAB_CACHE": f"{directory}/lab-cache",
            "LAB_PORT": str(lab_instance.free_port()),
            "LAB_NETWORK": lab_instance.free_network(),
            "SLIPWAY_KUBECONFIG_DIR": f"{directory}/kubeconfig",
            "GOCACHE": f"{directory}/go-build",
            "GOMODCACHE": f"{directory}/go-mod",
            "GOFLAGS": "-modcacherw",
            "PIP_CACHE_DIR": f"{directory}/pip",
        }
        try:
            seconds = [
                timed(lambda: subprocess.run(["make", "demo"], cwd=clone, env=environment, check=True))
                for _ in range(2)
            ]
        finally:
            subprocess.run([clone / ".venv/bin/lab", "down"], env=environment, check=True)
    table("`make demo`", "minutes")
    row("cold: no environment, binaries, images or module cache", seconds[0] / 60)
    row("again, with three clusters running", seconds[1] / 60)


def builds() -> None:
    with lab_instance.running(images=lab_instance.PLATFORM_IMAGES) as environment:
        example_repositories.create(environment)
        Playbooks(environment).run(*SITE)
        measured = build_bench.measure(environment)
    first = next(iter(measured.values()))
    table("from a push until dev runs it, s", *first, "to the first")
    for name, seconds in measured.items():
        # Kubernetes tells whole seconds.
        row(name, *(max(0, round(value)) for value in seconds.values()), f"{seconds['all'] / first['all']:.2f}")


def main() -> None:
    if sys.argv[1:] == ["builds"]:
        builds()
        return
    if sys.argv[1:] == ["cold"]:
        cold()
        return
    real_clusters()
    many_clusters()


if __name__ == "__main__":
    main()
