# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own endpoints below /_lab/, for tests and for the `lab` command. Nothing of DigitalOcean's."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field

from slipway_lab.api import registry_images, scopes, versions
from slipway_lab.api.context import LabDependency
from slipway_lab.api.errors import ApiError, conflict, not_found, unauthorized, unprocessable
from slipway_lab.api.faults import FaultOrder
from slipway_lab.api.records import (
    Assignment,
    Blob,
    Cluster,
    ClusterlintRun,
    Domain,
    DomainRecord,
    LoadBalancer,
    Manifest,
    Project,
    Registry,
    RegistrySubscription,
    Settings,
    Tag,
    Token,
    Version,
    Volume,
    VolumeSnapshot,
    Vpc,
)
from slipway_lab.api.resources.cluster_lifecycle import begin_upgrade
from slipway_lab.api.resources.projects import ensure_default_project
from slipway_lab.api.store import Record

DEFAULT_TOKEN = "default"  # noqa: S105 - the name of the token, not its secret
_ACCOUNT_RECORDS: tuple[type[Record], ...] = (
    Assignment,
    ClusterlintRun,
    Domain,
    DomainRecord,
    LoadBalancer,
    Manifest,
    Project,
    Registry,
    RegistrySubscription,
    Settings,
    Tag,
    Volume,
    VolumeSnapshot,
    Vpc,
)


def require_admin(lab: LabDependency, authorization: Annotated[str, Header()] = "") -> None:
    """Only who has the secret of LAB_HOME/admin.token gets further."""
    if not hmac.compare_digest(authorization.encode(), f"Bearer {lab.admin_token}".encode()):
        raise unauthorized()


router = APIRouter(prefix="/_lab", dependencies=[Depends(require_admin)])


class _AdminBody(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TokenOrder(_AdminBody):
    """A token to make. scopes: such as kubernetes:read, with wildcards; all when absent."""

    name: str = Field(min_length=1)
    scopes: list[str] = list(scopes.FULL_ACCESS)


class SettingsChange(_AdminBody):
    """Settings to change; what is absent stays. See records.Settings."""

    droplet_limit: int | None = Field(default=None, ge=0)
    hourly_requests: int | None = Field(default=None, ge=0)
    burst_requests: int | None = Field(default=None, ge=0)
    burst_seconds: float | None = Field(default=None, gt=0)
    unique_cluster_names: bool | None = None
    taken_registry_names: list[str] | None = None
    taken_domain_names: list[str] | None = None
    load_balancer_resize_seconds: float | None = Field(default=None, ge=0)


class ImageOrder(_AdminBody):
    """An image to note as pushed."""

    repository: str = Field(min_length=1)
    tag: str = "latest"
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    compressed_size_bytes: int = Field(default=1_000_000, ge=0)


class UpgradeOrder(_AdminBody):
    version: str | None = None


@router.get("/status")
def get_status(lab: LabDependency) -> dict[str, Any]:
    """What the lab is and has.

    busy: ids of clusters that are still being brought to what was asked
    under_way: how many requests may still have an effect
    """
    return {
        "home": str(lab.config.home),
        "url": lab.config.api_url,
        "nodes": lab.config.nodes.value,
        "provision_seconds": lab.config.provision_seconds,
        "clusters": [
            {
                "id": cluster.id,
                "name": cluster.name,
                "region": cluster.region,
                "version": cluster.version,
                "state": cluster.state.value,
                "message": cluster.message,
                "endpoint": cluster.endpoint,
                "nodes": {node.name: node.state.value for node in cluster.all_nodes},
            }
            for cluster in lab.store.all(Cluster)
        ],
        "busy": lab.provisioner.busy(),
        "under_way": lab.log.under_way,
        "last_sequence": lab.log.last_sequence(),
        "settings": lab.settings.model_dump(exclude={"id"}),
        "faults": len(lab.faults.all()),
    }


@router.get("/requests")
def list_requests(lab: LabDependency, since: int = 0) -> dict[str, Any]:
    return {"requests": [request.model_dump() for request in lab.log.since(since)]}


@router.post("/faults", status_code=201)
def add_fault(order: FaultOrder, lab: LabDependency) -> dict[str, Any]:
    return {"fault": lab.faults.add(order).model_dump()}


@router.get("/faults")
def list_faults(lab: LabDependency) -> dict[str, Any]:
    return {"faults": [fault.model_dump() for fault in lab.faults.all()]}


@router.delete("/faults", status_code=204)
def clear_faults(lab: LabDependency) -> None:
    lab.faults.clear()


@router.post("/tokens", status_code=201)
def create_token(order: TokenOrder, lab: LabDependency) -> dict[str, Any]:
    return {"name": order.name, "token": scopes.create_token(lab.store, order.name, order.scopes)}


@router.get("/tokens")
def list_tokens(lab: LabDependency) -> dict[str, Any]:
    return {"tokens": [{"name": token.name, "scopes": token.scopes} for token in lab.store.all(Token)]}


@router.delete("/tokens/{name}", status_code=204)
def revoke_token(name: str, lab: LabDependency) -> None:
    if not scopes.revoke_token(lab.store, name):
        raise not_found()


@router.post("/registries/{name}/images", status_code=201)
def note_image(name: str, order: ImageOrder, lab: LabDependency) -> dict[str, Any]:
    """Put an image into the account's records, as a push does; 422 when the tier has no room for it.

    In a lab with a real registry it answers 409: images get there by being pushed.
    """
    if not isinstance(lab.images, registry_images.NotedImages):
        raise conflict("this lab has a real registry: push an image instead")
    blob = Blob(digest=order.digest, compressed_size_bytes=order.compressed_size_bytes)
    push = registry_images.Push(name, order.repository, order.digest, (order.tag,), (blob,))
    return {"manifest": registry_images.note_push(lab.store, push).model_dump()}


@router.patch("/settings")
def change_settings(change: SettingsChange, lab: LabDependency) -> dict[str, Any]:
    with lab.store.transaction():
        settings = lab.settings.model_copy(update=change.model_dump(exclude_none=True))
        lab.store.put(settings)
    lab.limiter.reset()
    return {"settings": settings.model_dump(exclude={"id"})}


@router.get("/versions")
def list_versions(lab: LabDependency) -> dict[str, Any]:
    return {"versions": [{"slug": v.id, "published": v.published} for v in lab.store.all(Version)]}


@router.put("/versions/{slug}", status_code=204)
def publish_version(slug: str, lab: LabDependency) -> None:
    """Publish a version; new ones must be a revision of a Kubernetes version the lab can run."""
    parsed = versions.Slug.parse(slug)
    runnable = {s.kubernetes for version in lab.store.all(Version) if (s := versions.Slug.parse(version.id))}
    if parsed is None or parsed.kubernetes not in runnable:
        raise unprocessable(f"{slug!r} is no revision (-do.N) of {', '.join(sorted(runnable))}")
    lab.store.put(Version(id=slug, published=True))


@router.delete("/versions/{slug}", status_code=204)
def retire_version(slug: str, lab: LabDependency) -> None:
    """Clusters that have the version keep it; new ones can not get it."""
    with lab.change(Version, slug) as version:
        version.published = False


@router.post("/clusters/{cluster_id}/auto_upgrade", status_code=202)
def auto_upgrade(cluster_id: str, lab: LabDependency) -> dict[str, Any]:
    """Do what the maintenance window would do: upgrade to the newest patch of the cluster's minor version."""
    cluster = lab.find(Cluster, cluster_id)
    current = versions.Slug.parse(cluster.version)
    newer = [] if current is None else versions.upgrades(lab.store, current)
    patches = [slug for slug in newer if current is not None and slug.minor == current.minor]
    if not patches:
        return {"version": cluster.version, "upgrading": False}
    begin_upgrade(lab, cluster_id, str(patches[0]))
    return {"version": str(patches[0]), "upgrading": True}


@router.post("/clusters/stop", status_code=204)
def stop_clusters(lab: LabDependency) -> None:
    """End every cluster's processes and keep their data; a restart of the server resumes them."""
    lab.provisioner.stop_all()


@router.post("/reset", status_code=204)
def reset(lab: LabDependency) -> None:
    """Delete every cluster and everything else the account has, all faults, and all tokens but the default one.

    Versions go back to the published ones; the request log stays.
    """
    lab.faults.clear()
    lab.provisioner.delete_all()
    with lab.store.transaction():
        lab.images.empty()
        for kind in _ACCOUNT_RECORDS:
            for record in lab.store.all(kind):
                lab.store.delete(kind, record.id)
        ensure_default_project(lab.store)
        for token in lab.store.all(Token):
            if token.name != DEFAULT_TOKEN:
                lab.store.delete(Token, token.id)
        for version in lab.store.all(Version):
            version.published = True
            lab.store.put(version)
    lab.store.forget_the_past()
    lab.limiter.reset()


@router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
def unknown(path: str, request: Request) -> None:
    raise ApiError(404, "not_found", f"the lab has no {request.method} /_lab/{path}")
