# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ansible-cores that the collection is tested on (requirements/core-*.txt), each in an environment of its own.

usage: core_environments.py [CORE ...]     makes those of these cores, or of all that this Python can run
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pinned_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
ENVIRONMENTS = ROOT / ".ansible" / "cores"


def claimed() -> list[str]:
    """Minor versions, oldest first."""
    found = [path.stem.removeprefix("core-") for path in REQUIREMENTS.glob("core-*.txt")]
    return sorted(found, key=lambda minor: [int(part) for part in minor.split(".")])


def requirement(core: str) -> Requirement:
    """The exact version, and the Pythons it is for."""
    lines = (REQUIREMENTS / f"core-{core}.txt").read_text().splitlines()
    return Requirement(next(line for line in lines if line.startswith("ansible-core==")))


def supported() -> list[str]:
    """Those of the claimed ones that run on this Python."""
    markers = {core: requirement(core).marker for core in claimed()}
    return [core for core, marker in markers.items() if marker is None or marker.evaluate()]


def commands(core: str) -> Path:
    """The folder with ansible-playbook and python of this core; made when it is not there.

    It is this Python's own where that has the very version.

    Raises:
        subprocess.CalledProcessError: when pip cannot install it
    """
    if metadata.version("ansible-core") in requirement(core).specifier:
        return Path(sys.executable).parent
    return pinned_environment.commands(ENVIRONMENTS / core, REQUIREMENTS / f"core-{core}.txt")


def main() -> None:
    for core in sys.argv[1:] or supported():
        print(f"{requirement(core)}: {commands(core)}")


if __name__ == "__main__":
    main()
