# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts packages of our own in the place of an upstream's, where those would compile much that no lab uses.

They are in lab/upstreams/<name>/overlay/<import path>/, which replaces all files of the package. Go's own -overlay
does not reach into modules that it downloaded, so the module is copied, and a copy of go.mod has a `replace` for it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.go_toolchain import GoToolchain
from slipway_lab.build.upstreams import Upstream


def overlay_arguments(upstream: Upstream, go: GoToolchain, environment: Mapping[str, str], folder: Path) -> list[str]:
    """Arguments of `go list` and `go build` that take the overlay; none for an upstream without one.

    folder: an empty one that has to stay until the build is done
    Raises BuildError.
    """
    overlay = upstream.directory / "overlay"
    packages = sorted({file.parent.relative_to(overlay).as_posix() for file in overlay.rglob("*.go")})
    if not packages:
        return []
    # -find: their imports need not be there.
    template = "{{.ImportPath}} {{.Module.Path}} {{.Module.Dir}}"
    listed = _go(upstream, go, environment, "list", "-find", "-f", template, *packages)
    modules: dict[tuple[str, Path], list[str]] = defaultdict(list)
    for line in listed.splitlines():
        package, module, path = line.split(" ", 2)
        modules[module, Path(path)].append(package)

    for name in ("go.mod", "go.sum"):
        if (upstream.directory / name).exists():
            shutil.copyfile(upstream.directory / name, folder / name)
    for number, ((module, directory), replaced) in enumerate(modules.items()):
        copy = folder / f"module-{number}"
        shutil.copytree(directory, copy, copy_function=shutil.copyfile)
        # Go keeps its modules read-only, and folders are copied as they are.
        for copied in (copy, *(path for path in copy.rglob("*") if path.is_dir())):
            copied.chmod(0o755)
        for package in replaced:
            target = copy / package.removeprefix(module).lstrip("/")
            for file in target.glob("*.go"):
                file.unlink()
            for file in (overlay / package).glob("*.go"):
                shutil.copyfile(file, target / file.name)
        _go(upstream, go, environment, "mod", "edit", f"-replace={module}={copy}", str(folder / "go.mod"))
    return [f"-modfile={folder / 'go.mod'}"]


def _go(upstream: Upstream, go: GoToolchain, environment: Mapping[str, str], *arguments: str) -> str:
    result = subprocess.run(
        [go.executable, *arguments],
        cwd=upstream.directory, env=dict(environment), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        raise BuildError(
            f"{upstream.name}: `go {' '.join(arguments[:2])}` failed in {upstream.directory}:\n"
            f"  {result.stderr.strip() or result.stdout.strip()}\n"
            "If it is a download, check that the Go module proxy can be reached (go env GOPROXY) and try again."
        )
    return result.stdout
