# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""When two values of a field mean the same: each function gives one form to all spellings of a value."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(h|m|s)")
UNIT_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def is_service_tag(tag: str) -> bool:
    """Tags that DOKS puts on by itself: k8s, k8s:<cluster id>, k8s-worker, k8s:worker."""
    return tag == "k8s" or tag.startswith(("k8s:", "k8s-worker"))


def tags(value: Iterable[str] | None) -> list[str]:
    """A set without DOKS's own; DigitalOcean's tags do not tell upper from lower case."""
    return sorted({str(tag).lower() for tag in value or () if not is_service_tag(str(tag).lower())})


def text(value: Any) -> str:
    """A label's value: YAML's true and 1 are the strings Kubernetes knows."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def labels(value: Mapping[str, Any] | None) -> dict[str, str]:
    """All labels but those in DOKS's own name space."""
    return {
        str(key): text(item)
        for key, item in sorted((value or {}).items())
        if not str(key).startswith("doks.digitalocean.com/")
    }


def taints(value: Iterable[Mapping[str, Any]] | None) -> list[dict[str, str]]:
    """A set; a taint without a value has an empty one."""
    unique = {(str(item.get("key")), text(item.get("value") or ""), str(item.get("effect"))) for item in value or ()}
    return [{"key": key, "value": held, "effect": effect} for key, held, effect in sorted(unique)]


def network(value: str | None) -> str | None:
    """A CIDR with its host bits cleared; a single address has no suffix. What is neither stays as it is."""
    if not value:
        return None
    try:
        parsed = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return value
    return str(parsed.network_address) if parsed.num_addresses == 1 else str(parsed)


def networks(value: Iterable[str] | None) -> list[str]:
    return sorted({network(item) or "" for item in value or ()})


def time_of_day(value: str | None) -> str | None:
    """9:00 -> 09:00"""
    return value.strip().zfill(5) if value else None


def lower(value: str | None) -> str | None:
    return value.lower() if value else None


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def duration(value: str | None) -> str | None:
    """1m30s -> 90s, as Go writes and reads durations. What is none stays as it is."""
    if not value:
        return None
    parts = DURATION_PART.findall(value)
    if "".join(amount + unit for amount, unit in parts) != value.strip():
        return value
    return f"{sum(float(amount) * UNIT_SECONDS[unit] for amount, unit in parts):g}s"


def sequence(value: Iterable[Any] | None) -> list[Any]:
    """A list whose order counts."""
    return list(value or ())
