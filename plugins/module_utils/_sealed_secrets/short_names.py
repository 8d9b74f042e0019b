# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Sealed values as people and diffs see them. Pure.

Each sealing of a value gives another text, of hundreds of characters that say nothing. What check mode seals is thrown
away, so the text that the run will write cannot be foreseen. A text that is there already has a name, one that is new
has none yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.common.yaml import HAS_YAML, yaml_load_all

if HAS_YAML:
    import yaml

KIND = "SealedSecret"
SEALED_ANEW = "sealed anew"


def short_name(sealed: str) -> str:
    return f"sealed {hashlib.sha256(sealed.encode()).hexdigest()[:12]}"


def named_shortly(before: Any, after: Any) -> tuple[Any, Any]:
    """Both with short names for the values of the SealedSecrets in them, at whatever depth those are."""
    there, wanted = set(_sealed_values(before)), set(_sealed_values(after))
    if not there | wanted:
        return before, after
    names = _names(there, wanted)
    return _replaced(before, names), _replaced(after, names)


def texts_named_shortly(before: str, after: str) -> tuple[str, str]:
    """The same for texts that are YAML; others are as they were."""
    names = _names(set(_sealed_values(_documents(before))), set(_sealed_values(_documents(after))))
    for sealed, name in names.items():
        before, after = before.replace(sealed, name), after.replace(sealed, name)
    return before, after


def _names(before: set[str], after: set[str]) -> dict[str, str]:
    return {**dict.fromkeys(after, SEALED_ANEW), **{sealed: short_name(sealed) for sealed in before}}


def _sealed_values(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        spec = data.get("spec")
        values = spec.get("encryptedData") if data.get("kind") == KIND and isinstance(spec, Mapping) else None
        if isinstance(values, Mapping):
            yield from (value for value in values.values() if isinstance(value, str) and value)
    for item in data.values() if isinstance(data, Mapping) else data if isinstance(data, list) else ():
        yield from _sealed_values(item)


def _replaced(data: Any, names: Mapping[str, str]) -> Any:
    if isinstance(data, str):
        return names.get(data, data)
    if isinstance(data, Mapping):
        return {key: _replaced(item, names) for key, item in data.items()}
    return [_replaced(item, names) for item in data] if isinstance(data, list) else data


def _documents(text: str) -> list[Any]:
    if not HAS_YAML or KIND not in text:
        return []
    try:
        return list(yaml_load_all(text))
    except yaml.YAMLError:
        return []
