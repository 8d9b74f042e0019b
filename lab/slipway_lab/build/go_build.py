# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one `go build` of an upstream and says how far it is."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.go_toolchain import GoToolchain
from slipway_lab.build.module_overlay import overlay_arguments
from slipway_lab.build.upstreams import Upstream

_REPORT_SECONDS = 10.0


def build_arguments(upstream: Upstream, output: Path) -> list[str]:
    """Arguments after `go`. Any change here makes Go compile everything again."""
    linker_flags = " ".join(("-s", "-w", *upstream.linker_flags))
    tags = " ".join(upstream.tags)
    return ["build", "-trimpath", "-tags", tags, "-ldflags", linker_flags, "-v", "-o", f"{output}/", upstream.package]


def run_go(upstream: Upstream, go: GoToolchain, output: Path, progress: Callable[[str], None]) -> None:
    """Download what the build needs, then compile it into the output folder. Raises BuildError."""
    environment = os.environ | {
        "CGO_ENABLED": "1" if upstream.cgo else "0",
        "GOFLAGS": "",  # flags of the user's own would change the result without changing the cache key
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        overlay = overlay_arguments(upstream, go, environment, Path(folder))
        tags = " ".join(upstream.tags)
        # Listing comes first: it downloads exactly what the build needs, and counts the packages.
        packages = _run(
            upstream, go, ["list", *overlay, "-deps", "-tags", tags, "-f", "{{.ImportPath}}", upstream.package],
            environment,
            lambda done, seconds: progress(f"{upstream.name}: {done} modules downloaded, {seconds:.0f} s"),
        )  # fmt: skip
        command, *options = build_arguments(upstream, output)
        _run(
            upstream, go, [command, *overlay, *options], environment,
            lambda done, seconds: progress(
                f"{upstream.name}: compiling, {done} of at most {packages} packages, {seconds:.0f} s"
            ),
        )  # fmt: skip


def _run(
    upstream: Upstream,
    go: GoToolchain,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    report: Callable[[int, float], None],
) -> int:
    """Run go, report every few seconds how many lines it wrote to stderr (one a module or package); lines of stdout."""
    started = time.monotonic()
    said: list[str] = []
    with subprocess.Popen(
        [go.executable, *arguments], cwd=upstream.directory, env=dict(environment), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None  # noqa: S101 - both are pipes
        reader = threading.Thread(target=said.extend, args=(process.stderr,))
        listed: list[str] = []
        lister = threading.Thread(target=listed.extend, args=(process.stdout,))
        reader.start()
        lister.start()
        while True:
            try:
                status = process.wait(timeout=_REPORT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                report(len(said), time.monotonic() - started)
        reader.join()
        lister.join()
    if status:
        # Progress lines are single words (packages) or start with "go: downloading"; what is left explains.
        reasons = [line.strip() for line in said if " " in line.strip() and not line.startswith("go: downloading")]
        tail = "\n  ".join(reasons[-8:] or ["go gave no reason"])
        raise BuildError(
            f"{upstream.name}: `go {arguments[0]}` failed in {upstream.directory}:\n  {tail}\n"
            "If it is a download, check that the Go module proxy can be reached (go env GOPROXY) and try again."
        )
    return len(listed)
