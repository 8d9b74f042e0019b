# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone's records as a zone file (RFC 1035), in the form of the OpenAPI's example."""

from __future__ import annotations

from collections.abc import Iterable

from slipway_lab.api.records import Domain, DomainRecord

# Types whose data is a host name.
HOST_TYPES = ("CNAME", "MX", "NS", "SRV")
_SOA = "10800 3600 604800"


def is_host(record: DomainRecord) -> bool:
    """Whether a record's data is a host name; of a CAA it is, unless its tag says otherwise."""
    return record.type in HOST_TYPES or (record.type == "CAA" and record.tag != "iodef")


def full_name(domain: str, name: str) -> str:
    """www -> www.example.com"""
    return domain if name == "@" else f"{name}.{domain}"


def _data(domain: Domain, record: DomainRecord) -> str:
    host = record.data if record.data == "." else f"{domain.id if record.data == '@' else record.data}."
    if record.type == "TXT":
        return " ".join(f'"{_escaped(part)}"' for part in _strings(record.data))
    if record.type == "CAA":
        return f'{record.flags} {record.tag} "{record.data}"'
    if record.type == "MX":
        return f"{record.priority} {host}"
    if record.type == "SRV":
        return f"{record.priority} {record.weight} {record.port} {host}"
    return host if is_host(record) else record.data


def _strings(text: str) -> list[str]:
    """A text in pieces of what one character-string of a TXT record can hold, 255 bytes (RFC 1035, 3.3)."""
    pieces, piece = [], ""
    for character in text:
        if len((piece + character).encode()) > 255:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]


def _escaped(text: str) -> str:
    """A text as it stands between quotes in a zone file (RFC 1035, 5.1)."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(one if one.isprintable() else "".join(f"\\{byte:03}" for byte in one.encode()) for one in quoted)


def render(domain: Domain, records: Iterable[DomainRecord]) -> str:
    lines = [
        f"$ORIGIN {domain.id}.",
        f"$TTL {domain.ttl}",
        f"{domain.id}. IN SOA ns1.digitalocean.com. hostmaster.{domain.id}. {domain.serial} {_SOA} {domain.ttl}",
    ]
    lines += [
        f"{full_name(domain.id, record.name)}. {record.ttl} IN {record.type} {_data(domain, record)}"
        for record in records
        if record.type != "SOA"
    ]
    return "\n".join(lines) + "\n"
