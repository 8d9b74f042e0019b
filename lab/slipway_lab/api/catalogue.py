# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions and Droplet sizes with their prices, as DigitalOcean published them in 2026. The lab sells a selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_HOURS_BILLED_A_MONTH = 672


@dataclass(frozen=True)
class Region:
    """kubernetes: DOKS is offered here. available: new Droplets can be made here."""

    slug: str
    name: str
    kubernetes: bool = True
    available: bool = True


@dataclass(frozen=True)
class Size:
    """A Droplet size. memory in MiB, disk in GiB, transfer in TB, price in US dollars a month.

    kubernetes: usable in a node pool (DOKS wants at least 2 GB of memory).
    """

    slug: str
    description: str
    vcpus: int
    memory: int
    disk: int
    transfer: float
    price_monthly: float

    @property
    def kubernetes(self) -> bool:
        return self.memory >= 2048

    @property
    def price_hourly(self) -> float:
        return round(self.price_monthly / _HOURS_BILLED_A_MONTH, 5)


REGIONS = {
    region.slug: region
    for region in (
        Region("nyc1", "New York 1"),
        Region("sfo1", "San Francisco 1", kubernetes=False, available=False),
        Region("nyc2", "New York 2", kubernetes=False, available=False),
        Region("ams2", "Amsterdam 2", kubernetes=False, available=False),
        Region("sgp1", "Singapore 1"),
        Region("lon1", "London 1"),
        Region("nyc3", "New York 3"),
        Region("ams3", "Amsterdam 3"),
        Region("fra1", "Frankfurt 1"),
        Region("tor1", "Toronto 1"),
        Region("sfo2", "San Francisco 2"),
        Region("blr1", "Bangalore 1"),
        Region("sfo3", "San Francisco 3"),
        Region("syd1", "Sydney 1"),
    )
}

SIZES = {
    size.slug: size
    for size in (
        Size("s-1vcpu-512mb-10gb", "Basic", 1, 512, 10, 0.5, 4),
        Size("s-1vcpu-1gb", "Basic", 1, 1024, 25, 1, 6),
        Size("s-1vcpu-2gb", "Basic", 1, 2048, 50, 2, 12),
        Size("s-1vcpu-2gb-amd", "Basic AMD", 1, 2048, 50, 2, 14),
        Size("s-1vcpu-2gb-intel", "Basic Intel", 1, 2048, 50, 2, 14),
        Size("s-2vcpu-2gb", "Basic", 2, 2048, 60, 3, 18),
        Size("s-2vcpu-4gb", "Basic", 2, 4096, 80, 4, 24),
        Size("s-2vcpu-4gb-amd", "Basic AMD", 2, 4096, 80, 4, 28),
        Size("s-2vcpu-4gb-intel", "Basic Intel", 2, 4096, 80, 4, 28),
        Size("c-2", "CPU-Optimized", 2, 4096, 25, 4, 42),
        Size("s-4vcpu-8gb", "Basic", 4, 8192, 160, 5, 48),
        Size("s-4vcpu-8gb-amd", "Basic AMD", 4, 8192, 160, 5, 56),
        Size("s-4vcpu-8gb-intel", "Basic Intel", 4, 8192, 160, 5, 56),
        Size("g-2vcpu-8gb", "General Purpose", 2, 8192, 25, 4, 63),
        Size("gd-2vcpu-8gb", "General Purpose", 2, 8192, 50, 4, 68),
        Size("m-2vcpu-16gb", "Memory-Optimized", 2, 16384, 50, 4, 84),
        Size("c-4", "CPU-Optimized", 4, 8192, 50, 5, 84),
        Size("s-8vcpu-16gb", "Basic", 8, 16384, 320, 6, 96),
        Size("g-4vcpu-16gb", "General Purpose", 4, 16384, 50, 5, 126),
        Size("so-2vcpu-16gb", "Storage-Optimized", 2, 16384, 300, 4, 131),
        Size("c-8", "CPU-Optimized", 8, 16384, 100, 6, 168),
        Size("m-4vcpu-32gb", "Memory-Optimized", 4, 32768, 100, 6, 168),
        Size("g-8vcpu-32gb", "General Purpose", 8, 32768, 100, 6, 252),
        Size("c-16", "CPU-Optimized", 16, 32768, 200, 7, 336),
        Size("m-8vcpu-64gb", "Memory-Optimized", 8, 65536, 200, 7, 336),
        Size("g-16vcpu-64gb", "General Purpose", 16, 65536, 200, 7, 504),
    )
}

_FEATURES = ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"]


def region_body(region: Region) -> dict[str, Any]:
    return {
        "name": region.name,
        "slug": region.slug,
        "features": _FEATURES,
        "available": region.available,
        "sizes": list(SIZES) if region.available else [],
    }


def size_body(size: Size) -> dict[str, Any]:
    return {
        "slug": size.slug,
        "memory": size.memory,
        "vcpus": size.vcpus,
        "disk": size.disk,
        "transfer": size.transfer,
        "price_monthly": size.price_monthly,
        "price_hourly": size.price_hourly,
        "regions": [region.slug for region in REGIONS.values() if region.available],
        "available": True,
        "description": size.description,
        "disk_info": [{"type": "local", "size": {"amount": size.disk, "unit": "gib"}}],
    }
