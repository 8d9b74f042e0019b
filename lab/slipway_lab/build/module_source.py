# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the source of a Go module, which holds more than code: scripts, manifests, CRDs, a toolchain."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.go_toolchain import GoToolchain
from slipway_lab.build.upstreams import Upstream


def module_directory(upstream: Upstream, go: GoToolchain) -> Path:
    """Folder of an upstream's module, checked against its go.sum. Raises BuildError."""
    return downloaded_module(upstream.name, upstream.module, go, upstream.directory)


def downloaded_module(name: str, module: str, go: GoToolchain, work_directory: Path) -> Path:
    """Folder of a module in Go's module cache, downloaded if needed. Raises BuildError.

    name: for errors, what it is wanted for
    module: its path; with `@` and a version where the go.mod of the work directory does not say which
    """
    result = subprocess.run(
        [go.executable, "mod", "download", "-json", module],
        cwd=work_directory, env=os.environ | {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        raise BuildError(
            f"{name} (Go module {module}) cannot be had: {result.stderr.strip() or result.stdout.strip()}\n"
            "Check that the Go module proxy can be reached (go env GOPROXY) and try again."
        )
    return Path(json.loads(result.stdout)["Dir"])
