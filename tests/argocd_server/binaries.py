# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the harness finds the programs it runs: the lab's cache of binaries built from pinned Go modules."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.debian_packages import DebianPackages, find_member
from slipway_lab.build.go_toolchain import find_go
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig


class MissingProgramError(Exception):
    """A program the harness needs is not there; the message says how to get it."""


def program(upstream: str, name: str) -> Path:
    """Path of one program of lab/upstreams/<upstream>, built into the lab's cache when it is not there yet."""
    return _binaries(upstream)[name]


@functools.cache
def _binaries(upstream: str) -> Mapping[str, Path]:
    cache = BinaryCache(LabConfig.from_environment().cache)
    return cache.ensure(UPSTREAMS[upstream], _say)


# What Debian's redis-server needs and a small system may not have.
_REDIS_PACKAGES = ("redis-tools", "libjemalloc2", "liblzf1", "libatomic1")


@functools.cache
def redis_server() -> tuple[Path, str]:
    """The redis-server of the PATH, else Debian's, downloaded and unpacked but not installed; and its library path."""
    path = shutil.which("redis-server")
    if path is not None:
        return Path(path), ""
    packages = DebianPackages(LabConfig.from_environment().cache)
    folders = [packages.ensure(name, _say) for name in _REDIS_PACKAGES]
    libraries = {file.parent for folder in folders for file in folder.rglob("*.so.*")}
    # In Debian the server is a name of this program, which looks at how it was called.
    return find_member(folders[0], "bin/redis-check-rdb"), ":".join(sorted(map(str, libraries)))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@functools.cache
def argocd_source() -> Path:
    """Folder of Argo CD's Go module in the module cache (CRDs, swagger, helper scripts)."""
    upstream = UPSTREAMS["argo-cd"]
    go = find_go(LabConfig.from_environment().cache, _say)
    result = subprocess.run(
        [str(go.executable), "mod", "download", "-json", upstream.module],
        cwd=upstream.directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        raise MissingProgramError(f"the Go module {upstream.module} cannot be had: {result.stderr.strip()}")
    return Path(json.loads(result.stdout)["Dir"])
