# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may pull from a registry and push to it: docker-credentials, and its integration with clusters."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api import scopes
from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import not_found, unprocessable, validation_error
from slipway_lab.api.records import Cluster, Registry
from slipway_lab.api.resources.account import EMAIL
from slipway_lab.api.scopes import Scopes
from slipway_lab.registry.address import REGISTRY_NAME

router = APIRouter()

# What a credential lets its bearer do, as scopes of the API. A registry lets in who has the first, and takes images
# from who has both.
PULL_SCOPE, PUSH_SCOPE = "registry:read", "registry:update"
_CLUSTER_REGISTRIES = "/v2/kubernetes/registries"


class ClusterRegistries(Body):
    cluster_uuids: list[str] | None = None
    registries: list[str] | None = None


def _expires_at(request: Request) -> float | None:
    """Absent or 0: never (OpenAPI, registry_expiry_seconds)."""
    text = request.query_params.get("expiry_seconds") or "0"
    try:
        seconds = int(text)
    except ValueError as error:
        raise unprocessable(f"expiry_seconds {text!r} is not a number") from error
    if seconds < 0:
        raise unprocessable("expiry_seconds must not be negative")
    return time.time() + seconds if seconds else None


@router.get(
    "/v2/registries/{registry_name}/docker-credentials",
    dependencies=[Depends(Scopes("registry:read", "registry:update"))],
)
def get_docker_credentials(registry_name: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    """Every call makes a new token of the account, read-only unless asked otherwise.

    The password is the token and the user name the account's address: terraform-provider-digitalocean#1375.
    """
    registry = lab.find(Registry, registry_name)
    writes = request.query_params.get("read_write", "false").lower() in ("true", "1")
    kind = "read-write" if writes else "read-only"
    name = f"registry {registry.id} {kind} {secrets.token_hex(8)}"
    granted = [PULL_SCOPE, PUSH_SCOPE] if writes else [PULL_SCOPE]
    secret = scopes.create_token(lab.store, name, granted, _expires_at(request))
    return {"auths": {REGISTRY_NAME: {"auth": base64.b64encode(f"{EMAIL}:{secret}".encode()).decode()}}}


def _chosen(lab: Lab, body: ClusterRegistries) -> tuple[list[Cluster], list[str]]:
    clusters = [lab.store.get(Cluster, id_) for id_ in body.cluster_uuids or []]
    found = [cluster for cluster in clusters if cluster is not None]
    if not clusters or len(found) < len(clusters):
        raise not_found()
    names = body.registries or []
    unknown = [name for name in names if lab.store.get(Registry, name) is None]
    if unknown or not names:
        raise validation_error(f"registries: {', '.join(unknown) or 'none given'} not found")
    return found, names


@router.post(
    _CLUSTER_REGISTRIES, status_code=204, dependencies=[Depends(Scopes("kubernetes:create", "kubernetes:update"))]
)
def integrate(body: ClusterRegistries, lab: LabDependency) -> None:
    with lab.store.transaction():
        clusters, names = _chosen(lab, body)
        for cluster in clusters:
            cluster.registries = list(dict.fromkeys([*cluster.registries, *names]))
            lab.store.put(cluster)


@router.delete(_CLUSTER_REGISTRIES, status_code=204, dependencies=[Depends(Scopes("kubernetes:update"))])
def disintegrate(body: ClusterRegistries, lab: LabDependency) -> None:
    with lab.store.transaction():
        clusters, names = _chosen(lab, body)
        for cluster in clusters:
            cluster.registries = [name for name in cluster.registries if name not in names]
            lab.store.put(cluster)
