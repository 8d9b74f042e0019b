# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Whether a server-side apply would change anything, told from the object as it was read. Pure.

Kubernetes notes in metadata.managedFields which fields a manager applied, and takes a field from it when somebody else
writes another value. So an apply changes nothing when the manager owns exactly the declared fields and their values are
the declared ones. Where Kubernetes writes a value in another way than it was declared (a quantity of 1000m becomes 1)
the answer is no, and the apply itself has to tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]

# Who an object is belongs to no manager.
_IDENTITY = frozenset({"apiVersion", "kind"})
_METADATA_IDENTITY = frozenset({"name", "namespace"})


def is_applied(live: Mapping[str, Any], declared: Mapping[str, Any], manager: str) -> bool:
    """Whether the live object is what this manager would make of it by applying what is declared."""
    metadata = live["metadata"]
    if metadata.get("deletionTimestamp"):
        return False
    entries = [
        entry
        for entry in metadata.get("managedFields") or []
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")
    ]
    if len(entries) != 1 or entries[0].get("apiVersion") != declared.get("apiVersion"):
        return False
    return _same(entries[0].get("fieldsV1") or {}, _without_identity(declared), live)


def _without_identity(declared: Mapping[str, Any]) -> JsonObject:
    wanted = {key: value for key, value in declared.items() if key not in _IDENTITY | {"metadata"}}
    metadata = {key: value for key, value in (declared.get("metadata") or {}).items() if key not in _METADATA_IDENTITY}
    return {**wanted, "metadata": metadata} if metadata else wanted


def _same(fields: Mapping[str, Any], wanted: Any, live: Any) -> bool:
    """fields: the part of a fieldsV1 that belongs to this value; {} for one that is owned as a whole."""
    members = {key: value for key, value in fields.items() if key != "."}
    if not members:
        # With the dot it is a map or a list of which nothing inside is owned.
        return _equal(wanted, live) and not ("." in fields and wanted)
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        names = {key.removeprefix("f:") for key in members if key.startswith("f:")}
        return (
            len(names) == len(members)
            and names == set(wanted)
            and all(name in live and _same(members[f"f:{name}"], wanted[name], live[name]) for name in names)
        )
    if isinstance(wanted, list) and isinstance(live, list) and len(members) == len(wanted):
        return all(_same_item(key, inner, wanted, live) for key, inner in members.items())
    return False


def _same_item(key: str, fields: Mapping[str, Any], wanted: list[Any], live: list[Any]) -> bool:
    """An item of a list that is a set (v:<value>) or a map by some of its fields (k:<those fields>)."""
    kind, _colon, text = key.partition(":")
    if kind == "v":
        return json.loads(text) in wanted and json.loads(text) in live
    if kind != "k":
        return False
    names = json.loads(text)
    # Fields of the key may have defaults that are not declared, such as the protocol of a port.
    declared = [item for item in wanted if all(item.get(name, value) == value for name, value in names.items())]
    found = [item for item in live if all(item.get(name) == value for name, value in names.items())]
    if len(declared) != 1 or len(found) != 1:
        return False
    members = {name: value for name, value in fields.items() if name.removeprefix("f:") not in {*names, "."}}
    rest = {name: value for name, value in declared[0].items() if name not in names}
    return _same(members, rest, found[0]) if members and rest else not members and not rest


def _equal(wanted: Any, live: Any) -> bool:
    """Whether a value that is owned as a whole is the declared one, beside defaults that Kubernetes put in."""
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(key in live and _equal(wanted[key], live[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(live, list) and len(wanted) == len(live) and all(map(_equal, wanted, live))
    return bool(wanted == live) and isinstance(wanted, bool) == isinstance(live, bool)
