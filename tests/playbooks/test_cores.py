# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode tells the truth on every ansible-core that is claimed: make test asks the smallest and the newest."""

from __future__ import annotations

import subprocess

import core_environments
import pytest
from ansible_runs import Workplace, assert_check_told_what_was_done

CORES = core_environments.supported()
EACH_CORE = pytest.mark.parametrize(
    "core", [pytest.param(core, marks=[] if core in (CORES[0], CORES[-1]) else [pytest.mark.long]) for core in CORES]
)


@EACH_CORE
def test_a_core_is_the_one_that_it_is_called(workplace: Workplace, core: str) -> None:
    workplace.use_core(core)
    command = ["ansible-playbook", "--version"]
    said = subprocess.run(command, env=workplace.environment, check=True, capture_output=True, text=True).stdout
    assert said.startswith(f"ansible-playbook [core {core}.")


@EACH_CORE
def test_check_of_everything_before_there_is_anything(workplace: Workplace, core: str) -> None:
    workplace.use_core(core)
    run = workplace.run("site.yml", "local", "--check", "--diff").succeeded()
    assert run.mutating == []
    assert not workplace.kubeconfigs.exists()
    announced = {(task.split(" : ")[-1], host) for task, host, _ in run.changed}
    assert {
        ("Say that Argo CD comes with the hub", "hub"),
        ("Say that the cluster is registered when it exists", "hub"),
        ("Say that the cluster is registered when it exists", "dev"),
        ("Say that the cluster is registered when it exists", "prod"),
        ("Say that the component comes with the hub", "hub"),
        ("Say that builds come with the hub", "hub"),
        ("Say that the controller comes with the cluster", "prod"),
        ("Bring the registry to what is declared", "hub"),
        ("Keep the credentials", "dev"),
        ("Say that the credentials come with the cluster", "dev"),
        ("Say that applications come with Argo CD", "hub"),
        ("Say which name there will be", "dev"),
        ("Say that Traefik comes with the cluster", "dev"),
    } <= announced
    report = run.message("Report")
    assert "hub: install Argo CD 3.5.7 when hub exists" in report
    assert "hub: deliver tekton when hub and its Argo CD exist" in report
    assert "Tekton (operator" not in report
    assert "hub: create container registry slipway in ams3" in report
    assert "pulls (read-only)" in report and "pushes and pulls (read-write)" in report
    assert "NOT DONE" not in report


@EACH_CORE
def test_check_of_clusters_that_stand(workplace: Workplace, core: str) -> None:
    workplace.stands("dev", "--limit", "dev")
    workplace.use_core(core)
    unchanged = workplace.site("dev", "--limit", "dev", "--check", "--diff").succeeded()
    assert (unchanged.changed, unchanged.mutating) == ([], [])
    workplace.edit(
        "platform/host_vars/dev.yml",
        do_cluster_tags=["slipway", "changed"],
        do_cluster_maintenance_policy={"day": "friday", "start_time": "22:00"},
    )
    check = workplace.site("dev", "--limit", "dev", "--check", "--diff").succeeded()
    run = workplace.site("dev", "--limit", "dev", "--diff").succeeded()
    assert_check_told_what_was_done(check, run)
    assert workplace.cluster("dev")["maintenance_policy"]["day"] == "friday"
