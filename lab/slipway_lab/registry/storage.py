# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the registry holds, read from and removed in its folder; the registry caches nothing of it.

Layout: `distribution` v3, registry/storage/paths.go. Its HTTP API lists no image without a tag and deletes no
repository; its own garbage collection works on the folder too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway_lab.registry.errors import RegistryError

# Of the OCI distribution specification 1.1. What is not one cannot be a path to elsewhere either.
_NAME_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_NAME_PART}(?:/{_NAME_PART})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_DIGEST = re.compile(r"(?P<algorithm>[a-z0-9]+):(?P<value>[a-f0-9]+)")
# Folders of a repository, beside which there are the repositories whose names begin with its name.
_OWN_FOLDERS = ("_manifests", "_layers", "_uploads")


@dataclass(frozen=True)
class StoredImage:
    """An image. name: <registry>/<repository>; blobs: digest -> bytes; pushed_at: seconds since the epoch."""

    name: str
    digest: str
    tags: tuple[str, ...]
    blobs: Mapping[str, int]
    pushed_at: float


class RegistryStorage:
    """The folder that is the registry's `rootdirectory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._root = directory / "docker/registry/v2"
        self._repositories = self._root / "repositories"

    def images(self, prefix: str = "") -> list[StoredImage]:
        """Every image of repositories below a prefix such as a registry's name, first pushed first.

        Raises RegistryError for an image that cannot be read.
        """
        found = [image for name in self._names(prefix) for image in self._images(name)]
        return sorted(found, key=lambda image: (image.pushed_at, image.name, image.digest))

    def has(self, name: str, reference: str) -> bool:
        """Whether a repository has a tag, or a manifest or layer with a digest."""
        if not _NAME.fullmatch(name):
            return False
        folder = self._repositories / name
        if digest := _DIGEST.fullmatch(reference):
            places = ("_manifests/revisions", "_layers")
            return any((folder / place / digest["algorithm"] / digest["value"] / "link").is_file() for place in places)
        tag = _TAG.fullmatch(reference)
        return tag is not None and (folder / "_manifests/tags" / reference / "current/link").is_file()

    def remove_tag(self, name: str, tag: str) -> None:
        """Fine when there is none."""
        shutil.rmtree(self._repositories / name / "_manifests/tags" / tag, ignore_errors=True)

    def remove_image(self, name: str, digest: str) -> None:
        """Remove an image and its tags; a repository goes with its last image. Fine when there is none."""
        for tag, of in self._tags(name).items():
            if of == digest:
                self.remove_tag(name, tag)
        algorithm, _, value = digest.partition(":")
        revisions = self._repositories / name / "_manifests/revisions" / algorithm
        shutil.rmtree(revisions / value, ignore_errors=True)
        if not any(revisions.glob("*/link")):
            self._remove_repository(name)

    def remove(self, prefix: str = "") -> None:
        """Remove every repository below a prefix; all content without one."""
        shutil.rmtree(self._repositories / prefix if prefix else self._root, ignore_errors=True)

    def _remove_repository(self, name: str) -> None:
        folder = self._repositories / name
        for own in _OWN_FOLDERS:
            shutil.rmtree(folder / own, ignore_errors=True)
        while folder != self._repositories and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    def _names(self, prefix: str) -> Iterator[str]:
        for folder, below, _ in os.walk(self._repositories / prefix):
            if "_manifests" in below:
                yield str(Path(folder).relative_to(self._repositories))
            below[:] = [one for one in below if one not in _OWN_FOLDERS]

    def _images(self, name: str) -> Iterator[StoredImage]:
        tags = self._tags(name)
        for link in _links(self._repositories / name / "_manifests/revisions", "*/*/link"):
            yield StoredImage(
                name=name,
                digest=link.digest,
                tags=tuple(sorted(tag for tag, of in tags.items() if of == link.digest)),
                blobs=_blobs(self._manifest(name, link.digest)),
                pushed_at=link.written_at,
            )

    def _tags(self, name: str) -> dict[str, str]:
        links = _links(self._repositories / name / "_manifests/tags", "*/current/link")
        return {link.path.parent.parent.name: link.digest for link in links}

    def _manifest(self, name: str, digest: str) -> dict[str, Any]:
        algorithm, _, value = digest.partition(":")
        try:
            manifest = json.loads((self._root / "blobs" / algorithm / value[:2] / value / "data").read_bytes())
        except (OSError, ValueError) as error:
            raise RegistryError(f"Image {name}@{digest} in {self.directory} cannot be read: {error}") from error
        return manifest if isinstance(manifest, dict) else {}


@dataclass(frozen=True)
class _Link:
    """A file of the registry that holds a digest."""

    path: Path
    digest: str
    written_at: float


def _links(folder: Path, pattern: str) -> Iterator[_Link]:
    for path in folder.glob(pattern):
        try:
            yield _Link(path, path.read_text().strip(), path.stat().st_mtime)
        except FileNotFoundError:
            # Removed by another request since it was found.
            continue


def _blobs(manifest: Mapping[str, Any]) -> dict[str, int]:
    """What a manifest is made of; of an index, its manifests."""
    described = [*manifest.get("layers", []), *manifest.get("manifests", [])]
    if "config" in manifest:
        described.insert(0, manifest["config"])
    return {one["digest"]: one["size"] for one in described}
