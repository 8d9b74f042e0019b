# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of the checkout are in the tarball, by the directives of galaxy.yml."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml
from distlib.manifest import Manifest

ROOT = Path(__file__).resolve().parents[2]


def shipped() -> set[str]:
    """Paths from the root, as ansible-galaxy collects them: files that Git has, no links."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    manifest = Manifest(str(ROOT))
    manifest.allfiles = [str(ROOT / path) for path in tracked.split("\0") if path and not (ROOT / path).is_symlink()]
    for directive in yaml.safe_load((ROOT / "galaxy.yml").read_text())["manifest"]["directives"]:
        manifest.process_directive(directive)
    return {str(Path(path).relative_to(ROOT)) for path in manifest.files}
