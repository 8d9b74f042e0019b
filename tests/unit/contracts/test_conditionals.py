# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles and playbooks decide by is true or false, and nothing else."""

from __future__ import annotations

from pathlib import Path

import conditionals
import pytest
from ansible import constants
from conditionals import ROOT, Booleans

# Patterns in conditions have backslashes that Jinja takes as they are, and Python warns of.
pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")

FILES = [*conditionals.files("roles", "playbooks", "molecule"), ROOT / "site.yml"]
TEMPLATES = sorted(path for folder in ("roles", "playbooks") for path in (ROOT / folder).rglob("*.j2"))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def booleans() -> Booleans:
    return Booleans(FILES)


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_every_conditional_is_a_boolean(path: Path, booleans: Booleans) -> None:
    found = [(str(one), booleans.of_conditional(one.value)) for one in conditionals.conditionals(path)]
    assert [f"{one} is no boolean: {why}" for one, why in found if why] == []


@pytest.mark.parametrize("path", [*FILES, *TEMPLATES], ids=relative)
def test_options_that_may_be_given_as_text_are_made_booleans(path: Path) -> None:
    """`-e role_option=false` is text, and text is true."""
    assert conditionals.undecided_options(path) == []


@pytest.mark.parametrize(
    ("condition", "boolean"),
    [
        ("a == b", True),
        ("a is defined and not (b | bool)", True),
        ("'x' in y or a | length > 0", True),
        ("a.changed | default(false)", True),
        ("ansible_check_mode", True),
        ("a", False),
        ("a | length", False),
        ("a is defined and b", False),
        ("a == b or c | default(true)", False),
        ("not a", False),
        ("a == b if c else d", False),
        ("a.changed | default('')", False),
        ("'false'", False),
        ("argocd_ha", False),
    ],
)
def test_what_is_no_boolean_is_found(condition: str, boolean: bool, booleans: Booleans) -> None:
    assert (booleans.of_conditional(condition) == "") is boolean


def test_ansible_refuses_what_is_none_too() -> None:
    """By its default, which no setting of this project may change."""
    assert constants.ALLOW_BROKEN_CONDITIONALS is False
    texts = {
        path: path.read_text() for path in [ROOT / "ansible.cfg", ROOT / "Makefile", *ROOT.glob("molecule/*/*.yml")]
    }
    assert [relative(path) for path, text in texts.items() if "broken_conditionals" in text.lower()] == []
