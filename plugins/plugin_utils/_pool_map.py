# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The pool map: from the one place that says which pools a cluster has, everything else that depends on it. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

POOL_LABEL = "doks.digitalocean.com/node-pool"  # DOKS puts it on every node
POOL_KEYS = ("size", "count", "auto_scale", "min_nodes", "max_nodes", "labels", "taints", "tags", "dedicated")


class PoolMapError(ValueError):
    """A pool map that cannot be used; the message names the pool and the key."""


def near(wrong: str, known: Any) -> str:
    found = difflib.get_close_matches(wrong, sorted(map(str, known)), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def checked(pools: Any) -> dict[str, dict[str, Any]]:
    """The map with its pools as plain dictionaries. Raises PoolMapError for anything that is no pool map."""
    if not isinstance(pools, Mapping):
        raise PoolMapError(f"a pool map is a dictionary of pool name to pool, and this is a {type(pools).__name__}")
    for name, pool in pools.items():
        if not isinstance(pool, Mapping):
            raise PoolMapError(f"pool {name!r} is not a dictionary; write {name}: {{size: s-2vcpu-4gb, count: 1}}")
        for key in pool:
            if key not in POOL_KEYS:
                raise PoolMapError(f"pool {name!r} has the unknown key {key!r}{near(str(key), POOL_KEYS)}")
    return {str(name): dict(pool) for name, pool in pools.items()}


def taints_of(name: str, pool: Mapping[str, Any]) -> list[dict[str, str]]:
    """The pool's own taint, when it is dedicated, and those written down; each once."""
    taints = [{"key": name, "value": "true", "effect": "NoSchedule"}] if is_dedicated(name, pool) else []
    for taint in pool.get("taints") or []:
        missing = [key for key in ("key", "effect") if not taint.get(key)]
        if missing:
            raise PoolMapError(f"pool {name!r} has a taint without {' and '.join(missing)}")
        plain = {"key": str(taint["key"]), "value": text(taint.get("value")), "effect": str(taint["effect"])}
        if plain not in taints:
            taints.append(plain)
    return taints


def is_dedicated(name: str, pool: Mapping[str, Any]) -> bool:
    dedicated = pool.get("dedicated", False)
    if not isinstance(dedicated, bool):
        raise PoolMapError(f"pool {name!r}: dedicated is true or false, not {dedicated!r}")
    return dedicated


def text(value: Any) -> str:
    """A taint's value: YAML's true is the string Kubernetes knows."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def node_pools(pools: Any) -> list[dict[str, Any]]:
    """The list that do_kubernetes_cluster takes, in the order of the map."""
    result = []
    for name, pool in checked(pools).items():
        entry: dict[str, Any] = {"name": name}
        entry.update({key: value for key, value in pool.items() if key != "dedicated" and value is not None})
        # Always written: taking `dedicated` away from a pool takes the taint off its nodes.
        entry["taints"] = taints_of(name, pool)
        result.append(entry)
    return result


def pool_placement(pools: Any, name: str) -> dict[str, Any]:
    """nodeSelector and tolerations of a pod that shall run on this pool and on no other."""
    known = checked(pools)
    if name not in known:
        raise PoolMapError(f"there is no pool {name!r}{near(str(name), known)} (pools: {', '.join(known) or 'none'})")
    tolerations = [
        {"key": taint["key"], "operator": "Equal", "value": taint["value"], "effect": taint["effect"]}
        if taint["value"]
        else {"key": taint["key"], "operator": "Exists", "effect": taint["effect"]}
        for taint in taints_of(name, known[name])
    ]
    return {"nodeSelector": {POOL_LABEL: name}, "tolerations": tolerations}
