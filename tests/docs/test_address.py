# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's public address is written in galaxy.yml and nowhere else."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_the_address_is_written_in_one_file() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    address = galaxy["repository"]
    for key in ("documentation", "homepage", "issues"):
        assert galaxy[key].startswith(address), key
    host = urlsplit(address).hostname
    assert host
    files = subprocess.run(
        ["git", "grep", "--fixed-strings", "--files-with-matches", host],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert files == ["galaxy.yml"]
