# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subscription tiers and regions of container registries (OpenAPI, registries_get_options; prices of 2026)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

REGIONS = ("nyc3", "sfo3", "sfo2", "ams3", "sgp1", "fra1", "blr1", "syd1")
# Where a registry goes when the request does not say; DigitalOcean's choice is not published.
DEFAULT_REGION = "nyc3"

_MIB = 1024 * 1024
_GIB = 1024 * _MIB


@dataclass(frozen=True)
class Tier:
    """included_repositories: in all registries together, 0 for no limit. registries: how many an account may have.

    That the professional tier has ten registries, and the others one:
    https://docs.digitalocean.com/products/container-registry/
    """

    slug: str
    name: str
    included_repositories: int
    included_storage_bytes: int
    included_bandwidth_bytes: int
    allow_storage_overage: bool
    monthly_price_in_cents: int
    storage_overage_price_in_cents: int
    registries: int

    def body(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if key != "registries"}

    def reasons_against(self, repositories: int, storage_bytes: int) -> list[str]:
        """Why an account that has this much can not have the tier (OpenAPI, eligibility_reasons)."""
        reasons = []
        if self.included_repositories and repositories > self.included_repositories:
            reasons.append("OverRepositoryLimit")
        if not self.allow_storage_overage and storage_bytes > self.included_storage_bytes:
            reasons.append("OverStorageLimit")
        return reasons


TIERS = {
    tier.slug: tier
    for tier in (
        Tier("starter", "Starter", 1, 500 * _MIB, 500 * _MIB, False, 0, 0, 1),
        Tier("basic", "Basic", 5, 5 * _GIB, 5 * _GIB, True, 500, 2, 1),
        Tier("professional", "Professional", 0, 100 * _GIB, 100 * _GIB, True, 2000, 2, 10),
    )
}
