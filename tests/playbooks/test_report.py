# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of a part of site.yml reports that part, and says what it left out."""

from __future__ import annotations

import pytest
from ansible_runs import CHECKOUT, Workplace

# What the report has of each part, in check mode before there is anything; "" where that is in no words of its own.
WORDS = {
    "clusters": "hub: Kubernetes 1.36",
    "argocd": "install Argo CD 3.5.7",
    "argocd_spokes": "",
    "sealed_secrets": "Sealing keys",
    "registry": "Registry ",
    "ingress": "create load balancer",
    "tekton": "deliver tekton",
    "pipelines": "build web after a push",
    "applications": "",
}


def left_out(report: str) -> list[str]:
    """The parts that the report says it left out."""
    found = [line.partition(": ")[2] for line in report.splitlines() if line.startswith("Left out of this run: ")]
    return found[0].split(", ") if found else []


def test_the_parts_are_those_of_site_yml() -> None:
    head = (CHECKOUT / "playbooks/site.yml").read_text().partition("\n- name:")[0]
    assert [part for part in WORDS if part not in head] == []


# Two of them in the short run; each is a whole playbook.
SHORT = ("clusters", "argocd")


@pytest.mark.parametrize("tag", [pytest.param(tag, marks=[] if tag in SHORT else pytest.mark.long) for tag in WORDS])
def test_a_part_reports_itself_only(workplace: Workplace, tag: str) -> None:
    run = workplace.run("site.yml", "local", "--check", "--tags", tag).succeeded()
    report = run.message("Report")
    assert left_out(report) == [part for part in WORDS if part != tag]
    assert [words for part, words in WORDS.items() if words and (words in report) is not (part == tag)] == []
    assert "port-forward" not in report


def test_clusters_alone_say_nothing_of_argocd(workplace: Workplace) -> None:
    """The kubeconfigs are there after it, and nothing behind them."""
    run = workplace.site("local").succeeded()
    report = run.message("Report")
    assert "Argo CD" not in report and "port-forward" not in report
    assert "hub: Kubernetes 1.36" in report
    assert left_out(report) == [part for part in WORDS if part != "clusters"]


@pytest.mark.long
def test_what_is_not_enabled_is_not_left_out(workplace: Workplace) -> None:
    report = workplace.run("site.yml", "dev", "--check", "--tags", "clusters").succeeded().message("Report")
    assert left_out(report) == ["argocd", "argocd_spokes", "applications"]


@pytest.mark.long
def test_a_run_of_everything_leaves_nothing_out(workplace: Workplace) -> None:
    report = workplace.run("site.yml", "local", "--check").succeeded().message("Report")
    assert left_out(report) == []
