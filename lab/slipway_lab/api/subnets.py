# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Address ranges of VPCs and clusters: giving out free ones, refusing those that overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from slipway_lab.api.errors import ApiError, unprocessable, validation_error
from slipway_lab.api.records import Cluster, Vpc
from slipway_lab.api.store import Store

# DigitalOcean keeps these for itself: https://docs.digitalocean.com/products/networking/vpc/details/limits/
_RESERVED = [IPv4Network(n) for n in ("10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24", "10.229.0.0/16")]
_PRIVATE = [IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
# Where the lab takes ranges from when the request names none.
_VPC_POOL, _VPC_PREFIX = IPv4Network("10.100.0.0/14"), 20
_POD_POOL, _POD_PREFIX = IPv4Network("10.128.0.0/10"), 17
_SERVICE_POOL, _SERVICE_PREFIX = IPv4Network("10.192.0.0/11"), 20


def _parse(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _free(pool: IPv4Network, prefix: int, taken: list[IPv4Network]) -> IPv4Network:
    candidates: Iterator[IPv4Network] = pool.subnets(new_prefix=prefix)
    for candidate in candidates:
        if not any(candidate.overlaps(network) for network in taken):
            return candidate
    raise unprocessable("no free network range is left in your account")


def vpc_range(store: Store, asked: str | None) -> str:
    """The range of a new VPC: the asked one if it can be had, else a free /20."""
    vpcs = store.all(Vpc)
    if not asked:
        return str(_free(_VPC_POOL, _VPC_PREFIX, [*_RESERVED, *_account_networks(store)]))
    network = _parse(asked)
    if network is None:
        raise unprocessable(f"ip_range {asked!r} is not a valid network range in CIDR notation.")
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise unprocessable("The ip_range must be in the range of private addresses as defined in RFC1918.")
    if not 16 <= network.prefixlen <= 28:
        raise unprocessable("The ip_range may not be smaller than /28 nor larger than /16.")
    if any(network.overlaps(reserved) for reserved in _RESERVED):
        raise unprocessable("This range/size overlaps with a range reserved by DigitalOcean.")
    for vpc in vpcs:
        if network.overlaps(IPv4Network(vpc.ip_range)):
            # Text as in public Terraform output.
            raise unprocessable(
                f"This range/size overlaps with another VPC network in your account: {vpc.name} {vpc.ip_range}."
            )
    return str(network)


def cluster_ranges(store: Store, vpc: Vpc, pods: str | None, services: str | None) -> tuple[str, str]:
    """The pod and service ranges of a new cluster in a VPC; free ones where the request names none."""
    taken = _account_networks(store)
    pod_network = _cluster_range("cluster_subnet", pods)
    service_network = _cluster_range("service_subnet", services)
    for name, network in (("cluster_subnet", pod_network), ("service_subnet", service_network)):
        if network is not None:
            _refuse_overlap(name, network, vpc, store.all(Cluster))
    if pod_network and service_network and pod_network.overlaps(service_network):
        raise validation_error("cluster_subnet and service_subnet must not overlap")
    if pod_network is None:
        pod_network = _free(_POD_POOL, _POD_PREFIX, [*taken, *([service_network] if service_network else [])])
    if service_network is None:
        service_network = _free(_SERVICE_POOL, _SERVICE_PREFIX, [*taken, pod_network])
    return str(pod_network), str(service_network)


def _cluster_range(field: str, text: str | None) -> IPv4Network | None:
    if not text:
        return None
    network = _parse(text)
    if network is None or not any(network.subnet_of(private) for private in _PRIVATE):
        raise validation_error(f"{field} must be a private network range in CIDR notation")
    return network


def _refuse_overlap(field: str, network: IPv4Network, vpc: Vpc, clusters: Iterable[Cluster]) -> None:
    def refusal(what: str) -> ApiError:
        return validation_error(f"{field} {network} overlaps with {what}")

    if network.overlaps(IPv4Network(vpc.ip_range)):
        raise refusal(f"the range {vpc.ip_range} of VPC {vpc.name}")
    for cluster in clusters:
        # Ranges are routed inside a VPC only; clusters of different VPCs may share them.
        for other in (cluster.cluster_subnet, cluster.service_subnet):
            if cluster.vpc_uuid == vpc.id and network.overlaps(IPv4Network(other)):
                raise refusal(f"the range {other} of cluster {cluster.name}")


def _account_networks(store: Store) -> list[IPv4Network]:
    networks = [IPv4Network(vpc.ip_range) for vpc in store.all(Vpc)]
    for cluster in store.all(Cluster):
        networks += [IPv4Network(cluster.cluster_subnet), IPv4Network(cluster.service_subnet)]
    return networks
