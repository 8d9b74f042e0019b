# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Schedules of sync windows as Argo CD reads them: five fields, no @daily (robfig/cron v3, parser.go). Pure."""

from __future__ import annotations

import re

from .._grammar import Grammar
from .time_zones import is_time_zone

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Least, greatest, and names with their numbers: minute, hour, day of the month, month, day of the week.
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 6, {name: number for number, name in enumerate(_DAYS)}),
)


def is_schedule(text: str) -> bool:
    zone = re.match(r"(?:CRON_)?TZ=(\S+) ", text)
    if zone:
        text = text[zone.end() :]
        if not is_time_zone(zone.group(1)):
            return False
    fields = text.split()
    return len(fields) == len(_FIELDS) and all(
        _is_field(field, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True)
    )


def _is_field(field: str, least: int, most: int, names: dict[str, int]) -> bool:
    return all(_is_range(part, least, most, names) for part in field.split(",") if part)


def _is_range(part: str, least: int, most: int, names: dict[str, int]) -> bool:
    span, slash, step = part.partition("/")
    low, dash, high = span.partition("-")
    if slash and (_number(step, {}) or 0) <= 0:
        return False
    if low in ("*", "?"):
        return True
    first = _number(low, names)
    last = _number(high, names) if dash else (most if slash else first)
    return first is not None and last is not None and least <= first <= last <= most


def _number(text: str, names: dict[str, int]) -> int | None:
    if text.lower() in names:
        return names[text.lower()]
    return int(text) if re.fullmatch(r"\+?[0-9]+", text, re.ASCII) else None


SCHEDULE = Grammar(
    "a cron schedule of five fields (minute, hour, day of the month, month, day of the week), such as '0 22 * * *'",
    lambda value: isinstance(value, str) and is_schedule(value),
    "argo-cd, pkg/apis/application/v1alpha1/types.go, SyncWindow.Validate",
)
