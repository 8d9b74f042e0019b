# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Kubernetes versions as people ask for them, and as DOKS names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._errors import InvalidInputError
from .._reconcile import JsonObject
from .suggest import suggest

LATEST = "latest"
PATTERN = re.compile(r"^v?(\d+)\.(\d+)(?:\.(\d+)(?:-do\.(\d+))?)?$")


def parse(version: str) -> tuple[int, ...] | None:
    """1.36.3-do.0 -> (1, 36, 3, 0), "1.36" -> (1, 36); None for anything else."""
    match = PATTERN.match(version.strip())
    return tuple(int(part) for part in match.groups() if part is not None) if match else None


def minor(version: str) -> str:
    """1.36.3-do.0 -> "1.36"; what is no version stays as it is."""
    parts = parse(version)
    return f"{parts[0]}.{parts[1]}" if parts else version


def slugs(versions: Iterable[Mapping[str, Any]]) -> list[str]:
    """The version slugs of an API answer, newest first."""
    known = {str(item.get("slug")) for item in versions}
    return sorted((slug for slug in known if parse(slug)), key=lambda slug: parse(slug) or (), reverse=True)


def resolve(wanted: str, options: JsonObject) -> str:
    """The newest published slug that the wanted version means.

    wanted: "latest", a minor ("1.36"), a patch ("1.36.3") or a slug ("1.36.3-do.0")
    options: the API's Kubernetes options
    Raises InvalidInputError naming the versions on offer.
    """
    published = slugs(options.get("versions") or [])
    parts = parse(wanted)
    if wanted == LATEST:
        if published:
            return published[0]
    elif parts:
        for slug in published:
            if (parse(slug) or ())[: len(parts)] == parts:
                return slug
    offered = sorted({minor(slug) for slug in published}, key=lambda item: parse(item) or (), reverse=True)
    raise InvalidInputError(
        f"DigitalOcean does not offer Kubernetes version {wanted!r}{suggest(wanted, offered + published)}.",
        f"Offered now: {', '.join(offered) or 'nothing'} (or {', '.join(published)}); write a minor in quotes.",
    )


def is_satisfied(wanted: str, actual: str) -> bool:
    """Whether the running version is one that the wanted one means. "latest" is never known to be satisfied.

    Raises InvalidInputError when the wanted version is older: clusters are never downgraded.
    """
    if wanted == LATEST:
        return False
    asked, running = parse(wanted), parse(actual)
    if asked is None:
        raise InvalidInputError(
            f"Kubernetes version {wanted!r} is not a version.",
            'Write a minor in quotes ("1.36"), a slug ("1.36.3-do.0") or latest.',
        )
    if running is None:
        raise InvalidInputError(f"The cluster runs version {actual!r}, which cannot be compared with {wanted!r}.")
    if running[: len(asked)] > asked:
        raise InvalidInputError(
            f"The cluster runs Kubernetes {actual}, which is newer than {wanted}; clusters cannot be downgraded.",
            f'Ask for version "{minor(actual)}": any patch of a minor satisfies it, also after an automatic upgrade.',
        )
    return running[: len(asked)] == asked


def upgrade_step(current: str, target: str, available: Iterable[str]) -> str | None:
    """The next version on the way to target: target itself when offered, else the newest between; None without one."""
    now, goal = parse(current) or (), parse(target) or ()
    steps = [slug for slug in available if now < (parse(slug) or ()) <= goal]
    return max(steps, key=lambda slug: parse(slug) or ()) if steps else None
