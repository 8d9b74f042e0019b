# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables in a role's README, written from its argument specs.

usage: role_readme.py [ROLE ...]     rewrites the README of these roles, or of all
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).parents[2] / "roles"
BEGIN, END = "<!-- begin variables -->\n", "<!-- end variables -->\n"


def roles() -> list[Path]:
    """Folders of the collection's roles."""
    return sorted(path for path in ROLES.iterdir() if path.is_dir())


def argument_specs(role: Path) -> dict[str, Any]:
    specs: dict[str, Any] = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
    return specs


def defaults(role: Path) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((role / "defaults/main.yml").read_text())
    return values


def _text(description: str | list[str]) -> str:
    """Ansible's markup as Markdown, on one line."""
    joined = " ".join([description] if isinstance(description, str) else description)
    return re.sub(r"\b[CVEOPM]\(([^)]*)\)", r"`\1`", joined).replace("|", r"\|")


def _value(default: Any) -> str:
    """As one writes it in an inventory."""
    return default if isinstance(default, str) and default else json.dumps(default)


def rows(options: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Rows of a table of variables: name, type and what it is, those of a dictionary's keys below it."""
    for name, option in options.items():
        kind = f"list of {option['elements']}" if option.get("elements") else option["type"]
        facts = ["required"] if option.get("required") else []
        if "default" in option:
            facts.append(f"default `{_value(option['default'])}`")
        if "choices" in option:
            facts.append("one of " + ", ".join(f"`{choice}`" for choice in option["choices"]))
        suffix = f" ({'; '.join(facts)})" if facts else ""
        yield f"| `{prefix}{name}` | {kind} | {_text(option['description'])}{suffix} |"
        yield from rows(option.get("options", {}), f"{prefix}{name}.")


def variables(role: Path) -> str:
    """The README's section on variables, one table per entry point."""
    parts = []
    for entry_point, spec in argument_specs(role).items():
        heading = "" if entry_point == "main" else f"### `tasks_from: {entry_point}`\n{spec['short_description']}.\n\n"
        table = "\n".join(["| variable | type | what |", "|---|---|---|", *rows(spec["options"])])
        parts.append(f"{heading}{table}\n")
    return "\n".join(parts)


def rendered(role: Path) -> str:
    """The whole README as it should be."""
    before, rest = (role / "README.md").read_text().split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + variables(role) + END + after


if __name__ == "__main__":
    for path in [ROLES / name for name in sys.argv[1:]] or roles():
        (path / "README.md").write_text(rendered(path))
