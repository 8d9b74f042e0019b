# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the collections we depend on from the `ansible` package on PyPI, where Galaxy is not in reach.

Users install collections/requirements.yml with ansible-galaxy; a development set-up must also work on a machine that
reaches only package registries. The wheel of `ansible` holds kubernetes.core; only that folder is unpacked.

usage: install_collections.py DIRECTORY
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# The newest `ansible` for a Python, and what it holds: docs.ansible.com, "Ansible community package roadmap".
ANSIBLE_PACKAGE = "14.5.0" if sys.version_info >= (3, 12) else "12.3.0"
COLLECTIONS = ("kubernetes/core",)


def install(target: Path) -> list[str]:
    """Unpack the missing collections below target/ansible_collections; returns the names installed."""
    stamp = target / "ansible_collections" / f".ansible-{ANSIBLE_PACKAGE}"
    if stamp.exists():
        return []
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", directory,
             f"ansible=={ANSIBLE_PACKAGE}"],
            check=True,
        )  # fmt: skip
        wheel = next(Path(directory).glob("ansible-*.whl"))
        prefixes = tuple(f"ansible_collections/{name}/" for name in COLLECTIONS)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [name for name in archive.namelist() if name.startswith(prefixes)])
    stamp.touch()
    return [name.replace("/", ".") for name in COLLECTIONS]


def main() -> None:
    installed = install(Path(sys.argv[1]))
    print(f"collections: {', '.join(installed)} installed" if installed else "collections: up to date")


if __name__ == "__main__":
    main()
