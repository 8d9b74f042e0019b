# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane firewall: who may reach the Kubernetes API, enforced with nftables in its machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from slipway_lab.cluster.addresses import API_PORT

_TABLE = "inet slipway_firewall"


def firewall_rules(allowed: Sequence[str] | None, always_allowed: Sequence[str]) -> str:
    """nftables rules that replace the present ones in one step.

    allowed: addresses or CIDRs, None for no firewall; IPv6 ones are left out, the lab's network has IPv4 only
    always_allowed: the cluster's own nodes, and the lab itself
    """
    # Declared first, so that deleting it works on the first run too.
    replace = f"table {_TABLE}\ndelete table {_TABLE}\n"
    if allowed is None:
        return replace
    networks = [ipaddress.ip_network(source, strict=False) for source in (*always_allowed, *allowed)]
    ipv4 = [network for network in networks if isinstance(network, ipaddress.IPv4Network)]
    # nftables refuses overlapping elements.
    elements = ", ".join(str(network) for network in ipaddress.collapse_addresses(ipv4))
    return f"""{replace}table {_TABLE} {{
  set allowed {{
    type ipv4_addr
    flags interval
    elements = {{ {elements} }}
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname "lo" accept
    tcp dport {API_PORT} ip saddr @allowed accept
    tcp dport {API_PORT} drop
  }}
}}
"""
