# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README has what Galaxy's and Automation Hub's rules ask for, and says nothing that is not so."""

from __future__ import annotations

import re
from pathlib import Path

import core_environments

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def section(heading: str) -> str:
    parts = re.split(r"^## (.+)$", README, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[heading]


def test_it_says_how_to_install_what_is_tested_where_to_ask_and_what_versions_mean() -> None:
    assert "ansible-galaxy collection install slipway.gitops" in section("Installation")
    assert "### Requirements" in section("Installation")
    help_ = section("Getting help, contributing")
    assert "issue tracker" in help_
    assert all(f"({name}.md)" in help_ for name in ("CONTRIBUTING", "CODE_OF_CONDUCT", "SECURITY"))
    assert "deprecated" in section("Versions") and "semver.org" in section("Versions")
    assert "GPL-3.0-or-later" in section("Licence")


def test_the_cores_that_it_names_are_those_that_are_tested() -> None:
    named = re.search(r"ansible-core ((?:\d\.\d+(?:, | and )?)+)", section("Tested with"))
    assert named
    assert re.findall(r"\d\.\d+", named[1]) == core_environments.claimed()


def test_the_playbooks_that_it_names_are_there() -> None:
    named = set(re.findall(r"ansible-playbook slipway\.gitops\.(\w+)", README))
    assert {"site", "promote", "status"} <= named
    assert named <= {path.stem for path in (ROOT / "playbooks").glob("*.yml")}


def test_the_first_steps_are_those_of_getting_started() -> None:
    """Those are done by a test with the tarball alone."""
    guide = (ROOT / "docs/getting-started.md").read_text()
    steps = re.findall(r"^    (\S.*)$", section("Installation"), re.MULTILINE)
    assert len(steps) == 3
    assert [step for step in steps if f"\n    {step}\n" not in guide] == []
