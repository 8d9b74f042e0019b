# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The values of one name and type in DNS: what each type needs, when two mean the same, what is to be done. Pure."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from .._grammar import Each, Rule, between, free
from .._reconcile import JsonObject
from . import domain_names, txt_strings

# Parts of a value besides its data (OpenAPI, domain_record). All of them are numbers but tag.
PARTS: dict[str, tuple[str, ...]] = {
    "A": (),
    "AAAA": (),
    "CAA": ("flags", "tag"),
    "CNAME": (),
    "MX": ("priority",),
    "NS": (),
    "SRV": ("priority", "weight", "port"),
    "TXT": (),
}
# Parts that tell two values apart; the others are settings of a value.
IDENTITY: dict[str, tuple[str, ...]] = {"CAA": ("tag",), "SRV": ("port",)}
HOST_TYPES = frozenset({"CNAME", "MX", "NS", "SRV"})
CAA_TAGS = ("issue", "issuewild", "iodef")
_NUMBER = between(0, 65535, source="DigitalOcean's OpenAPI, domain_record; RFC 2782")
RECORD_RULES: Mapping[str, Rule] = {
    "domain": free("domain_names.domain_problems"),
    "name": free("domain_names.relative_problems"),
    "values": free("value_problems"),
    "records": Each(
        {
            "data": free("value_problems"),
            "priority": _NUMBER,
            "weight": _NUMBER,
            "port": _NUMBER,
            "flags": between(0, 255, source="DigitalOcean's OpenAPI, domain_record.flags"),
        }
    ),
    # RFC 2181, 8.
    "ttl": between(30, 2**31 - 1, f"30 to {2**31 - 1} seconds", source="DigitalOcean's documentation of DNS"),
}
NOWHERE = "."  # the host of an SRV record whose service is not there (RFC 2782)


def is_host(kind: str, value: Mapping[str, Any]) -> bool:
    """Whether the data is a host name: of a CAA value it is, unless its tag is iodef."""
    return kind in HOST_TYPES or (kind == "CAA" and value.get("tag") != "iodef")


def canonical_data(kind: str, value: Mapping[str, Any], zone: str) -> str:
    """The data in one form, whether the user wrote it or the API shows it."""
    written = str(value.get("data") or "")
    if kind == "TXT":
        return txt_strings.joined(written)
    data = written.strip()
    if kind == "CAA":
        data = txt_strings.joined(data)
    if is_host(kind, value):
        return _host(kind, data, zone)
    if kind in ("A", "AAAA"):
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(data))
    return data


def _host(kind: str, data: str, zone: str) -> str:
    if kind == "CAA":
        return _issuer(data, zone)
    return data if kind == "SRV" and data == NOWHERE else domain_names.host(data, zone)


def _issuer(data: str, zone: str) -> str:
    """The domain of a certificate authority, "" for none, and what it is to keep to: ca.example.net;policy=ev (RFC
    8659, 4.2). The API takes a dot at the end and shows none."""
    domain, semicolon, parameters = data.removesuffix(".").partition(";")
    return f"{domain_names.host(domain, zone) if domain else ''}{semicolon}{parameters}"


def to_send(kind: str, value: Mapping[str, Any]) -> str:
    """The data as the API takes it: host names with a final dot, though it shows them without."""
    return f"{value['data']}." if is_host(kind, value) and value["data"] != NOWHERE else str(value["data"])


def canonical(kind: str, value: Mapping[str, Any], zone: str) -> JsonObject:
    """Data and parts of a value, without what its type does not have or the user did not write."""
    parts = {part: value[part] for part in PARTS[kind] if value.get(part) is not None}
    return {"data": canonical_data(kind, value, zone), **parts}


def identity(kind: str, value: Mapping[str, Any]) -> tuple[Any, ...]:
    """Two values with this in common are the same value, perhaps with other settings."""
    return (value["data"], *(value.get(part) for part in IDENTITY.get(kind, ())))


def value_problems(kind: str, value: Mapping[str, Any], zone: str, where: str) -> list[str]:
    """What is wrong with one value in its canonical form."""
    problems = []
    data = value["data"]
    if not data:
        problems.append(f"{where}: it has no data")
    elif kind in ("A", "AAAA"):
        version = 4 if kind == "A" else 6
        problems += [] if _is_address(data, version) else [f"{where}: {data!r} is no IPv{version} address"]
    elif kind == "TXT":
        problems += txt_strings.problems(data, where)
    elif kind == "CAA":
        problems += _caa_problems(data, where, host=is_host(kind, value))
    elif not (kind == "SRV" and data == NOWHERE):
        problems += _host_problems(data, zone, where)
    missing = [part for part in PARTS[kind] if part not in value]
    if missing:
        problems.append(f"{where}: a record of type {kind} needs {', '.join(missing)} (write it under records)")
    return problems


def _is_address(data: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(data).version == version and "%" not in data
    except ValueError:
        return False


def _host_problems(data: str, zone: str, where: str) -> list[str]:
    if _is_address(data, 4) or _is_address(data, 6):
        return [f"{where}: {data!r} is an address; this takes the name of a host"]
    if not all(domain_names.LABEL.fullmatch(label) for label in data.split(".")):
        return [f"{where}: {data!r} is no host name"]
    if "." not in data:
        # The API takes full names only: it would be a name of the root, such as com.
        return [f"{where}: {data!r} is one label, and this takes a full name; write {data}.{zone} (@ is {zone} itself)"]
    return []


def _caa_problems(data: str, where: str, *, host: bool) -> list[str]:
    if any(character.isspace() for character in data):
        # DNSControl, providers/digitalocean/auditrecords.go (CaaTargetContainsWhitespace).
        return [f"{where}: {data!r} has a space, which DigitalOcean does not take in a CAA record"]
    domain = data.partition(";")[0]
    labels = domain.split(".") if host and domain else []
    if len(labels) == 1 or not all(domain_names.LABEL.fullmatch(label) for label in labels):
        return [f"{where}: {domain!r} is no domain of a certificate authority, such as letsencrypt.org, or ; for none"]
    return []


def foreign_parts(kind: str, value: Mapping[str, Any]) -> list[str]:
    """Parts the user wrote that the type does not have."""
    known = {part for parts in PARTS.values() for part in parts}
    return sorted(part for part in known - set(PARTS[kind]) if value.get(part) is not None)


class Action(IntEnum):
    """In the order in which they are sent: at no moment the name has less than before and after."""

    UPDATE = 0
    CREATE = 1
    REMOVE = 2


@dataclass(frozen=True)
class Step:
    """One call. record: the one that is there, None for a new one; body: what is sent; text: for people."""

    action: Action
    text: str
    record: JsonObject | None = None
    body: JsonObject = field(default_factory=dict)


def describe(value: Mapping[str, Any]) -> str:
    """A value as people write it: 10 mail.example.com"""
    return " ".join(str(value[key]) for key in ("priority", "weight", "port", "flags", "tag", "data") if key in value)


@dataclass(frozen=True)
class Target:
    """The name and type that are declared. ttl: seconds, None when the user did not write it."""

    zone: str
    name: str
    kind: str
    ttl: int | None

    @property
    def title(self) -> str:
        return f"{self.kind} record {domain_names.full(self.name, self.zone)}"

    def of_record(self, record: Mapping[str, Any]) -> JsonObject:
        """A record of the API as a value, with its TTL."""
        return {**canonical(self.kind, record, self.zone), "ttl": record.get("ttl")}

    def identity_of(self, record: Mapping[str, Any]) -> tuple[Any, ...]:
        return identity(self.kind, canonical(self.kind, record, self.zone))

    def body(self, value: Mapping[str, Any]) -> JsonObject:
        body = {"type": self.kind, "name": self.name, **value, "data": to_send(self.kind, value)}
        return {**body, "ttl": self.ttl} if self.ttl is not None else body


def plan_values(
    target: Target, wanted: Sequence[Mapping[str, Any]], there: Sequence[JsonObject], *, exclusive: bool
) -> list[Step]:
    """Bring the records of the name and type to the wanted values.

    A value that is there is kept and its settings changed. exclusive: what is not wanted is turned into what is
    missing, so that a name whose address moves always has one, and what is left over goes.
    """
    left, steps, missing = list(there), [], []
    for value in wanted:
        same = next((one for one in left if target.identity_of(one) == identity(target.kind, value)), None)
        if same is None:
            missing.append(value)
            continue
        left.remove(same)
        steps += update_steps(target, same, value)
    for value in missing:
        if exclusive and left:
            steps += update_steps(target, left.pop(0), value)
        else:
            text = f"create {target.title} {describe(value)}"
            steps.append(Step(Action.CREATE, text, body=target.body(value)))
    if not exclusive:
        # What is wanted is there once; a second record of the same value is the leftover of a lost answer.
        identities = [identity(target.kind, value) for value in wanted]
        left = [one for one in left if target.identity_of(one) in identities]
    steps += [removal_step(target, record) for record in left]
    return sorted(steps, key=lambda step: step.action)


def plan_removal(target: Target, unwanted: Sequence[Mapping[str, Any]], there: Sequence[JsonObject]) -> list[Step]:
    """Remove the records with these values, all of the name and type when none is given."""
    identities = [identity(target.kind, value) for value in unwanted]
    return [removal_step(target, one) for one in there if not identities or target.identity_of(one) in identities]


def removal_step(target: Target, record: JsonObject) -> Step:
    words = describe(canonical(target.kind, record, target.zone))
    return Step(Action.REMOVE, f"remove {target.title} {words}", record)


def update_steps(target: Target, record: JsonObject, value: Mapping[str, Any]) -> list[Step]:
    """The one step that turns the record into the value, none when it is that already."""
    before = target.of_record(record)
    after = {**value, "ttl": target.ttl if target.ttl is not None else before["ttl"]}
    if before == after:
        return []
    words = []
    if describe(before) != describe(after):
        words.append(f"{describe(before)} -> {describe(after)}")
    if before["ttl"] != after["ttl"]:
        words.append(f"ttl {before['ttl']} -> {after['ttl']}")
    return [Step(Action.UPDATE, f"{target.title}: {', '.join(words)}", record, target.body(value))]
