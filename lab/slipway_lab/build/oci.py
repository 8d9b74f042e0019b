# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes OCI images into a folder of blobs: layers, a config, a manifest. The same content gives the same digest.

Formats: OCI image specification 1.1 (manifest, config, layer media types).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_SEARCH_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class LayerDirectory:
    path: str
    mode: int
    owner: int


@dataclass(frozen=True)
class LayerFile:
    path: str
    mode: int
    owner: int
    content: Path | bytes


@dataclass(frozen=True)
class LayerLink:
    path: str
    target: str


LayerEntry = LayerDirectory | LayerFile | LayerLink


class BlobStore:
    """Blobs by digest in <directory>/blobs/sha256; safe to fill from several processes at once."""

    def __init__(self, directory: Path) -> None:
        self._blobs = directory / "blobs" / "sha256"
        self._blobs.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        """File of a digest such as sha256:<64 hex digits>; ValueError for anything else."""
        algorithm, _, value = digest.partition(":")
        if algorithm != "sha256" or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
            raise ValueError(f"{digest!r} is not a sha256 digest")
        return self._blobs / value

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def put(self, content: bytes) -> tuple[str, int]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if not self.has(digest):
            with tempfile.NamedTemporaryFile(dir=self._blobs, delete=False) as file:
                file.write(content)
            Path(file.name).replace(self.path(digest))
        return digest, len(content)

    def put_layer(self, entries: Iterable[LayerEntry]) -> tuple[str, int]:
        """Write a tar of the entries; parent folders that are not among them are added with mode 0755."""
        with tempfile.NamedTemporaryFile(dir=self._blobs, delete=False) as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                _write_entries(archive, entries)
            file.flush()
            size = file.tell()
            file.seek(0)
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        Path(file.name).replace(self.path(digest))
        return digest, size

    def adopt(self, file: Path) -> tuple[str, int]:
        """Move a file of the same file system in; its digest and size."""
        with file.open("rb") as content:
            digest = f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"
        size = file.stat().st_size
        file.replace(self.path(digest))
        return digest, size


def _write_entries(archive: tarfile.TarFile, entries: Iterable[LayerEntry]) -> None:
    ordered = sorted(entries, key=lambda entry: entry.path)
    given = {entry.path for entry in ordered}
    made: set[str] = set()
    for entry in ordered:
        for parent in reversed(Path(entry.path).parents):
            path = str(parent)
            if path != "/" and path not in given and path not in made:
                made.add(path)
                archive.addfile(_directory(LayerDirectory(path, 0o755, 0)))
        if isinstance(entry, LayerDirectory):
            archive.addfile(_directory(entry))
        elif isinstance(entry, LayerLink):
            link = _member(entry.path, 0o777, 0)
            link.type, link.linkname = tarfile.SYMTYPE, entry.target
            archive.addfile(link)
        elif isinstance(entry.content, bytes):
            member = _member(entry.path, entry.mode, entry.owner)
            member.size = len(entry.content)
            archive.addfile(member, io.BytesIO(entry.content))
        else:
            member = _member(entry.path, entry.mode, entry.owner)
            with entry.content.open("rb") as file:
                member.size = os.fstat(file.fileno()).st_size
                archive.addfile(member, file)


def _member(path: str, mode: int, owner: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path.lstrip("/"))
    member.mode, member.uid, member.gid = mode, owner, owner
    member.mtime = 1  # a fixed time, so that the same content gives the same digest
    return member


def _directory(entry: LayerDirectory) -> tarfile.TarInfo:
    member = _member(entry.path, entry.mode, entry.owner)
    member.type = tarfile.DIRTYPE
    return member


def put_image(store: BlobStore, layers: Sequence[tuple[str, int]], configuration: Mapping[str, object]) -> str:
    """Write an image of layers in the store; returns the manifest's digest.

    layers: digest and size of each, the lowest first
    configuration: the `config` object of the image config (Entrypoint, Cmd, User, WorkingDir, Env)
    """
    environment = configuration.get("Env", [])
    assert isinstance(environment, list)  # noqa: S101 - programmer's error
    search_path = [] if any(entry.startswith("PATH=") for entry in environment) else [_SEARCH_PATH]
    config = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": "1970-01-01T00:00:01Z",
        "config": {**configuration, "Env": [*search_path, *environment]},
        "rootfs": {"type": "layers", "diff_ids": [digest for digest, _ in layers]},
    }
    config_digest, config_size = store.put(json.dumps(config, sort_keys=True).encode())
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": _CONFIG_TYPE, "digest": config_digest, "size": config_size},
        "layers": [{"mediaType": _LAYER_TYPE, "digest": digest, "size": size} for digest, size in layers],
    }
    return store.put(json.dumps(manifest, sort_keys=True).encode())[0]
