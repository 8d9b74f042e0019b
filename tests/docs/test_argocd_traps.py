# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/argocd-api.md and the tests of the argocd_* modules name the same traps."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "integration" / "argocd"
# This file shows the traps; the others show what the modules do about them.
ON_THE_SERVER = "test_api_traps.py"


def marked(file: Path) -> set[str]:
    return set(re.findall(r'^@pytest\.mark\.trap\("([a-z0-9-]+)"\)$', file.read_text(), re.MULTILINE))


def test_every_trap_has_a_test_of_a_module() -> None:
    document = (ROOT / "docs" / "argocd-api.md").read_text()
    described = set(re.findall(r"^\| ([a-z0-9-]+) \|", document, re.MULTILINE))
    files = {file.name: marked(file) for file in TESTS.glob("test_*.py")}
    of_modules = set().union(*(names for name, names in files.items() if name != ON_THE_SERVER))
    # That of absent objects is in the file that shows it, for every kind at once.
    assert described == of_modules | {"not-found"}
    assert files[ON_THE_SERVER] <= described
