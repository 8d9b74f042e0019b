# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole Go toolchain for images: the one that Go itself would switch to.

It is the Go module golang.org/toolchain. Source: https://go.dev/doc/toolchain#download
"""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

from slipway_lab.build.go_toolchain import GoToolchain
from slipway_lab.build.module_source import downloaded_module
from slipway_lab.build.oci import LayerDirectory, LayerFile

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# Modules have no execute bits. Source: Go, src/cmd/go/internal/toolchain/select.go
_PROGRAM_FOLDERS = ("bin", "pkg/tool")


def go_distribution(version: str, go: GoToolchain) -> Path:
    """Folder in Go's module cache of a version such as 1.26.8, downloaded if needed. Raises BuildError."""
    machine = platform.machine()
    module = f"golang.org/toolchain@v0.0.1-go{version}.linux-{_ARCHITECTURES.get(machine, machine)}"
    with tempfile.TemporaryDirectory() as outside_of_any_module:
        return downloaded_module(f"The Go toolchain {version}", module, go, Path(outside_of_any_module))


def go_distribution_entries(folder: Path, target: str) -> Iterator[LayerDirectory | LayerFile]:
    """What a layer needs so that the toolchain is at the target."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            yield LayerDirectory(f"{target}/{name}", 0o755, 0)
        else:
            is_program = name.startswith(tuple(f"{one}/" for one in _PROGRAM_FOLDERS))
            yield LayerFile(f"{target}/{name}", 0o755 if is_program else 0o644, 0, path)
