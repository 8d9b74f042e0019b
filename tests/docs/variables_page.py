# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/variables.md, written from docs/variables.yml and from what reads the variables.

usage: variables_page.py     rewrites the page
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from role_readme import rows

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/variables.md"
SOURCES = ("roles/*/defaults", "roles/*/tasks", "roles/*/vars", "roles/*/templates", "playbooks")
INTRODUCTION = """# Variables of an inventory

What the roles of this collection share. Each role has more of its own, named after it, which its README lists; what is
said here is their default. A host of the inventory is a cluster, so a variable of a host holds for that cluster alone.

| variable | type | what | read by |
|---|---|---|---|
"""


def described() -> dict[str, dict[str, Any]]:
    variables: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docs/variables.yml").read_text())
    return variables


def readers() -> dict[str, list[str]]:
    """Variable to what names it: roles, playbooks, and the sample inventory."""
    found: dict[str, set[str]] = {}
    for pattern in SOURCES:
        for folder in ROOT.glob(pattern):
            for path in folder.rglob("*"):
                if path.is_file():
                    _note(path, found)
    _note(ROOT / "inventories/platform/group_vars/all.yml", found)
    return {name: sorted(names) for name, names in found.items()}


def _note(path: Path, found: dict[str, set[str]]) -> None:
    for name in set(re.findall(r"\bslipway_[a-z0-9_]+", path.read_text())):
        found.setdefault(name, set()).add(_owner(path.relative_to(ROOT)))


def _owner(path: Path) -> str:
    if path.parts[0] == "roles":
        return f"[{path.parts[1]}](../roles/{path.parts[1]}/README.md)"
    return "the sample inventory" if path.parts[0] == "inventories" else "playbooks"


def rendered() -> str:
    """The whole page as it should be."""
    read_by = readers()
    lines = []
    for name, variable in described().items():
        first, *inner = rows({name: variable})
        lines.append(f"{first} {', '.join(read_by.get(name, []))} |")
        lines += [f"{row} |" for row in inner]
    return INTRODUCTION + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(rendered())
