# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the harness finds the programs it runs: the lab's cache of binaries built from pinned Go modules."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ARGOCD_MODULE = "github.com/argoproj/argo-cd/v3"


class MissingProgramError(Exception):
    """A program the harness needs is not there; the message says how to get it."""


@functools.cache
def program(upstream: str, name: str) -> Path:
    """Path of one program of lab/upstreams/<upstream>."""
    override = os.environ.get("SLIPWAY_TEST_BINARIES")
    if override:
        path = Path(override) / upstream / name
        if path.exists():
            return path
    raise MissingProgramError(f"{name} of {upstream} is not built; run 'lab prepare'")


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
    if os.environ.get("SLIPWAY_TEST_ARGOCD_SOURCE"):
        return Path(os.environ["SLIPWAY_TEST_ARGOCD_SOURCE"])
    result = subprocess.run(
        ["go", "mod", "download", "-json", ARGOCD_MODULE],
        cwd=ROOT / "lab" / "upstreams" / "argo-cd",
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise MissingProgramError(f"the Go module {ARGOCD_MODULE} cannot be had: {result.stderr.strip()}")
    return Path(json.loads(result.stdout)["Dir"])
