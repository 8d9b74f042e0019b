# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How clusters and applications are, in the few words that a table needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_state import (
    HEALTHY,
    SYNCED,
    State,
    follows_its_source,
    state_of,
)
from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

POOL_LABEL = "doks.digitalocean.com/node-pool"
NO_POOL = "(none)"
# What a reader has to do about an application: nothing, nothing yet, let it go on, or look.
GOOD, BUSY, WAITING, BAD = "good", "busy", "waiting", "bad"
JsonObject = dict[str, Any]


def pool_status(nodes: Sequence[Mapping[str, Any]]) -> list[JsonObject]:
    """Pools of a cluster, from its Node objects: name, nodes, ready, versions (of the kubelets), not_ready (names)."""
    pools: dict[str, JsonObject] = {}
    for node in plain(list(nodes)):
        metadata, status = node["metadata"], node.get("status") or {}
        name = (metadata.get("labels") or {}).get(POOL_LABEL, NO_POOL)
        pool = pools.setdefault(name, {"name": name, "nodes": 0, "ready": 0, "versions": [], "not_ready": []})
        pool["nodes"] += 1
        if any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or []):
            pool["ready"] += 1
        else:
            pool["not_ready"].append(metadata["name"])
        version = (status.get("nodeInfo") or {}).get("kubeletVersion", "")
        if version and version not in pool["versions"]:
            pool["versions"].append(version)
    return [pools[name] for name in sorted(pools)]


def application_status(
    applications: Sequence[Mapping[str, Any]], reasons: Mapping[str, str] | None = None
) -> list[JsonObject]:
    """Applications in order of name: name, project, cluster, namespace, sync, health, verdict, operation, revision,
    compared_revision, images, problem.

    verdict: good; busy, on its way there; waiting, for a person to sync it or go on with it; bad
    reasons: why applications are not well, by namespace/name, where Argo CD was asked
    """
    found = []
    for app in sorted(plain(list(applications)), key=lambda one: str(one["metadata"]["name"])):
        state, spec = state_of(app), app["spec"]
        key = f"{app['metadata'].get('namespace', '')}/{app['metadata']['name']}"
        found.append(
            {
                "name": app["metadata"]["name"],
                "project": spec.get("project") or "default",
                "cluster": spec["destination"].get("name") or spec["destination"].get("server", ""),
                "namespace": spec["destination"].get("namespace", ""),
                "sync": state.sync or "Unknown",
                "health": state.health or "Unknown",
                "verdict": _verdict(state, follows_its_source(spec)),
                "operation": (state.phase or "queued") if state.operating else "",
                "revision": _deployed(app),
                "compared_revision": state.revision,
                "images": list(((app.get("status") or {}).get("summary") or {}).get("images") or []),
                "problem": (reasons or {}).get(key) or "; ".join(text.rstrip(".") for text in _wrong(state)),
            }
        )
    return found


def _wrong(state: State) -> list[str]:
    return [*state.errors, *([f"its last operation failed: {state.message}"] if state.failed else [])]


def _verdict(state: State, automated: bool) -> str:
    # An operation may still go wrong, but what the status says is of the time before it.
    if state.operating or not state.sync:
        return BUSY
    # Health alone lies: of a cluster that cannot be reached it says Healthy.
    if state.errors or state.failed or state.sync == "Unknown" or state.health in ("Degraded", "Unknown", ""):
        return BAD
    if state.sync != SYNCED and not automated:
        return WAITING
    if state.health == HEALTHY:
        return GOOD if state.sync == SYNCED else BUSY
    return {"Progressing": BUSY, "Suspended": WAITING}.get(state.health, BAD)


def _deployed(app: JsonObject) -> str:
    """The revision that is on the cluster: what it was compared with when in sync, else what was synced last."""
    state = state_of(app)
    history = (app.get("status") or {}).get("history") or []
    if state.sync == "Synced" or not history:
        return state.revision if state.sync == "Synced" else ""
    last = history[-1]
    return str(last.get("revision") or ", ".join(last.get("revisions") or []))
