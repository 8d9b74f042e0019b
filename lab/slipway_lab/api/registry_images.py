# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images in the account's registries.

A lab with real nodes has a real registry, whose content they are. Without one they are records: noted by the lab's own
endpoint, forgotten at a delete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from slipway_lab.api.errors import not_found, unprocessable
from slipway_lab.api.records import Blob, Manifest, Registry, RegistrySubscription, now
from slipway_lab.api.registry_tiers import TIERS, Tier
from slipway_lab.api.store import Store
from slipway_lab.registry.storage import RegistryStorage


class Images(Protocol):
    """What the account's registries hold."""

    def all(self, registry: str = "") -> list[Manifest]:
        """Images of one registry, or of all; oldest first."""
        ...

    def remove_tag(self, manifest: Manifest, tag: str) -> None:
        """The image stays, without this tag."""
        ...

    def remove(self, found: Iterable[Manifest]) -> None: ...

    def empty(self, registry: str = "") -> None:
        """Remove everything in one registry, or in all."""
        ...


class NotedImages:
    """Images that are records."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self, registry: str = "") -> list[Manifest]:
        return [manifest for manifest in self._store.all(Manifest) if registry in ("", manifest.registry)]

    def remove_tag(self, manifest: Manifest, tag: str) -> None:
        manifest.tags.remove(tag)
        self._store.put(manifest)

    def remove(self, found: Iterable[Manifest]) -> None:
        with self._store.transaction():
            for manifest in found:
                self._store.delete(Manifest, manifest.id)

    def empty(self, registry: str = "") -> None:
        self.remove(self.all(registry))


class StoredImages:
    """Images in the real registry. Their uncompressed size is 0, which at DigitalOcean means: not known yet."""

    def __init__(self, storage: RegistryStorage) -> None:
        self._storage = storage

    def all(self, registry: str = "") -> list[Manifest]:
        return [
            Manifest(
                id=f"{image.name}@{image.digest}",
                registry=image.name.partition("/")[0],
                repository=image.name.partition("/")[2],
                digest=image.digest,
                tags=list(image.tags),
                blobs=[Blob(digest=digest, compressed_size_bytes=size) for digest, size in image.blobs.items()],
                updated_at=datetime.fromtimestamp(image.pushed_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            )
            for image in self._storage.images(registry)
        ]

    def remove_tag(self, manifest: Manifest, tag: str) -> None:
        self._storage.remove_tag(f"{manifest.registry}/{manifest.repository}", tag)

    def remove(self, found: Iterable[Manifest]) -> None:
        for manifest in found:
            self._storage.remove_image(f"{manifest.registry}/{manifest.repository}", manifest.digest)

    def empty(self, registry: str = "") -> None:
        self._storage.remove(registry)


def current_tier(store: Store) -> Tier:
    """The account's tier; the smallest while it has none."""
    subscription = store.get(RegistrySubscription, "subscription")
    return TIERS[subscription.tier if subscription else "starter"]


def manifests(images: Images, registry: str, repository: str) -> list[Manifest]:
    return [manifest for manifest in images.all(registry) if manifest.repository == repository]


def repositories(found: Iterable[Manifest]) -> list[str]:
    """Names of repositories, each once, oldest first."""
    return list(dict.fromkeys(manifest.repository for manifest in found))


def storage_bytes(found: Iterable[Manifest]) -> int:
    """Compressed size of all blobs, each counted once in a registry."""
    blobs = {(manifest.registry, blob.digest): blob for manifest in found for blob in manifest.blobs}
    return sum(blob.compressed_size_bytes for blob in blobs.values())


def account_repositories(images: Images) -> int:
    return len({(manifest.registry, manifest.repository) for manifest in images.all()})


def refusal_of_push(store: Store, images: Images, registry: str, repository: str) -> str:
    """Why a push into this repository is denied, "" when it is not. Text as seen in docker/build-push-action#586."""
    tier = current_tier(store)
    limit = tier.included_repositories
    is_new = repository not in repositories(images.all(registry))
    there = account_repositories(images)
    return f"registry contains {there} repositories, limit is {limit}" if is_new and 0 < limit <= there else ""


@dataclass(frozen=True)
class Push:
    """An image that arrives in a registry. size_bytes: uncompressed."""

    registry: str
    repository: str
    digest: str
    tags: tuple[str, ...] = ()
    blobs: tuple[Blob, ...] = ()
    size_bytes: int = 0


def note_push(store: Store, push: Push) -> Manifest:
    """An image was pushed into a registry that is not real: its tags leave the images that had them.

    Answers 404 without the registry, 422 when the push is denied.
    """
    images = NotedImages(store)
    with store.transaction():
        if store.get(Registry, push.registry) is None:
            raise not_found()
        refusal = refusal_of_push(store, images, push.registry, push.repository)
        if refusal:
            raise unprocessable(f"denied: {refusal}")
        for other in manifests(images, push.registry, push.repository):
            if other.digest != push.digest and set(other.tags) & set(push.tags):
                other.tags = [tag for tag in other.tags if tag not in push.tags]
                store.put(other)
        id_ = f"{push.registry}/{push.repository}@{push.digest}"
        known = store.get(Manifest, id_)
        manifest = Manifest(
            id=id_,
            registry=push.registry,
            repository=push.repository,
            digest=push.digest,
            tags=list(dict.fromkeys([*(known.tags if known else []), *push.tags])),
            blobs=list(push.blobs),
            size_bytes=push.size_bytes,
            updated_at=now(),
        )
        store.put(manifest)
        return manifest
