# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Choose objects by what they are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._reconcile import JsonObject


def matching(items: Iterable[JsonObject], wanted: Mapping[str, Any]) -> list[JsonObject]:
    """The items that match every filter that is not None, by name. C(tag) looks into the tags, without case."""
    return sorted((item for item in items if matches(item, wanted)), key=lambda item: str(item.get("name")))


def matches(item: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    for name, value in wanted.items():
        if value is None:
            continue
        if name == "tag":
            if str(value).lower() not in {str(tag).lower() for tag in item.get("tags") or []}:
                return False
        elif str(item.get(name)) != str(value):
            return False
    return True
