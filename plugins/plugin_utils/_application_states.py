# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the applications of role applications are, as its result says. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_state import (
    UNKNOWN,
    follows_its_source,
    is_where_it_should_be,
    prunes,
    state_of,
)
from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

NAME_LABEL = "app.kubernetes.io/name"
JsonObject = dict[str, Any]


def application_states(applications: Sequence[Mapping[str, Any]], names: Collection[str]) -> list[JsonObject]:
    """Those of the applications that are named, in order of name: name, application, environment, cluster, namespace,
    automated, sync, health, revision, hostname ("" without a route), settled (nothing is to be waited for), failed (the
    last operation failed), and prunes (removes by itself what Git has not).
    """
    chosen = [one for one in plain(list(applications)) if one["metadata"]["name"] in set(names)]
    return [_state(one) for one in sorted(chosen, key=lambda one: str(one["metadata"]["name"]))]


def _state(application: JsonObject) -> JsonObject:
    state, metadata, spec = state_of(application), application["metadata"], application["spec"]
    return {
        "name": metadata["name"],
        "application": metadata["labels"][NAME_LABEL],
        "environment": spec["project"],
        "cluster": spec["destination"]["name"],
        "namespace": spec["destination"]["namespace"],
        "automated": follows_its_source(spec),
        "sync": state.sync or UNKNOWN,
        "health": state.health or UNKNOWN,
        "revision": state.revision,
        "hostname": _hostname(spec),
        "settled": is_where_it_should_be(application),
        "failed": state.failed,
        "prunes": prunes(spec),
    }


def _hostname(spec: JsonObject) -> str:
    """The name that a route gives it: a patch of its HTTPRoutes has it."""
    for patch in (spec["source"].get("kustomize") or {}).get("patches") or []:
        if (patch.get("target") or {}).get("kind") == "HTTPRoute":
            for operation in json.loads(patch["patch"]):
                if operation["path"] == "/spec/hostnames":
                    return str(operation["value"][0])
    return ""
