# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the lab's DNS server for an address, as `lab resolve` does."""

from __future__ import annotations

import contextlib
import ipaddress

import dns.exception
import dns.resolver

from slipway_lab.config import LabConfig
from slipway_lab.dns.address import dns_address
from slipway_lab.dns.errors import DnsError

_SECONDS = 5.0


def resolve(config: LabConfig, name: str) -> list[str]:
    """The IPv4 addresses of a name. DnsError when it has none, or the server does not answer."""
    resolver = dns.resolver.Resolver(configure=False)
    try:
        address, resolver.port = dns_address(config)
        resolver.nameservers = [address]
        answer = resolver.resolve(name, "A", lifetime=_SECONDS, search=False)
    except FileNotFoundError as error:
        raise DnsError(f"No lab has been up in {config.home}; `lab up` first.") from error
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
        raise DnsError(f"{name} has no address in the domains of the lab's account.") from error
    except dns.exception.DNSException as error:
        raise DnsError(f"The lab's DNS server at {address} did not answer: {error}") from error
    return [str(one) for one in answer]


def find_address(config: LabConfig, host: str) -> str:
    """Where a host of the lab's world is: what its DNS says; other hosts as they came, for this machine's resolver."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host))
    with contextlib.suppress(DnsError):
        return resolve(config, host)[0]
    return host
