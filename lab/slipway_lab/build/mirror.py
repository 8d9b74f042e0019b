# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mirror: what installations would fetch from upstreams' repositories, in a folder.

Each file is <upstream>/<version>/<path in its repository>, unmodified, from the same Go module that the programs are
built from. Which files, the table of upstreams says.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.errors import BuildError
from slipway_lab.build.module_source import module_directory
from slipway_lab.build.upstreams import UPSTREAMS


def fill_mirror(mirror: Path, binaries: BinaryCache, progress: Callable[[str], None]) -> None:
    """Copy what is missing. Raises BuildError."""
    for upstream in UPSTREAMS.values():
        folder = mirror / upstream.name / upstream.version
        missing = [name for name in upstream.published if not (folder / name).exists()]
        if not missing:
            continue
        source = module_directory(upstream, binaries.go(progress))
        for name in missing:
            _copy(source / name, folder / name)
        progress(f"{upstream.name} {upstream.version}: {', '.join(missing)} are in the mirror {mirror}")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Another lab with the same cache may be reading the file, or writing it too.
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, temporary)
    except OSError as error:
        raise BuildError(f"{source} cannot be copied to the mirror: {error.strerror}") from error
    temporary.replace(target)
