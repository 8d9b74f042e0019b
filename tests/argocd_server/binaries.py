# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the harness finds the programs it runs: the lab's cache of binaries built from pinned Go modules."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.debian_packages import DebianPackages, find_member
from slipway_lab.build.module_source import module_directory
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig


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
    cache = BinaryCache(LabConfig.from_environment().cache)
    return module_directory(UPSTREAMS["argo-cd"], cache.go(_say))
