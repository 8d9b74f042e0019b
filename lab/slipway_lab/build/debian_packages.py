# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single Debian packages, downloaded with apt and unpacked into the cache, never installed on the host."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from slipway_lab.build.errors import BuildError


class DebianPackages:
    """Packages unpacked in cache/packages/<release>/<name>_<version>_<architecture>/.

    A package in the cache is used as it is; remove it there to get the archive's present version.
    """

    def __init__(self, cache: Path) -> None:
        self._directory = cache / "packages" / _release()

    def ensure(self, name: str, progress: Callable[[str], None]) -> Path:
        """Folder with the unpacked package; its name tells the version. Raises BuildError."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            present = sorted(self._directory.glob(f"{name}_*"))
            if present:
                return present[-1]
            return self._fetch(name, progress)

    def _fetch(self, name: str, progress: Callable[[str], None]) -> Path:
        missing = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
        if missing:
            raise BuildError(
                f"Debian package {name} is needed for an image, but {', '.join(missing)} is not there; "
                "real nodes need a Debian-like host (LAB_NODES=kwok does without images)."
            )
        progress(f"{name}: downloading the Debian package")
        with tempfile.TemporaryDirectory(dir=self._directory, prefix=".new-") as temporary:
            # Without this apt drops to a user that cannot write here, and warns.
            download = ["apt-get", "--quiet", "-o", "APT::Sandbox::User=root", "download", name]
            result = _run(download, temporary)
            if result.returncode and os.geteuid() == 0:
                # A fresh container image comes without package lists.
                _run(["apt-get", "--quiet", "update"], temporary)
                result = _run(download, temporary)
            archives = list(Path(temporary).glob("*.deb"))
            if result.returncode or not archives:
                reason = (result.stderr.strip().splitlines() or ["no output"])[-1]
                raise BuildError(
                    f"apt-get download {name} failed: {reason}. Run `apt-get update` as root and try again."
                )
            result = _run(["dpkg-deb", "--extract", archives[0].name, "unpacked"], temporary)
            if result.returncode:
                raise BuildError(f"{archives[0].name} cannot be unpacked: {result.stderr.strip()}")
            target = self._directory / archives[0].stem
            (Path(temporary) / "unpacked").rename(target)
            return target


def find_member(package: Path, member: str) -> Path:
    """A file of an unpacked package; where Debian moved it from / to /usr between releases, either is found."""
    for prefix in ("", "usr/"):
        path = package / prefix / member.lstrip("/")
        if path.is_file():
            return path.resolve()
    raise BuildError(f"Debian package {package.name} has no file {member}")


def _release() -> str:
    """Debian release such as debian-12: files of different releases must not meet in one image."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return "unknown"
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    return f"{fields.get('ID', 'unknown')}-{fields.get('VERSION_ID', '0')}".replace('"', "")


def _run(command: list[str], directory: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
