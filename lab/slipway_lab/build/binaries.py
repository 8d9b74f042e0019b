# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the upstream binaries: from the PATH where the needed version is there, else built once into the cache."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.go_build import run_go
from slipway_lab.build.go_toolchain import GoToolchain, find_go
from slipway_lab.build.upstreams import Upstream

Progress = Callable[[str], None]


class BinaryCache:
    """Binaries of all upstreams, in cache/bin/<name>-<hash of everything that decides the result>/.

    Safe to use from several processes at once: a build happens in one of them, the others wait for it.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._directory = cache / "bin"
        self._go: GoToolchain | None = None

    def ensure(self, upstream: Upstream, progress: Progress) -> Mapping[str, Path]:
        """Path of each of the upstream's binaries, built if they are not there yet. Raises BuildError."""
        on_path = find_on_path(upstream)
        if on_path:
            return on_path
        go = self.go(progress)
        target = self._target(upstream, go)
        if not target.exists():
            with self._lock(upstream.name, progress):
                if not target.exists():
                    self._build(upstream, go, target, progress)
        return {name: target / name for name in upstream.binaries}

    def is_built(self, upstream: Upstream) -> bool:
        """Whether ensure() has nothing to build. Raises BuildError."""
        return bool(find_on_path(upstream)) or self._target(upstream, self.go(lambda _: None)).exists()

    def _target(self, upstream: Upstream, go: GoToolchain) -> Path:
        return self._directory / f"{upstream.name}-{cache_key(upstream, go.version)}"

    def go(self, progress: Progress) -> GoToolchain:
        """The Go toolchain that builds. Raises BuildError."""
        self._go = self._go or find_go(self._cache, progress)
        return self._go

    @contextmanager
    def _lock(self, name: str, progress: Progress) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / f".{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress(f"{name}: another lab is building it, waiting")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _build(self, upstream: Upstream, go: GoToolchain, target: Path, progress: Progress) -> None:
        started = time.monotonic()
        version = f" {upstream.version}" if upstream.version else ""
        progress(f"{upstream.name}{version}: not on the PATH and not in the cache yet, building it with {go.version}")
        _require_libraries(upstream)
        # We hold the lock, so these are of builds that were killed.
        for left in self._directory.glob(f".{upstream.name}.build-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self._directory, prefix=f".{upstream.name}.build-") as temporary:
            output = Path(temporary) / "out"
            output.mkdir()
            run_go(upstream, go, output, progress)
            for name, built in upstream.binaries.items():
                if not (output / built).is_file():
                    raise BuildError(
                        f"{upstream.name}: the build gave no {built}; {upstream.directory}/go.mod is wrong"
                    )
                (output / built).rename(output / name)
            output.rename(target)
        progress(f"{upstream.name}{version}: built in {time.monotonic() - started:.0f} s")


def cache_key(upstream: Upstream, go_version: str) -> str:
    """Hash of the upstream's sources, its build options, the Go version and the machine's architecture."""
    digest = hashlib.sha256()
    for file in upstream.sources():
        name = file.relative_to(upstream.directory).as_posix()
        digest.update(f"{name}\0".encode() + file.read_bytes() + b"\0")
    options = [
        list(upstream.tags), list(upstream.linker_flags), upstream.cgo, upstream.package,
        sorted(upstream.binaries.items()), go_version, platform.machine(),
    ]  # fmt: skip
    digest.update(json.dumps(options).encode())
    return digest.hexdigest()[:16]


def find_on_path(upstream: Upstream) -> dict[str, Path]:
    """The upstream's binaries on the PATH if all are there in exactly the needed version, else nothing.

    Scripts do not count: a wrapper may answer with a version and do something else.
    """
    found: dict[str, Path] = {}
    for name in upstream.binaries:
        arguments = upstream.version_arguments.get(name)
        path = shutil.which(name)
        if not arguments or not path or not _is_elf(Path(path)):
            return {}
        try:
            result = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return {}
        number = re.escape(upstream.version.removeprefix("v"))
        if not re.search(rf"(?<![\d.]){number}(?![\d.])", result.stdout):
            return {}
        found[name] = Path(path)
    return found


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _require_libraries(upstream: Upstream) -> None:
    if not upstream.cgo:
        return
    compiler = os.environ.get("CC") or "gcc"
    missing = [tool for tool in (compiler, "pkg-config") if shutil.which(tool) is None]
    if not missing:
        checks = {
            library: subprocess.run(["pkg-config", "--exists", library], check=False).returncode
            for library in upstream.libraries
        }
        missing = [f"{library} (headers)" for library, status in checks.items() if status]
    if missing:
        raise BuildError(
            f"{upstream.name} is built with C code and needs {', '.join(missing)}. "
            "On Debian: apt install gcc libc6-dev pkg-config libseccomp-dev"
        )
