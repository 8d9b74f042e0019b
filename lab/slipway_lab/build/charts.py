# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the lab's Helm repository: packages and index.yaml, by the real helm.

A chart is upstream's own where the Go module of its programs holds it (`charts` in the table of upstreams). Otherwise
it is a stand-in of lab/charts/<name>, whose description says for which chart it stands in and what it lacks.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from slipway_lab.build.binaries import BinaryCache, Progress
from slipway_lab.build.errors import BuildError
from slipway_lab.build.module_source import module_directory
from slipway_lab.build.upstreams import UPSTREAMS

STAND_INS = Path(__file__).resolve().parents[2] / "charts"


class ChartCache:
    """The repository in cache/charts/<hash of everything that decides it>/. Safe to use from several processes."""

    def __init__(self, cache: Path, binaries: BinaryCache, stand_ins: Path = STAND_INS) -> None:
        self._directory = cache / "charts"
        self._binaries = binaries
        self._stand_ins = stand_ins

    def ensure(self, progress: Progress) -> Path:
        """Folder with index.yaml and the packages, made if it is not there yet. Raises BuildError."""
        target = self._directory / self._key()
        if not target.exists():
            self._make(target, progress)
        return target

    def _key(self) -> str:
        digest = hashlib.sha256(UPSTREAMS["helm"].version.encode())
        upstreams = [(u.module, u.version, list(u.charts)) for u in UPSTREAMS.values() if u.charts]
        digest.update(json.dumps(upstreams).encode())
        for file in sorted(path for path in self._stand_ins.rglob("*") if path.is_file()):
            digest.update(f"{file.relative_to(self._stand_ins).as_posix()}\0".encode() + file.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    def _make(self, target: Path, progress: Progress) -> None:
        helm = self._binaries.ensure(UPSTREAMS["helm"], progress)["helm"]
        self._directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._directory, prefix=".making-") as temporary:
            output = Path(temporary) / "out"
            output.mkdir()
            for source in self._sources(progress):
                _run_helm(helm, "package", str(source), "--destination", str(output))
            _run_helm(helm, "repo", "index", str(output))
            packages = sorted(file.name for file in output.glob("*.tgz"))
            try:
                output.rename(target)
            except OSError:
                # Another process was quicker.
                if not target.exists():
                    raise
        progress(f"charts: {', '.join(packages)} are in {target}")

    def _sources(self, progress: Progress) -> Iterator[Path]:
        for upstream in UPSTREAMS.values():
            if upstream.charts:
                module = module_directory(upstream, self._binaries.go(progress))
                yield from (module / path for path in upstream.charts)
        yield from sorted(file.parent for file in self._stand_ins.glob("*/Chart.yaml"))


def _run_helm(helm: Path, *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        # Neither settings nor plugins of the user.
        result = subprocess.run(
            [str(helm), *arguments], env=os.environ | {"HOME": home, "HELM_DATA_HOME": home, "HELM_CONFIG_HOME": home},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if result.returncode:
        raise BuildError(f"helm {' '.join(arguments)} failed: {result.stderr.strip() or result.stdout.strip()}")
