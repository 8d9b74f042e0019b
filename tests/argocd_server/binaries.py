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
    return cache.ensure(UPSTREAMS[upstream], lambda line: print(line, file=sys.stderr, flush=True))


@functools.cache
def system_program(name: str, package: str) -> Path:
    """Path of a program that the system brings."""
    path = shutil.which(name)
    if path is None:
        raise MissingProgramError(f"{name} is not installed; on Debian it comes with: apt-get install {package}")
    return Path(path)


@functools.cache
def argocd_source() -> Path:
    """Folder of Argo CD's Go module in the module cache (CRDs, swagger, helper scripts)."""
    upstream = UPSTREAMS["argo-cd"]
    go = find_go(LabConfig.from_environment().cache, lambda line: print(line, file=sys.stderr, flush=True))
    result = subprocess.run(
        [str(go.executable), "mod", "download", "-json", upstream.module],
        cwd=upstream.directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        raise MissingProgramError(f"the Go module {upstream.module} cannot be had: {result.stderr.strip()}")
    return Path(json.loads(result.stdout)["Dir"])
