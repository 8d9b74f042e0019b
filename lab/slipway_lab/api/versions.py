# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DOKS versions: which exist, which are published, what a cluster can be upgraded to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slipway_lab.api.records import Version
from slipway_lab.api.store import Store

# For clusters that are records only, where any version runs.
RECORDED_KUBERNETES_VERSIONS = ("1.36.3", "1.35.7", "1.34.11")
# Two revisions of each Kubernetes version, so that there is something to upgrade to.
_FIRST_REVISIONS = (0, 1)
_SLUG = re.compile(r"^(\d+)\.(\d+)\.(\d+)-do\.(\d+)$")
_MINOR = re.compile(r"^(\d+)\.(\d+)$")
_FEATURES = ["cluster-autoscaler", "docr-integration", "token-authentication"]


@dataclass(frozen=True, order=True)
class Slug:
    """A DOKS version slug: Kubernetes 1.36.3 in DigitalOcean's revision 0 is 1.36.3-do.0."""

    major: int
    minor: int
    patch: int
    revision: int

    @classmethod
    def parse(cls, text: str) -> Slug | None:
        """None when the text is not a slug."""
        match = _SLUG.match(text)
        return cls(*(int(part) for part in match.groups())) if match else None

    def __str__(self) -> str:
        return f"{self.kubernetes}-do.{self.revision}"

    @property
    def kubernetes(self) -> str:
        """The Kubernetes version, such as 1.36.3."""
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def highly_available_by_default(self) -> bool:
        """OpenAPI, cluster.ha: true from DOKS 1.36."""
        return (self.major, self.minor) >= (1, 36)


def offer(store: Store, kubernetes_versions: Sequence[str]) -> None:
    """Bring the account's versions to what the lab can run: publish what is new, forget what is gone."""
    with store.transaction():
        known = {str(slug): slug.kubernetes for v in store.all(Version) if (slug := Slug.parse(v.id))}
        for text, kubernetes in known.items():
            if kubernetes not in kubernetes_versions:
                store.delete(Version, text)
        for kubernetes in kubernetes_versions:
            if kubernetes not in known.values():
                for revision in _FIRST_REVISIONS:
                    store.put(Version(id=f"{kubernetes}-do.{revision}"))


def published(store: Store) -> list[Slug]:
    """Versions that new clusters can have, newest first."""
    slugs = [Slug.parse(version.id) for version in store.all(Version) if version.published]
    return sorted((slug for slug in slugs if slug is not None), reverse=True)


def resolve(store: Store, text: str) -> Slug | None:
    """The published version that `latest`, a minor such as 1.36, or a slug stands for; None when there is none."""
    slugs = published(store)
    if text == "latest":
        return slugs[0] if slugs else None
    minor = _MINOR.match(text)
    if minor:
        wanted = (int(minor[1]), int(minor[2]))
        return next((slug for slug in slugs if (slug.major, slug.minor) == wanted), None)
    return next((slug for slug in slugs if str(slug) == text), None)


def upgrades(store: Store, current: Slug) -> list[Slug]:
    """Published versions a cluster can go to: newer ones of its minor and those of the next minor, newest first."""
    return [
        slug
        for slug in published(store)
        if slug > current and slug.major == current.major and slug.minor - current.minor in (0, 1)
    ]


def version_body(slug: Slug) -> dict[str, Any]:
    return {"slug": str(slug), "kubernetes_version": slug.kubernetes, "supported_features": _FEATURES}
