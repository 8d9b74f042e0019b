# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of clusters, machines and pods never meet."""

from __future__ import annotations

import ipaddress

import pytest
from slipway_lab.backend import BackendError
from slipway_lab.cluster.addresses import (
    FIRST_NODE_MACHINE,
    LAST_NODE_MACHINE,
    MAX_CLUSTERS,
    LabAddresses,
    hardware_address,
    loopback_address,
    max_pod_ranges,
    node_pod_range,
    service_address,
)

NETWORK = ipaddress.IPv4Network("172.30.0.0/16")


def test_every_machine_of_every_cluster_has_an_address_of_its_own() -> None:
    addresses = LabAddresses(NETWORK)
    machines = [
        addresses.machine(cluster, machine)
        for cluster in range(1, MAX_CLUSTERS + 1)
        for machine in (10, *range(FIRST_NODE_MACHINE, LAST_NODE_MACHINE + 1))
    ]
    assert len({*machines, addresses.host, addresses.management}) == len(machines) + 2
    assert all(ipaddress.ip_address(address) in NETWORK for address in machines)


def test_the_control_plane_is_where_the_documentation_says() -> None:
    addresses = LabAddresses(NETWORK)
    assert addresses.control_plane(1) == "172.30.1.10"
    assert addresses.machines(1) == "172.30.1.0/24"
    assert loopback_address(NETWORK, 3) == "127.30.3.10"


@pytest.mark.parametrize(
    ("subnet", "nodes", "last"),
    [
        ("10.244.0.0/16", 256, "10.244.255.0/24"),
        ("10.100.0.0/17", 128, "10.100.127.0/24"),
        ("192.168.0.0/22", 16, "192.168.3.192/26"),
        ("192.168.0.0/25", 8, "192.168.0.112/28"),
        ("10.0.0.0/28", 1, "10.0.0.0/28"),
    ],
)
def test_nodes_share_the_pod_range_without_overlap(subnet: str, nodes: int, last: str) -> None:
    assert max_pod_ranges(subnet) == nodes
    shares = [ipaddress.ip_network(node_pod_range(subnet, index)) for index in range(nodes)]
    assert str(shares[-1]) == last
    whole = ipaddress.ip_network(subnet)
    assert all(share.subnet_of(whole) for share in shares)
    assert (
        sum(share.num_addresses for share in shares) == whole.num_addresses == len({*shares}) * shares[0].num_addresses
    )
    with pytest.raises(BackendError, match=f"The pod range {subnet} has no room for another node"):
        node_pod_range(subnet, nodes)


def test_hardware_addresses_go_with_addresses() -> None:
    assert hardware_address("172.30.1.10") == "0a:58:ac:1e:01:0a"
    # Locally administered, not a group: IEEE 802 leaves these to us.
    assert int(hardware_address("10.0.0.1")[:2], 16) & 0b11 == 0b10


def test_services_have_their_usual_addresses() -> None:
    assert service_address("10.100.128.0/19", 1) == "10.100.128.1"
    assert service_address("10.100.128.0/19", 10) == "10.100.128.10"
