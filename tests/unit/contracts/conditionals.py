# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conditionals of roles and playbooks, and whether each is a boolean whatever it is that stands in them.

ansible-core refuses a conditional whose result is anything else, but only the one that a run comes by, with the values
of that run. This looks at all of them, and at every operand of `not`, `and` and `or`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import fragment_loader, module_loader
from ansible.utils.plugin_docs import get_docstring
from jinja2 import Environment, TemplateSyntaxError, nodes

ROOT = Path(__file__).resolve().parents[3]
KEYWORDS = ("when", "until", "failed_when", "changed_when")
# Boolean in every run: https://docs.ansible.com/ansible/latest/reference_appendices/special_variables.html
SPECIAL = frozenset({"ansible_check_mode", "ansible_diff_mode"})
# What results have beside the values of their module:
# https://docs.ansible.com/ansible/latest/reference_appendices/common_return_values.html
COMMON_FIELDS = frozenset({"changed", "failed", "skipped", "unreachable"})
ENVIRONMENT = Environment(autoescape=True)


@dataclass(frozen=True)
class Conditional:
    """One condition of a task, block, play or assertion."""

    file: Path
    keyword: str
    value: Any

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}: {self.keyword}: {' '.join(str(self.value).split())}"


def files(*folders: str) -> list[Path]:
    """YAML that Ansible reads tasks, plays and variables from, and no documents of Kubernetes."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.yml")]
    return sorted(
        path for path in found if not {"files", "meta", "repository"} & set(path.relative_to(ROOT).parts[:-1])
    )


def loaded(path: Path) -> Any:
    """As Ansible reads it."""
    return DataLoader().load_from_file(str(path), cache="none", trusted_as_template=True)


def mappings(data: Any) -> Iterator[dict[str, Any]]:
    """Every mapping at every depth."""
    if isinstance(data, dict):
        yield data
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from mappings(item)


def conditionals(path: Path) -> Iterator[Conditional]:
    for mapping in mappings(loaded(path)):
        found = {keyword: mapping[keyword] for keyword in KEYWORDS if keyword in mapping}
        for name in ("ansible.builtin.assert", "assert"):
            if name in mapping:
                found["that"] = mapping[name]["that"]
        for keyword, value in found.items():
            for one in value if isinstance(value, list) else [value]:
                yield Conditional(path, keyword, one)


def expression_of(text: str) -> nodes.Expr | None:
    """What is between the braces of a value that is one template and nothing else: it keeps its type."""
    body = ENVIRONMENT.parse(text).body
    if len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1:
        [node] = body[0].nodes
        return None if isinstance(node, nodes.TemplateData) else node
    return None


def conditional_expression(text: str) -> nodes.Expr:
    node = expression_of(f"{{{{ {text} }}}}")
    if node is None:
        raise TemplateSyntaxError(f"no expression: {text}", 0)
    return node


def _typed(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, field in fields.items():
        yield name, field.get("type", "")
        yield from _typed(field.get("contains") or {})
        for mapping in mappings(field.get("sample")):
            yield from ((str(key), _kind(value)) for key, value in mapping.items())


def _kind(value: Any) -> str:
    """As types are named in documentation."""
    return next(kind.__name__ for kind in (bool, int, float, str, list, dict, object) if isinstance(value, kind))


def boolean_options() -> frozenset[str]:
    """Of all roles."""
    specs = [
        yaml.safe_load(path.read_text())["argument_specs"] for path in ROOT.glob("roles/*/meta/argument_specs.yml")
    ]
    entry_points = [entry_point for spec in specs for entry_point in spec.values()]
    return frozenset(
        name
        for entry_point in entry_points
        for name, option in entry_point["options"].items()
        if option["type"] == "bool"
    )


OPTIONS = boolean_options()


class Booleans:
    """Which names and fields are booleans, by all that defines them.

    What a user gives is none: `-e role_option=false` is text, and true as such.
    """

    def __init__(self, sources: list[Path]) -> None:
        self._definitions: dict[str, list[Any]] = {}
        self._fields: dict[str, list[Any]] = {}
        self._modules: set[str] = set()
        self._pending: set[int] = set()
        for path in sources:
            self._read(path)

    def _read(self, path: Path) -> None:
        data = loaded(path)
        if path.parent.name == "vars" and isinstance(data, dict):
            self._define(data)
        for mapping in mappings(data):
            self._modules |= {key for key in mapping if isinstance(key, str) and key.count(".") == 2}
            for key in ("vars", "ansible.builtin.set_fact"):
                if isinstance(mapping.get(key), dict):
                    self._define(mapping[key])

    def _define(self, variables: dict[str, Any]) -> None:
        for name, value in variables.items():
            self._definitions.setdefault(name, []).append(value)
            for mapping in mappings(value):
                for field, inner in mapping.items():
                    self._fields.setdefault(str(field), []).append(inner)

    @cached_property
    def _documented(self) -> dict[str, set[str]]:
        """Types of the fields that modules in use and the collection's filters return, by name."""
        found: dict[str, set[str]] = {}
        sources = [(path, "filter") for path in (ROOT / "plugins" / "filter").glob("*.py") if path.stem != "__init__"]
        for name in sorted(self._modules):
            path = module_loader.find_plugin_with_context(name).plugin_resolved_path
            if path:
                sources.append((Path(path), "module"))
        for path, kind in sources:
            _doc, _examples, returned, _metadata = get_docstring(
                str(path), fragment_loader, collection_name="slipway.gitops", plugin_type=kind
            )
            fields = yaml.safe_load(returned) if isinstance(returned, str) else returned
            for field, type_name in _typed(fields or {}):
                found.setdefault(field, set()).add(type_name)
        return found

    def why_not(self, node: nodes.Node) -> str:
        """Empty for what is a boolean in every run; else the part that may be something else."""
        match node:
            case nodes.Compare() | nodes.Test() | nodes.Const(value=bool()) | nodes.Filter(name="bool"):
                parts = []
            case nodes.Not(node=operand):
                parts = [operand]
            case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
                parts = [left, right]
            case nodes.CondExpr(test=test, expr1=first, expr2=nodes.Expr() as second):
                parts = [test, first, second]
            case nodes.Filter(name="default", node=nodes.Expr() as value, args=[other, *_]):
                parts = [value, other]
            case nodes.Name(name=name):
                return self._why_name(name)
            case nodes.Getattr(node=of, attr=field) | nodes.Getitem(node=of, arg=nodes.Const(value=str() as field)):
                return self._why_field(of, field)
            case _:
                return f"a {type(node).__name__}"
        return next(filter(None, map(self.why_not, parts)), "")

    def _why_name(self, name: str) -> str:
        if name in SPECIAL:
            return ""
        if name in OPTIONS:
            return f"{name}, an option, which may be given as text"
        return self._why_one_of(name, self._definitions.get(name, []))

    def _why_field(self, of: nodes.Node, name: str) -> str:
        if name in COMMON_FIELDS:
            return ""
        if isinstance(of, nodes.Name):
            given = [
                value[name] for value in self._definitions.get(of.name, []) if isinstance(value, dict) and name in value
            ]
            if given:
                return self._why_one_of(name, given)
        others = self._documented.get(name, set()) - {"bool"}
        if others:
            return f"{name}, a {', '.join(sorted(others))}"
        given = self._fields.get(name, [])
        return "" if name in self._documented and not given else self._why_one_of(name, given)

    def _why_one_of(self, name: str, values: list[Any]) -> str:
        """Whatever it is given has to be a boolean."""
        if not values:
            return f"{name}, of which nothing says that it is a boolean"
        for value in values:
            if id(value) in self._pending:
                continue
            self._pending.add(id(value))
            why = self._why_value(value)
            self._pending.discard(id(value))
            if why:
                return f"{name}, which may be {why}"
        return ""

    def _why_value(self, value: Any) -> str:
        if isinstance(value, bool):
            return ""
        if not isinstance(value, str):
            return f"a {_kind(value)}"
        node = expression_of(value)
        return "text" if node is None else self.why_not(node)

    def of_conditional(self, value: Any) -> str:
        """Why a condition may be no boolean; empty when it cannot."""
        if isinstance(value, bool):
            return ""
        if not isinstance(value, str):
            return f"a {_kind(value)}"
        return self.why_not(conditional_expression(value))


def undecided_options(path: Path) -> list[str]:
    """Boolean options of roles by which a template decides, without the filter that makes text a boolean."""
    texts = [path.read_text()] if path.suffix == ".j2" else list(_texts(loaded(path)))
    deciding = [node for text in texts for node in _deciding(ENVIRONMENT.parse(text))]
    return sorted({node.name for node in deciding if isinstance(node, nodes.Name)} & OPTIONS)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _texts(item)


def _deciding(template: nodes.Template) -> Iterator[nodes.Node]:
    """What is taken as true or false somewhere in a template."""
    for node in template.find_all((nodes.CondExpr, nodes.If, nodes.Not, nodes.And, nodes.Or)):
        match node:
            case nodes.CondExpr(test=test) | nodes.If(test=test) | nodes.Not(node=test):
                yield test
            case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
                yield from (left, right)
