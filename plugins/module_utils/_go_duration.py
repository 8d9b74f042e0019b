# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Durations as Go writes and reads them, such as 1m30s (Go's package time, ParseDuration). Pure."""

from __future__ import annotations

import re
from typing import Any

from ._grammar import Grammar

UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_DURATION = re.compile(rf"[-+]?(0|({_PART.pattern})+)")


def seconds(text: str) -> float | None:
    """1m30s -> 90.0; None for what is no duration."""
    if not _DURATION.fullmatch(text):
        return None
    total = sum(float(amount) * UNIT_SECONDS[unit] for amount, unit in _PART.findall(text))
    return -total if text.startswith("-") else total


def _fits(value: Any) -> bool:
    found = seconds(value) if isinstance(value, str) else None
    return found is not None and found >= 0


DURATION = Grammar("a duration such as 90s, 10m or 1h30m", _fits, "Go's package time, ParseDuration")
