# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""An argument spec with its rules as one value that can be merged with others."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ArgumentSpec:
    """Arguments of C(AnsibleModule) that describe its options.

    options: the C(argument_spec)
    The other fields are the rules of the same name in C(AnsibleModule).
    """

    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required_if: tuple[tuple[Any, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def merge(self, *others: ArgumentSpec) -> ArgumentSpec:
        """This spec and the others as one; an option that two of them have is a mistake (ValueError)."""
        merged = self
        for other in others:
            twice = sorted(set(merged.options) & set(other.options))
            if twice:
                raise ValueError(f"option {', '.join(twice)} is in two argument specs")
            merged = ArgumentSpec(
                options={**merged.options, **other.options},
                required_if=merged.required_if + other.required_if,
                required_one_of=merged.required_one_of + other.required_one_of,
                required_together=merged.required_together + other.required_together,
                mutually_exclusive=merged.mutually_exclusive + other.mutually_exclusive,
                required_by={**merged.required_by, **other.required_by},
            )
        return merged

    def to_kwargs(self) -> dict[str, Any]:
        """Keyword arguments for C(AnsibleModule): a copy, since AnsibleModule writes into what it is given."""
        return {
            "argument_spec": {name: deepcopy(dict(option)) for name, option in self.options.items()},
            "required_if": [list(rule) for rule in self.required_if],
            "required_one_of": [list(rule) for rule in self.required_one_of],
            "required_together": [list(rule) for rule in self.required_together],
            "mutually_exclusive": [list(rule) for rule in self.mutually_exclusive],
            "required_by": {name: list(rule) for name, rule in self.required_by.items()},
        }


def wait_spec(timeout: int) -> ArgumentSpec:
    """Options C(wait) and C(wait_timeout) with this default, in seconds."""
    return ArgumentSpec(
        options={
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": timeout},
        }
    )
