# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account of the lab holds, but for what only the making of it decides: ids, times, addresses."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from lab_server import Snapshot

State = dict[str, list[dict[str, Any]]]

_NOT_HELD = ("token", "version", "clusterlint_run", "settings")
# Kinds whose id is what people call the object.
_NAMED_BY_ID = ("domain", "registry", "registry_subscription", "tag")
_DECIDED_BY_MAKING = {
    *("id", "created_at", "updated_at", "assigned_at", "active_at", "resized_at", "born", "serial"),
    *("endpoint", "ca_pem", "messages", "ip", "number", "droplet_id", "volume_id"),
}


def held(snapshot: Snapshot) -> State:
    """Every object by its kind, sorted; what refers to another one by its name."""
    records = [(kind, id_, json.loads(body)) for kind, id_, body in snapshot if kind not in _NOT_HELD]
    names = {id_: str(body.get("name") or id_) for _, id_, body in records}
    found: State = {}
    for kind, id_, body in records:
        if kind == "tag" and id_.startswith("k8s:"):
            continue
        seen = {"id": id_} if kind in _NAMED_BY_ID else {}
        if kind == "assignment":
            seen["object"] = _urn(id_, names)
        found.setdefault(kind, []).append({**seen, **_essence(body, names)})
    return {kind: sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) for kind, items in found.items()}


def logins(snapshot: Snapshot) -> set[str]:
    """SHA-256 of every login for a registry that is valid."""
    return {id_ for kind, id_, body in snapshot if kind == "token" and json.loads(body)["name"].startswith("registry ")}


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _urn(urn: str, names: dict[str, str]) -> str:
    start, _, id_ = urn.rpartition(":")
    return f"{start}:{names.get(id_, 'somebody')}"


def _essence(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(item, item) if key in ("vpc_uuid", "project_id") else _essence(item, names)
            for key, item in value.items()
            if key not in _DECIDED_BY_MAKING
        }
    if isinstance(value, list):
        kept = [item for item in value if not (isinstance(item, str) and item.startswith("k8s:"))]
        if kept and isinstance(kept[0], dict) and "droplet_id" in kept[0]:
            # Nodes: their names come from their ids.
            return sorted(f"{node['state']} {node['version']}" for node in kept)
        return [_essence(item, names) for item in kept]
    return value
