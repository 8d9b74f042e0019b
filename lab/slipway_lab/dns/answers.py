# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a DNS query to its answer, out of zone files (RFC 1034, 4.3.2; wildcards as in RFC 4592). Pure.

The lab is closed, so its server stands for all of DNS: a name that is in no zone does not exist.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone

# A public service whose names hold the address they stand for, as in web.203-0-113-7.sslip.io (https://sslip.io).
ADDRESS_NAMES = dns.name.from_text("sslip.io.")
_ADDRESS = re.compile(r"(?:^|[.-])((?:\d{1,3}[.-]){3}\d{1,3})(?=$|[.-])")
_ADDRESS_TTL = 604800
# A chain of aliases longer than this is a loop.
_ALIASES = 8
_EDNS_PAYLOAD = 1232

Zones = Mapping[dns.name.Name, dns.zone.Zone]


def read_zone(name: str, text: str) -> dns.zone.Zone:
    """A zone from its zone file. Zones of an account may lack what a zone of the Internet must have."""
    return dns.zone.from_text(text, origin=f"{name}.", relativize=False, check_origin=False)


def respond(query: dns.message.Message, zones: Zones) -> dns.message.Message:
    """The answer to a query."""
    response = dns.message.make_response(query, our_payload=_EDNS_PAYLOAD)
    if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
        response.set_rcode(dns.rcode.NOTIMP)
        return response
    question = query.question[0]
    if question.rdclass != dns.rdataclass.IN:
        response.set_rcode(dns.rcode.REFUSED)
        return response
    name = question.name
    for _ in range(_ALIASES):
        zone = _zone_of(name, zones)
        if zone is None:
            _answer_outside(response, name, question.rdtype)
            return response
        response.flags |= dns.flags.AA
        alias = _answer_in(response, zone, name, question.rdtype)
        if alias is None:
            return response
        name = alias
    response.set_rcode(dns.rcode.SERVFAIL)
    return response


def _zone_of(name: dns.name.Name, zones: Zones) -> dns.zone.Zone | None:
    """The zone with the longest name that the name is in."""
    above = _lower(name)
    while above != dns.name.root:
        if above in zones:
            return zones[above]
        above = above.parent()
    return None


def _answer_in(
    response: dns.message.Message, zone: dns.zone.Zone, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> dns.name.Name | None:
    """Add what a zone says; returns the name to go on with when it is an alias."""
    node = _node(zone, _lower(name))
    if node is None:
        response.set_rcode(dns.rcode.NXDOMAIN)
        _add_soa(response, zone)
        return None
    found = [one for one in node.rdatasets if rdtype in (one.rdtype, dns.rdatatype.ANY)]
    alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME)
    if alias is not None and not found:
        found = [alias]
    for rdataset in found:
        # Under the name that was asked for, also when a wildcard answers.
        response.answer.append(dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset)))
    if not found:
        _add_soa(response, zone)
    if alias is not None and found == [alias] and rdtype not in (dns.rdatatype.CNAME, dns.rdatatype.ANY):
        target: dns.name.Name = alias[0].target
        return target
    return None


def _node(zone: dns.zone.Zone, name: dns.name.Name) -> dns.node.Node | None:
    """The name's records, or those of the wildcard that covers it; an empty node when only names below it exist."""
    if name in zone.nodes:
        return zone.nodes[name]
    if _has_below(zone, name):
        return dns.node.Node()  # type: ignore[no-untyped-call]
    encloser = name.parent()
    while encloser not in zone.nodes and not _has_below(zone, encloser) and encloser != zone.origin:
        encloser = encloser.parent()
    wildcard: dns.node.Node | None = zone.nodes.get(dns.name.Name([b"*", *encloser.labels]))
    return wildcard


def _has_below(zone: dns.zone.Zone, name: dns.name.Name) -> bool:
    return any(one != name and one.is_subdomain(name) for one in zone.nodes)


def _add_soa(response: dns.message.Message, zone: dns.zone.Zone) -> None:
    """What says for how long nothing may be remembered (RFC 2308)."""
    node = zone.nodes.get(zone.origin) if zone.origin is not None else None
    soa = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.SOA) if node is not None else None
    if soa is not None and zone.origin is not None:
        response.authority.append(dns.rrset.from_rdata_list(zone.origin, soa.ttl, list(soa)))


def _answer_outside(response: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> None:
    address = address_in(name)
    if address is None:
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif rdtype in (dns.rdatatype.A, dns.rdatatype.ANY):
        response.answer.append(dns.rrset.from_text(name, _ADDRESS_TTL, "IN", "A", address))


def address_in(name: dns.name.Name) -> str | None:
    """The IPv4 address in a name below sslip.io, None when it has none."""
    if not name.is_subdomain(ADDRESS_NAMES):
        return None
    found = _ADDRESS.search(name.relativize(ADDRESS_NAMES).to_text())
    if found is None:
        return None
    try:
        return str(ipaddress.IPv4Address(found[1].replace("-", ".")))
    except ValueError:
        return None


def _lower(name: dns.name.Name) -> dns.name.Name:
    return name.canonicalize()
