# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions as people ask for them."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import versions
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError
from do_objects import OPTIONS


@pytest.mark.parametrize(
    ("wanted", "slug"),
    [
        ("latest", "1.36.3-do.1"),
        ("1.36", "1.36.3-do.1"),
        ("1.36.3", "1.36.3-do.1"),
        ("1.36.3-do.0", "1.36.3-do.0"),
        ("1.34", "1.34.9-do.0"),
    ],
)
def test_resolve(wanted: str, slug: str) -> None:
    assert versions.resolve(wanted, OPTIONS["options"]) == slug


@pytest.mark.parametrize("wanted", ["1.3", "1.37", "1.36.9", "newest", "", "1"])
def test_an_unknown_version_names_those_on_offer(wanted: str) -> None:
    with pytest.raises(InvalidInputError, match=r"Offered now: 1\.36, 1\.35, 1\.34"):
        versions.resolve(wanted, OPTIONS["options"])


def test_ten_is_more_than_nine() -> None:
    assert versions.slugs([{"slug": "1.9.9-do.9"}, {"slug": "1.10.0-do.0"}, {"slug": "odd"}]) == [
        "1.10.0-do.0",
        "1.9.9-do.9",
    ]


@pytest.mark.parametrize(
    ("wanted", "actual", "satisfied"),
    [
        ("1.36", "1.36.0-do.0", True),
        ("1.36", "1.36.17-do.4", True),
        ("1.36.3", "1.36.3-do.4", True),
        ("1.36.3-do.0", "1.36.3-do.0", True),
        ("1.36.3-do.1", "1.36.3-do.0", False),
        ("1.36", "1.35.9-do.9", False),
        ("latest", "1.36.3-do.1", False),
    ],
)
def test_is_satisfied(wanted: str, actual: str, satisfied: bool) -> None:
    assert versions.is_satisfied(wanted, actual) is satisfied


@pytest.mark.parametrize(
    ("wanted", "actual"), [("1.35", "1.36.0-do.0"), ("1.36.3-do.0", "1.36.3-do.1"), ("1.9", "1.10.0-do.0")]
)
def test_older_is_refused(wanted: str, actual: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be downgraded"):
        versions.is_satisfied(wanted, actual)


@pytest.mark.parametrize("wanted", ["one", "1", "v"])
def test_what_is_no_version(wanted: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a version"):
        versions.is_satisfied(wanted, "1.36.0-do.0")


@pytest.mark.parametrize(
    ("available", "step"),
    [
        (["1.36.3-do.0"], "1.36.3-do.0"),
        (["1.35.1-do.0", "1.35.2-do.0"], "1.35.2-do.0"),
        (["1.35.1-do.0", "1.36.3-do.0", "1.36.4-do.0"], "1.36.3-do.0"),
        (["1.37.0-do.0"], None),
        (["1.34.1-do.0"], None),
        ([], None),
    ],
)
def test_upgrade_step(available: list[str], step: str | None) -> None:
    assert versions.upgrade_step("1.34.1-do.0", "1.36.3-do.0", available) == step


def test_minor() -> None:
    assert versions.minor("1.36.3-do.0") == "1.36"
    assert versions.minor("odd") == "odd"
