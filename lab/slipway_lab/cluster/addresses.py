# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has which address in a lab: clusters and machines in LAB_NETWORK, nodes in a cluster's pod range."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from slipway_lab.backend import BackendError

# Cluster i uses the third octet i; machine j of it the fourth. .0.x is the host's, .255.x the load balancers'.
MAX_CLUSTERS = 200
CONTROL_PLANE_MACHINE = 10
FIRST_NODE_MACHINE = 11
LAST_NODE_MACHINE = 250
LOAD_BALANCERS = 255
LAST_LOAD_BALANCER = 253
EDGE_MACHINE = 254
MIRROR_PORT = 5000
API_PORT = 6443

# Nodes get a /24 of the pod range as on most clusters; a small range is cut into at least 16.
_USUAL_NODE_PREFIX = 24
_LONGEST_NODE_PREFIX = 28


@dataclass(frozen=True)
class LabAddresses:
    """The address plan of one lab's /16."""

    network: ipaddress.IPv4Network

    @property
    def host(self) -> str:
        """The host's end of the bridge; what the host's own clients come from."""
        return str(self.network[1])

    @property
    def management(self) -> str:
        """Second address of the host: the lab itself comes from it, past every control plane firewall."""
        return str(self.network[2])

    def machine(self, cluster: int, machine: int) -> str:
        return str(self.network[cluster * 256 + machine])

    def control_plane(self, cluster: int) -> str:
        return self.machine(cluster, CONTROL_PLANE_MACHINE)

    def load_balancer(self, number: int) -> str:
        """Address of the account's number-th load balancer, from 1."""
        return self.machine(LOAD_BALANCERS, number)

    def machines(self, cluster: int) -> str:
        """CIDR of all machines of one cluster."""
        return f"{self.network[cluster * 256]}/24"

    def with_prefix(self, address: str) -> str:
        return f"{address}/{self.network.prefixlen}"


def hardware_address(address: str) -> str:
    """The MAC address that goes with an address, always the same.

    Who knew a machine before it was restarted, or the host before its bridge got another port, keeps reaching it;
    with random ones neighbours would try the old one for up to a minute.
    """
    return ":".join(f"{byte:02x}" for byte in (0x0A, 0x58, *ipaddress.IPv4Address(address).packed))


def loopback_address(network: ipaddress.IPv4Network, cluster: int) -> str:
    """Address of a kwok cluster: 127, the network's second octet, the cluster's index, 10."""
    return f"127.{network.network_address.packed[1]}.{cluster}.{CONTROL_PLANE_MACHINE}"


def node_pod_prefix(pod_subnet: str) -> int:
    """Prefix length of one node's share of the pod range."""
    prefix = ipaddress.ip_network(pod_subnet).prefixlen
    return max(_USUAL_NODE_PREFIX, min(prefix + 4, _LONGEST_NODE_PREFIX))


def max_pod_ranges(pod_subnet: str) -> int:
    """How many nodes the pod range has room for."""
    network = ipaddress.ip_network(pod_subnet)
    return max(0, 2 ** (node_pod_prefix(pod_subnet) - network.prefixlen)) if network.prefixlen <= 28 else 0


def node_pod_range(pod_subnet: str, index: int) -> str:
    """Pod range of the cluster's index-th node."""
    network = ipaddress.ip_network(pod_subnet)
    if index >= max_pod_ranges(pod_subnet):
        raise BackendError(f"The pod range {pod_subnet} has no room for another node ({index} are in use).")
    prefix = node_pod_prefix(pod_subnet)
    return f"{network[index << (network.max_prefixlen - prefix)]}/{prefix}"


def pod_gateway(pod_range: str) -> str:
    """Address of the node itself in its pods' range; the host-local IPAM plugin takes the first."""
    return str(ipaddress.ip_network(pod_range)[1])


def service_address(service_subnet: str, number: int) -> str:
    """The number-th address of the service range: 1 is the Kubernetes API, 10 is DNS."""
    return str(ipaddress.ip_network(service_subnet)[number])
