# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ansible-cores that are tested are those that are claimed, wherever that is said."""

from __future__ import annotations

import re
from pathlib import Path

import core_environments
import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[3]
SMALLEST = core_environments.claimed()[0]


def test_the_smallest_is_what_the_collection_requires() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert runtime["requires_ansible"] == f">={SMALLEST}.0"


@pytest.mark.parametrize("path", sorted(ROOT.glob("roles/*/meta/main.yml")), ids=lambda path: path.parts[-3])
def test_the_smallest_is_what_roles_require(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["galaxy_info"]["min_ansible_version"] == SMALLEST


@pytest.mark.parametrize("file", ["README.md", "docs/getting-started.md"])
def test_the_smallest_is_what_people_are_told(file: str) -> None:
    said = re.findall(r"ansible-core (\d+\.\d+) or newer", (ROOT / file).read_text(), re.IGNORECASE)
    assert said == [SMALLEST]


def test_development_uses_cores_that_are_tested() -> None:
    lines = (ROOT / "requirements" / "dev.txt").read_text().splitlines()
    used = [str(Requirement(line).specifier) for line in lines if line.startswith("ansible-core")]
    assert set(used) <= {str(core_environments.requirement(core).specifier) for core in core_environments.claimed()}
    assert used


def test_no_core_is_claimed_twice_or_under_another_name() -> None:
    for core in core_environments.claimed():
        assert str(core_environments.requirement(core).specifier).startswith(f"=={core}.")


def test_cores_have_the_packages_that_users_install() -> None:
    names = [
        {Requirement(line).name for line in (ROOT / file).read_text().splitlines() if line and line[0] != "#"}
        for file in ("meta/ee-requirements.txt", "requirements/modules.txt")
    ]
    assert names[0] == names[1]
