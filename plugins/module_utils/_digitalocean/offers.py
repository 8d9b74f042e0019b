# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Regions and sizes that DOKS does not offer, with the names near them. Pure.

options: the API's Kubernetes options
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .suggest import suggest


def region_problems(region: Any, options: Mapping[str, Any]) -> list[str]:
    regions = sorted(str(item.get("slug")) for item in options.get("regions") or [])
    if not region or not regions or region in regions:
        return []
    near = suggest(str(region), regions)
    return [f"region: there is no Kubernetes in region {region!r}{near} (regions: {', '.join(regions)})"]


def size_problems(pools: Iterable[Mapping[str, Any]], options: Mapping[str, Any]) -> list[str]:
    """For pools that are to be made; one without a size is told of elsewhere."""
    offered = [str(item.get("slug")) for item in options.get("sizes") or []]
    wanted = [(pool.get("name"), str(pool["size"])) for pool in pools if pool.get("size")]
    return [
        f"node pool {name!r}: size {size!r} is no Kubernetes size{suggest(size, offered)}"
        for name, size in wanted
        if offered and size not in offered
    ]
