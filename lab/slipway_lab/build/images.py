# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the images of a catalogue once, and again only when their description or what goes into them changed."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import platform
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from slipway_lab.build import ko
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.debian_packages import DebianPackages, find_member
from slipway_lab.build.debian_rootfs import DebianRootfs
from slipway_lab.build.errors import BuildError
from slipway_lab.build.examples import example_program
from slipway_lab.build.go_distribution import go_distribution, go_distribution_entries
from slipway_lab.build.image_catalogue import FileEntry, ImageDescription
from slipway_lab.build.module_source import module_directory
from slipway_lab.build.oci import BlobStore, LayerDirectory, LayerEntry, LayerFile, LayerLink, put_image
from slipway_lab.build.upstreams import UPSTREAMS

Progress = Callable[[str], None]

# Where images have Go, as upstream's do.
GO_ROOT = "/usr/local/go"

# Raised when the image maker itself changes what it writes, so that images in caches are made again.
_FORMAT = 1


class ImageStore:
    """Images in cache/images: blobs by digest, and made/<key>-<hash of the inputs> holding the manifest's digest."""

    def __init__(self, cache: Path, binaries: BinaryCache) -> None:
        self._directory = cache / "images"
        self._binaries = binaries
        self._packages = DebianPackages(cache)
        self.blobs = BlobStore(self._directory)
        self._rootfs = DebianRootfs(self._directory / "rootfs", self.blobs)

    def ensure(self, images: Iterable[ImageDescription], progress: Progress) -> dict[str, str]:
        """Manifest digest of every name of the images. Raises BuildError."""
        return {name: digest for image in images for digest in [self._image(image, progress)] for name in image.names}

    def _image(self, image: ImageDescription, progress: Progress) -> str:
        sources = {entry.path: self._source(entry, progress) for entry in image.files}
        go_root = go_distribution(image.go, self._binaries.go(progress)) if image.go else None
        made = self._directory / "made" / f"{image.key}-{_inputs_hash(image, sources)}"
        made.parent.mkdir(parents=True, exist_ok=True)
        with (made.parent / f".{image.key}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if made.exists():
                digest = made.read_text()
                if self.blobs.has(digest):
                    return digest
            started = time.monotonic()
            layers = [self._rootfs.ensure(image.rootfs, progress)] if image.rootfs else []
            if go_root:
                layers.append(self.blobs.put_layer(go_distribution_entries(go_root, GO_ROOT)))
            layers.append(self.blobs.put_layer(_entries(image, sources)))
            digest = put_image(self.blobs, layers, _configuration(image))
            temporary = made.with_name(f".{made.name}.new")
            temporary.write_text(digest)
            temporary.replace(made)
        progress(f"{image.names[0]}: image made in {time.monotonic() - started:.1f} s")
        return digest

    def _source(self, entry: FileEntry, progress: Progress) -> Path | bytes:
        if entry.text is not None:
            return entry.text.encode()
        if entry.package:
            return find_member(self._packages.ensure(entry.package, progress), entry.member)
        if entry.example:
            return self._binaries.ensure(example_program(entry.example, entry.version), progress)[entry.binary]
        upstream = UPSTREAMS[entry.upstream]
        if entry.source:
            return module_directory(upstream, self._binaries.go(progress)) / entry.source
        if entry.release:
            folder = module_directory(upstream, self._binaries.go(progress)) / entry.release
            return ko.release(upstream, folder, recursive=entry.recursive, other_images=entry.other_images).encode()
        return self._binaries.ensure(upstream, progress)[entry.binary]


def _inputs_hash(image: ImageDescription, sources: dict[str, Path | bytes]) -> str:
    # A path below the cache names the content: binaries by cache key, packages by version.
    named = {path: str(source) for path, source in sources.items() if isinstance(source, Path)}
    for entry in image.files:
        content = sources[entry.path]
        if entry.release and isinstance(content, bytes):
            named[entry.path] = hashlib.sha256(content).hexdigest()
    described = [_FORMAT, platform.machine(), dataclasses.asdict(image), named]
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:16]


def _entries(image: ImageDescription, sources: dict[str, Path | bytes]) -> list[LayerEntry]:
    entries: list[LayerEntry] = [LayerDirectory(e.path, e.mode, e.owner) for e in image.directories]
    entries += [LayerFile(e.path, e.mode, e.owner, sources[e.path]) for e in image.files]
    entries += [LayerLink(e.path, e.target) for e in image.links]
    if image.busybox_applets:
        busybox = str(sources["/bin/busybox"])
        result = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=False)
        if result.returncode:
            raise BuildError(f"image {image.key}: {busybox} --list failed: {result.stderr.strip()}")
        applets = sorted(set(result.stdout.split()) - {"busybox"})
        entries += [LayerLink(f"{image.busybox_applets}/{name}", "/bin/busybox") for name in applets]
    return entries


def _configuration(image: ImageDescription) -> dict[str, object]:
    fields: dict[str, object] = {
        "Entrypoint": list(image.entrypoint),
        "Cmd": list(image.command),
        "User": image.user,
        "WorkingDir": image.working_directory,
        "Env": [f"{name}={value}" for name, value in image.environment.items()],
    }
    return {name: value for name, value in fields.items() if value}
