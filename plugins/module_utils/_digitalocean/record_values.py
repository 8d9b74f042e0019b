# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The values of one name and type in DNS: what each type needs, when two mean the same, what is to be done. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from .._reconcile import JsonObject
from . import domain_names

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
LARGEST = {"priority": 65535, "weight": 65535, "port": 65535, "flags": 255}
SHORTEST_TTL = 30


def is_host(kind: str, value: Mapping[str, Any]) -> bool:
    """Whether the data is a host name: of a CAA value it is, unless its tag is iodef."""
    return kind in HOST_TYPES or (kind == "CAA" and value.get("tag") != "iodef")


def canonical_data(kind: str, value: Mapping[str, Any], zone: str) -> str:
    """The data in one form, whether the user wrote it or the API shows it."""
    data = str(value.get("data") or "").strip()
    if is_host(kind, value):
        return domain_names.host(data, zone)
    if kind in ("A", "AAAA"):
        try:
            return str(ipaddress.ip_address(data))
        except ValueError:
            return data
    if kind == "TXT" and len(data) > 1 and data[0] == data[-1] == '"':
        return data[1:-1]
    return data


def to_send(kind: str, value: Mapping[str, Any]) -> str:
    """The data as the API takes it: host names with a final dot, though it shows them without."""
    return f"{value['data']}." if is_host(kind, value) else str(value["data"])


def canonical(kind: str, value: Mapping[str, Any], zone: str) -> JsonObject:
    """Data and parts of a value, without what its type does not have or the user did not write."""
    parts = {part: value[part] for part in PARTS[kind] if value.get(part) is not None}
    return {"data": canonical_data(kind, value, zone), **parts}


def identity(kind: str, value: Mapping[str, Any]) -> tuple[Any, ...]:
    """Two values with this in common are the same value, perhaps with other settings."""
    return (value["data"], *(value.get(part) for part in IDENTITY.get(kind, ())))


def value_problems(kind: str, value: Mapping[str, Any], where: str) -> list[str]:
    """What is wrong with one value in its canonical form."""
    problems = []
    data = value["data"]
    if not data:
        problems.append(f"{where}: it has no data")
    elif kind in ("A", "AAAA"):
        version = 4 if kind == "A" else 6
        try:
            right = ipaddress.ip_address(data).version == version
        except ValueError:
            right = False
        problems += [] if right else [f"{where}: {data!r} is no IPv{version} address"]
    elif is_host(kind, value) and not all(domain_names.LABEL.fullmatch(label) for label in data.split(".")):
        problems.append(f"{where}: {data!r} is no host name")
    missing = [part for part in PARTS[kind] if part not in value]
    if missing:
        problems.append(f"{where}: a record of type {kind} needs {', '.join(missing)} (write it under records)")
    for part, largest in LARGEST.items():
        if part in value and not 0 <= value[part] <= largest:
            problems.append(f"{where}: {part} is {value[part]}, it must be from 0 to {largest}")
    return problems


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
