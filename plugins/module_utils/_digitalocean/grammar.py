# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What DigitalOcean's API takes for names, tags, times and addresses, each with where that is published. Pure."""

from __future__ import annotations

import ipaddress
import re
import uuid
from typing import Any

from .._grammar import Grammar, free, matching
from .._kubernetes.grammar import DNS_LABEL_PATTERN

OPENAPI = "DigitalOcean's OpenAPI"

CLUSTER_NAME = matching(
    r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?",
    "1 to 255 letters, digits, dots and dashes, with a letter or digit at both ends",
    most=255,
    source="not published; the API refuses what is no host name, as it does for the Droplets",
)
POOL_NAME = matching(
    DNS_LABEL_PATTERN,
    "1 to 57 lowercase letters, digits and dashes, with a letter or digit at both ends",
    most=57,
    source="a node is called <pool>-<five characters>, which is a host name and the value of a label (63 at most)",
)
VPC_NAME = matching(r"[a-zA-Z0-9\-.]+", "letters, digits, dashes and dots", source=f"{OPENAPI}, vpc_updatable.name")
BALANCER_NAME = matching(
    r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9.])?",
    "1 to 255 letters, digits, dots and dashes, with a letter or digit first and no dash last",
    most=255,
    source="digitalocean-cloud-controller-manager, docs/controllers/services/annotations.md, do-loadbalancer-name",
)
HOST_NAME = matching(
    r"(?i:([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}\.?)",
    "a full name such as www.example.com",
    most=254,
    source="RFC 1035, 2.3.1",
)
REGISTRY_NAME = matching(
    r"[a-z0-9-]+", "1 to 63 lowercase letters, digits and dashes", most=63, source=f"{OPENAPI}, registry_create.name"
)
TAG = matching(
    r"[a-zA-Z0-9_\-:]+",
    "1 to 255 letters, digits, colons, dashes and underscores",
    most=255,
    source=f"{OPENAPI}, tags.name",
)
DESCRIPTION = matching(
    r"[\s\S]*", "255 characters at most", most=255, least=0, source=f"{OPENAPI}, vpc_updatable.description"
)
TIME_OF_DAY = matching(
    r"\s*([01]?[0-9]|2[0-3]):[0-5][0-9]\s*",
    "a time from 00:00 to 23:59, in quotes",
    source=f"{OPENAPI}, maintenance_policy.start_time",
)
SLUG = free("a slug, which is looked for among those that the API offers")


def _is_address(value: Any) -> bool:
    host, slash, length = str(value).partition("/")
    if slash and not (re.fullmatch(r"[0-9]{1,2}", length, re.ASCII) and int(length) <= 32):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _is_uuid(value: Any) -> bool:
    try:
        return str(uuid.UUID(str(value))) == str(value).lower()
    except ValueError:
        return False


def _is_firewall_source(value: Any) -> bool:
    kind, _colon, address = str(value).partition(":")
    try:
        if kind == "ip":
            ipaddress.ip_address(address)
        elif kind == "cidr":
            ipaddress.ip_network(address, strict=False)
        else:
            return False
    except ValueError:
        return False
    return True


FIREWALL_SOURCE = Grammar(
    "like ip:192.0.2.1 or cidr:192.0.2.0/24", _is_firewall_source, f"{OPENAPI}, lb_firewall.allow"
)
IPV4 = Grammar(
    "an IPv4 address such as 203.0.113.7",
    lambda value: _is_address(value) and "/" not in str(value),
    f"{OPENAPI}, domain.ip_address",
)
ADDRESS = Grammar(
    "an IPv4 address or a range, such as 203.0.113.7 or 203.0.113.0/24",
    _is_address,
    f"{OPENAPI}, control_plane_firewall.allowed_addresses",
)
UUID = Grammar("a UUID", _is_uuid, f"{OPENAPI}, format uuid")
