# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the source of an upstream's Go module, which holds more than code: scripts, manifests, CRDs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.go_toolchain import GoToolchain
from slipway_lab.build.upstreams import Upstream


def module_directory(upstream: Upstream, go: GoToolchain) -> Path:
    """Folder of the module in Go's module cache, downloaded and checked against go.sum if needed. Raises BuildError."""
    result = subprocess.run(
        [go.executable, "mod", "download", "-json", upstream.module],
        cwd=upstream.directory, env=os.environ | {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        raise BuildError(
            f"{upstream.name}: the Go module {upstream.module} cannot be had: "
            f"{result.stderr.strip() or result.stdout.strip()}\n"
            "Check that the Go module proxy can be reached (go env GOPROXY) and try again."
        )
    return Path(json.loads(result.stdout)["Dir"])
