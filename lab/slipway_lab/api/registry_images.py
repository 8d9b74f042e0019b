# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the account knows of the images in its registries: noted at a push, forgotten at a delete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from slipway_lab.api.errors import not_found, unprocessable
from slipway_lab.api.records import Blob, Manifest, Registry, RegistrySubscription, now
from slipway_lab.api.registry_tiers import TIERS, Tier
from slipway_lab.api.store import Store


def current_tier(store: Store) -> Tier:
    """The account's tier; the smallest while it has none."""
    subscription = store.get(RegistrySubscription, "subscription")
    return TIERS[subscription.tier if subscription else "starter"]


def manifests(store: Store, registry: str, repository: str | None = None) -> list[Manifest]:
    return [m for m in store.all(Manifest) if m.registry == registry and repository in (None, m.repository)]


def repositories(found: Iterable[Manifest]) -> list[str]:
    """Names of repositories, each once, oldest first."""
    return list(dict.fromkeys(manifest.repository for manifest in found))


def storage_bytes(found: Iterable[Manifest]) -> int:
    """Compressed size of all blobs, each counted once in a registry."""
    blobs = {(manifest.registry, blob.digest): blob for manifest in found for blob in manifest.blobs}
    return sum(blob.compressed_size_bytes for blob in blobs.values())


def account_repositories(store: Store) -> int:
    return len({(manifest.registry, manifest.repository) for manifest in store.all(Manifest)})


def refusal_of_push(store: Store, registry: str, repository: str) -> str:
    """Why a push into this repository is denied, "" when it is not. Text as seen in docker/build-push-action#586."""
    tier = current_tier(store)
    limit = tier.included_repositories
    is_new = repository not in repositories(manifests(store, registry))
    there = account_repositories(store)
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
    """An image was pushed: its tags leave the images that had them.

    Answers 404 without the registry, 422 when the push is denied.
    """
    with store.transaction():
        if store.get(Registry, push.registry) is None:
            raise not_found()
        refusal = refusal_of_push(store, push.registry, push.repository)
        if refusal:
            raise unprocessable(f"denied: {refusal}")
        for other in manifests(store, push.registry, push.repository):
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


def forget(store: Store, found: Iterable[Manifest]) -> None:
    with store.transaction():
        for manifest in found:
            store.delete(Manifest, manifest.id)
