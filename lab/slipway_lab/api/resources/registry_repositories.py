# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories, tags and manifests in a registry: /v2/registries/{name}/repositories."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.context import Lab, LabDependency
from slipway_lab.api.errors import not_found
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Manifest, Registry
from slipway_lab.api.registry_images import manifests, repositories
from slipway_lab.api.scopes import Scopes

router = APIRouter()

_REGISTRY = "/v2/registries/{registry_name}"
# A name with slashes comes encoded (%2F), and decoded here.
_REPOSITORY = _REGISTRY + "/repositories/{repository_name:path}"


def _manifest_body(manifest: Manifest) -> dict[str, Any]:
    return {
        "registry_name": manifest.registry,
        "repository": manifest.repository,
        "digest": manifest.digest,
        "tags": manifest.tags,
        "blobs": [blob.model_dump() for blob in manifest.blobs],
        "compressed_size_bytes": sum(blob.compressed_size_bytes for blob in manifest.blobs),
        "size_bytes": manifest.size_bytes,
        "updated_at": manifest.updated_at,
    }


def _tag_bodies(found: list[Manifest]) -> list[dict[str, Any]]:
    return [
        {
            "registry_name": manifest.registry,
            "repository": manifest.repository,
            "tag": tag,
            "manifest_digest": manifest.digest,
            "compressed_size_bytes": sum(blob.compressed_size_bytes for blob in manifest.blobs),
            "size_bytes": manifest.size_bytes,
            "updated_at": manifest.updated_at,
        }
        for manifest in found
        for tag in manifest.tags
    ]


def _images(lab: Lab, registry_name: str, repository_name: str) -> list[Manifest]:
    """The images of a repository; answers 404 when there is none."""
    found = manifests(lab.images, lab.find(Registry, registry_name).id, repository_name)
    if not found:
        raise not_found()
    return found


@router.get(_REGISTRY + "/repositoriesV2", dependencies=[Depends(Scopes("registry:read"))])
def list_repositories(registry_name: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    found = lab.images.all(lab.find(Registry, registry_name).id)
    bodies = []
    for name in repositories(found):
        images = [manifest for manifest in found if manifest.repository == name]
        bodies.append(
            {
                "registry_name": registry_name,
                "name": name,
                "latest_manifest": _manifest_body(max(images, key=lambda manifest: manifest.updated_at)),
                "tag_count": sum(len(manifest.tags) for manifest in images),
                "manifest_count": len(images),
            }
        )
    return paginate(request, "repositories", bodies)


@router.get(_REPOSITORY + "/tags", dependencies=[Depends(Scopes("registry:read"))])
def list_tags(registry_name: str, repository_name: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    return paginate(request, "tags", _tag_bodies(_images(lab, registry_name, repository_name)))


@router.delete(
    _REPOSITORY + "/tags/{repository_tag}", status_code=204, dependencies=[Depends(Scopes("registry:delete"))]
)
def delete_tag(registry_name: str, repository_name: str, repository_tag: str, lab: LabDependency) -> None:
    """The image stays, without this tag."""
    with lab.store.transaction():
        found = [m for m in _images(lab, registry_name, repository_name) if repository_tag in m.tags]
        if not found:
            raise not_found()
        for manifest in found:
            lab.images.remove_tag(manifest, repository_tag)


@router.get(_REPOSITORY + "/digests", dependencies=[Depends(Scopes("registry:read"))])
def list_manifests(registry_name: str, repository_name: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    found = _images(lab, registry_name, repository_name)
    return paginate(request, "manifests", [_manifest_body(manifest) for manifest in found])


@router.delete(
    _REPOSITORY + "/digests/{manifest_digest}", status_code=204, dependencies=[Depends(Scopes("registry:delete"))]
)
def delete_manifest(registry_name: str, repository_name: str, manifest_digest: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        found = [m for m in _images(lab, registry_name, repository_name) if m.digest == manifest_digest]
        if not found:
            raise not_found()
        lab.images.remove(found)


@router.delete(_REPOSITORY, status_code=204, dependencies=[Depends(Scopes("registry:delete"))])
def delete_repository(registry_name: str, repository_name: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        lab.images.remove(_images(lab, registry_name, repository_name))
