# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Galaxy, Automation Hub, ansible-builder and the field's linters say of the tarball."""

from __future__ import annotations

import json
import re
import shutil
import sys

import installed_collection
import pytest
import yaml
from installed_collection import CHECKOUT, KEPT, NAME, InstalledCollection

# Kinds of plugins that ansible-doc knows, by their folders.
DOCUMENTED = {"modules": "module", "filter": "filter", "inventory": "inventory"}


def test_galaxy_takes_it(collection: InstalledCollection) -> None:
    """With the importer's checks of a certified collection; it warns of what ansible-lint finds and goes on."""
    said = installed_collection.run(
        "python", "-m", "galaxy_importer.main", collection.tarball.name,
        cwd=collection.tarball.parent,
        environment={**collection.environment, "GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true"},
    )  # fmt: skip
    assert "ansible-lint run complete" in said
    assert "Importer processing completed successfully" in said
    assert [line for line in said.splitlines() if line.startswith(("WARNING", "ERROR"))] == []


def test_an_execution_environment_is_told_what_it_needs(collection: InstalledCollection) -> None:
    said = collection.run("ansible-builder", "introspect", collection.root.parents[2])
    needs = yaml.safe_load(said)
    of_this = {
        kind: {line.split(" #")[0].strip() for line in lines if f"from collection {NAME}" in line}
        for kind, lines in needs.items()
    }
    assert of_this["python"] == set((CHECKOUT / "meta/ee-requirements.txt").read_text().split())
    assert {line.split()[0] for line in of_this["system"]} == {"git", "openssh-client", "openssh-clients"}


def test_the_changelog_can_be_released(collection: InstalledCollection) -> None:
    assert collection.run("antsibull-changelog", "lint") == ""


def test_the_documentation_makes_a_site(collection: InstalledCollection) -> None:
    assert collection.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", ".") == ""


def test_every_plugin_and_role_is_documented(collection: InstalledCollection) -> None:
    of_kind = {
        kind: [path.stem for path in (collection.root / "plugins" / folder).glob("*.py")]
        for folder, kind in DOCUMENTED.items()
    }
    of_kind["role"] = [path.name for path in (collection.root / "roles").iterdir()]
    for kind, names in of_kind.items():
        full = sorted(f"{NAME}.{name}" for name in names)
        documented = json.loads(collection.run("ansible-doc", "--json", "--type", kind, *full, errors=False))
        assert sorted(documented) == full
        assert all(documented.values())


def test_every_playbook_is_found_by_its_full_name(collection: InstalledCollection) -> None:
    playbooks = sorted(path.stem for path in (collection.root / "playbooks").glob("*.yml"))
    assert "site" in playbooks
    said = collection.run(
        "ansible-playbook", "--syntax-check", "-i", "inventories/platform", *(f"{NAME}.{name}" for name in playbooks)
    )
    assert re.findall(r"^playbook: (.*)$", said, re.MULTILINE) == [
        str(collection.root / "playbooks" / f"{name}.yml") for name in playbooks
    ]
    assert "WARNING" not in said


@pytest.fixture
def tested(collection: InstalledCollection) -> InstalledCollection:
    """The same with ansible-test's environments at hand: they are kept between runs."""
    pip = collection.run(
        "python", "-c",
        "import sys, types; from ansible_test._internal.python_requirements import get_venv_packages; "
        "print(get_venv_packages(types.SimpleNamespace(version=sys.argv[1]))['pip'])",
        f"{sys.version_info.major}.{sys.version_info.minor}",
    ).strip()  # fmt: skip
    cache = KEPT / "ansible-test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copy(CHECKOUT / "tools/get_pip.py", cache / f"get_pip_{pip.replace('.', '_')}.py")
    (collection.home / ".ansible" / "test").symlink_to(KEPT / "ansible-test")
    return collection


def test_ansible_test_finds_nothing(tested: InstalledCollection) -> None:
    """No file of exceptions: those in the tarball are exceptions in Automation Hub too."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    said = tested.run(
        "ansible-test", "sanity", "--local", "--requirements", "--color", "no", "--python", python, check=False
    )
    ran = set(re.findall(r'^Running sanity test "([a-z0-9-]+)"', said, re.MULTILINE))
    assert ran >= {"ansible-doc", "changelog", "import", "pep8", "pylint", "validate-modules", "yamllint"}, said
    assert [line for line in said.splitlines() if line.startswith(("ERROR", "FATAL"))] == [], said
    assert not list(tested.root.glob("tests/sanity/ignore-*.txt"))
