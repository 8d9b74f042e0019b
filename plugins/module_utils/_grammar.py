# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What the values of options may be, said once for check mode, the run and whoever looks before both. Pure.

A rule has the shape of the values it is for: a Grammar for a value, a mapping of rules for an object, Each for a list,
Entries for a map with keys of the user's. Names of objects and of services are in tables of rules beside their specs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Grammar:
    """What one value may be.

    allowed: ends the sentence "name 'a b' must be ..."
    fits: whether a value is that
    source: where the service publishes it
    """

    allowed: str
    fits: Callable[[Any], bool]
    source: str = ""

    def problem(self, where: str, value: Any) -> str:
        """What is wrong with the value in one sentence, "" for nothing."""
        return "" if self.fits(value) else f"{where} {value!r} must be {self.allowed}"


@dataclass(frozen=True)
class Each:
    """A list. kind: what its items are called when they have names, such as "node pool"."""

    rule: Rule
    kind: str = ""


@dataclass(frozen=True)
class Entries:
    """A map whose keys the user chose, such as labels. kind: what an entry is called, such as "label"."""

    key: Grammar
    value: Grammar
    kind: str


Rule: TypeAlias = "Grammar | Each | Entries | Mapping[str, Rule]"


def matching(pattern: str, allowed: str, *, most: int | None = None, least: int = 1, source: str = "") -> Grammar:
    """Text that matches the whole pattern and is not longer (nor shorter) than so many characters."""
    compiled = re.compile(pattern, re.ASCII)

    def fits(value: Any) -> bool:
        text = str(value)
        return least <= len(text) and (most is None or len(text) <= most) and compiled.fullmatch(text) is not None

    return Grammar(allowed, fits, source)


def between(least: float, most: float, allowed: str = "", *, source: str = "") -> Grammar:
    """A number from least to most."""
    return Grammar(allowed or f"{least} to {most}", lambda value: least <= value <= most, source)


def one_of(*values: str, source: str = "") -> Grammar:
    """One of a few words."""
    return Grammar(" or ".join(values), lambda value: value in values, source)


def at_least(least: float, *, source: str = "") -> Grammar:
    return Grammar(f"{least} or more", lambda value: bool(value >= least), source)


def free(why: str) -> Grammar:
    """Any value; why says who looks at it, or that nobody has to."""
    return Grammar("anything", lambda _value: True, why)


def is_free(rule: Rule) -> bool:
    return isinstance(rule, Grammar) and rule.allowed == "anything"


def optional(grammar: Grammar) -> Grammar:
    """The same, or the empty text that stands for nothing."""
    return Grammar(grammar.allowed, lambda value: value == "" or grammar.fits(value), grammar.source)


def problems_of(rule: Rule, value: Any, where: str = "") -> list[str]:
    """Everything in the value that the rule does not allow, each in one sentence that names the option.

    where: the option that the value is of, "" for all options. What is None or not there was not given.
    """
    if value is None:
        return []
    if isinstance(rule, Grammar):
        problem = rule.problem(where, value)
        return [problem] if problem else []
    if isinstance(rule, Entries):
        return _problems_of_entries(rule, value, where)
    found = []
    if isinstance(rule, Each):
        for number, item in enumerate(value):
            found += problems_of(rule.rule, item, _title(rule, item, f"{where}[{number}]"))
        return found
    for name, inner in rule.items():
        found += problems_of(inner, value.get(name), _join(where, name))
    return found


def _title(rule: Each, item: Any, place: str) -> str:
    name = item.get("name") if rule.kind and isinstance(item, Mapping) else None
    return f"{rule.kind} {name!r}:" if name else place


def _join(where: str, name: str) -> str:
    if not where:
        return name
    return f"{where} {name}" if where.endswith(":") else f"{where}.{name}"


def _problems_of_entries(rule: Entries, value: Mapping[Any, Any], where: str) -> list[str]:
    owner = f"{where.rpartition(' ')[0]} " if " " in where else ""
    found = []
    for key, item in value.items():
        found += problems_of(rule.key, str(key), f"{owner}{rule.kind} key")
        found += problems_of(rule.value, item, f"{owner}value of {rule.kind} {str(key)!r}:")
    return found
