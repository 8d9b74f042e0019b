# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian file systems as image layers, made with mmdebstrap from the packages an image names."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.image_catalogue import RootfsDescription
from slipway_lab.build.oci import BlobStore

RELEASE = "trixie"
# Raised when what is asked of mmdebstrap changes.
_FORMAT = 1
_EXCLUDED = ("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*")


class DebianRootfs:
    """Layers in the blob store, and cache/images/rootfs/<hash of the description> with each one's digest.

    A layer in the cache is used as it is; remove its file there to get the archive's present versions.
    """

    def __init__(self, directory: Path, blobs: BlobStore) -> None:
        self._directory = directory
        self._blobs = blobs

    def ensure(self, rootfs: RootfsDescription, progress: Callable[[str], None]) -> tuple[str, int]:
        """Digest and size in bytes of the layer. Raises BuildError."""
        described = json.dumps([_FORMAT, RELEASE, platform.machine(), dataclasses.asdict(rootfs)], sort_keys=True)
        note = self._directory / hashlib.sha256(described.encode()).hexdigest()[:16]
        self._directory.mkdir(parents=True, exist_ok=True)
        with note.with_name(f".{note.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if note.exists():
                digest = note.read_text()
                if self._blobs.has(digest):
                    return digest, self._blobs.path(digest).stat().st_size
            return self._make(rootfs, note, progress)

    def _make(self, rootfs: RootfsDescription, note: Path, progress: Callable[[str], None]) -> tuple[str, int]:
        if shutil.which("mmdebstrap") is None:
            raise BuildError("mmdebstrap, which makes the lab's Debian images, is missing: apt install mmdebstrap")
        started = time.monotonic()
        named = ", ".join(rootfs.packages)
        progress(f"Debian {RELEASE} with {named}: downloading and unpacking")
        with tempfile.TemporaryDirectory(dir=self._directory, prefix=".new-") as temporary:
            archive = Path(temporary) / "rootfs.tar"
            result = subprocess.run(
                _command(rootfs, archive),
                # The same packages give the same archive, whenever it is made.
                env=os.environ | {"SOURCE_DATE_EPOCH": "1", "LC_ALL": "C"},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if result.returncode:
                reasons = [line for line in result.stderr.splitlines() if line.startswith(("E:", "mmdebstrap: error"))]
                reason = "\n  ".join(reasons[:4] or result.stderr.strip().splitlines()[-4:])
                raise BuildError(
                    f"Debian {RELEASE} with {named} could not be made:\n  {reason}\n"
                    "Check that the Debian archive can be reached, and that debian-archive-keyring is installed."
                )
            digest, size = self._blobs.adopt(archive)
            written = Path(temporary) / note.name
            written.write_text(digest)
            written.replace(note)
        progress(f"Debian {RELEASE} with {named}: made in {time.monotonic() - started:.0f} s")
        return digest, size


def _command(rootfs: RootfsDescription, archive: Path) -> list[str]:
    accounts = [
        f'--customize-hook=echo "{name}:x:{number}:{number}::/home/{name}:/bin/sh" >> "$1/etc/passwd"; '
        f'echo "{name}:x:{number}:" >> "$1/etc/group"'
        for name, number in rootfs.users.items()
    ]
    return [
        "mmdebstrap",
        "--quiet",
        f"--variant={rootfs.variant}",
        f"--include={','.join(rootfs.packages)}",
        # Containers get a /dev of their own.
        "--skip=output/dev",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _EXCLUDED),
        *accounts,
        RELEASE,
        str(archive),
    ]
