# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Check what the user wrote against the API's own field names and types, before anything is sent.

The API drops fields it does not know and answers 200, so a typing mistake would silently lose a setting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from .._errors import InvalidInputError, raise_all
from .api_schema import ARGOCD_VERSION, DEFINITIONS

_SCALARS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,), "number": (int, float)}
LIST, MAP = "list of ", "map of "


def problems(value: Any, kind: str, path: str) -> Iterator[str]:
    """One sentence for every unknown field and every value of a wrong type. None is fine: it removes the field."""
    if value is None or kind == "any":
        return
    if kind.startswith(LIST):
        if not isinstance(value, (list, tuple)):
            yield f"{path} must be a list, not {_name(value)}"
            return
        for index, item in enumerate(value):
            yield from problems(item, kind.removeprefix(LIST), f"{path}[{index}]")
        return
    if kind.startswith(MAP) or kind in DEFINITIONS:
        if not isinstance(value, Mapping):
            yield f"{path} must be a dictionary, not {_name(value)}"
            return
        for key, item in value.items():
            yield from _member_problems(key, item, kind, f"{path}.{key}" if path else str(key))
        return
    if kind == "int or str":
        fits = isinstance(value, (int, str)) and not isinstance(value, bool)
    else:
        fits = isinstance(value, _SCALARS[kind]) and (kind == "bool" or not isinstance(value, bool))
    if not fits:
        hint = "; put it in quotes" if kind == "str" and isinstance(value, (bool, int, float)) else ""
        yield f"{path} must be of type {kind}, not {_name(value)}{hint}"


def _member_problems(key: Any, item: Any, kind: str, path: str) -> Iterator[str]:
    if kind.startswith(MAP):
        yield from problems(item, kind.removeprefix(MAP), path)
        return
    known = DEFINITIONS[kind]
    if key in known:
        yield from problems(item, known[key], path)
        return
    near = get_close_matches(str(key), known, n=1)
    yield f"{path} is not a field of Argo CD's API" + (
        f", did you mean {near[0]}?" if near else f", which has here: {', '.join(known)}"
    )


def check(subject: str, value: Any, kind: str, path: str, refused: Mapping[str, Collection[str]] | None = None) -> None:
    """Raise InvalidInputError that names every problem.

    subject: the object, such as "project web"
    refused: definition -> fields that are known but must not be given here
    """
    found = [*problems(value, kind, path), *_refused(value, kind, path, refused or {})]
    raise_all(found, InvalidInputError, f"{subject} cannot be used (fields as of Argo CD {ARGOCD_VERSION})")


def _refused(value: Any, kind: str, path: str, refused: Mapping[str, Collection[str]]) -> Iterator[str]:
    if kind.startswith(LIST) and isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _refused(item, kind.removeprefix(LIST), f"{path}[{index}]", refused)
    elif kind in DEFINITIONS and isinstance(value, Mapping):
        for key, item in value.items():
            if key in refused.get(kind, ()):
                yield f"{path}.{key} is written by Argo CD and cannot be given"
            else:
                yield from _refused(item, DEFINITIONS[kind].get(key, "any"), f"{path}.{key}", refused)


def _name(value: Any) -> str:
    return {"str": "text", "dict": "a dictionary", "list": "a list"}.get(type(value).__name__, repr(value))
