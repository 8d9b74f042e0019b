# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Private address ranges: what overlaps what. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

Network = ipaddress.IPv4Network

PRIVATE = tuple(map(Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
# What DigitalOcean keeps for itself: https://docs.digitalocean.com/products/networking/vpc/details/limits/
RESERVED = tuple(map(Network, ("10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24", "10.229.0.0/16")))
VPC_PREFIXES = range(16, 29)


@dataclass(frozen=True)
class Range:
    """A range and whose it is: "cluster 'dev': cluster_subnet"."""

    owner: str
    network: Network

    def __str__(self) -> str:
        return f"{self.owner} {self.network}"


def parse_range(owner: str, text: str) -> tuple[Range | None, str]:
    """The range, or None and the problem with it."""
    try:
        network = Network(text)
    except ValueError as error:
        return None, f"{owner} {text!r} is not an IPv4 range ({error}); write it like 10.130.0.0/17"
    if not any(network.subnet_of(private) for private in PRIVATE):
        return None, f"{owner} {network} is not private; use 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
    return Range(owner, network), ""


def vpc_range(owner: str, text: str) -> tuple[Range | None, list[str]]:
    """The range of a VPC and what the API says against it: it is /16 to /28, and none of DigitalOcean's own."""
    found, problem = parse_range(owner, text)
    if found is None:
        return None, [problem]
    problems = []
    if found.network.prefixlen not in VPC_PREFIXES:
        problems.append(f"{found} must be between /16 and /28")
    taken = next((reserved for reserved in RESERVED if found.network.overlaps(reserved)), None)
    if taken:
        problems.append(f"{found} overlaps {taken}, which DigitalOcean keeps for itself")
    return found, problems


def overlaps(own: Iterable[Range], others: Iterable[Range] = ()) -> list[str]:
    """One sentence for each pair that overlaps: among the own ranges, and between own and others."""
    own, others = list(own), list(others)
    pairs = [*combinations(own, 2), *((one, other) for one in own for other in others)]
    return [f"{one} overlaps {other}" for one, other in pairs if one.network.overlaps(other.network)]
