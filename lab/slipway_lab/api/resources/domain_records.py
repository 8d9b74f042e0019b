# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of DNS zones: /v2/domains/{name}/records."""

from __future__ import annotations

import ipaddress
import re
import time
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import not_found, unprocessable
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Domain, DomainRecord
from slipway_lab.api.resources.domains import records_of
from slipway_lab.api.scopes import Scopes
from slipway_lab.api.zone_file import full_name, is_host

router = APIRouter()

_RECORDS = "/v2/domains/{domain_name}/records"
_RECORD = _RECORDS + "/{domain_record_id}"
_LABEL = re.compile(r"^(\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)$")
_TTL_MIN = 30
# What each type needs besides type, name and data (OpenAPI, attribute table of domain records).
_NEEDED = {
    "A": (),
    "AAAA": (),
    "CAA": ("flags", "tag"),
    "CNAME": (),
    "MX": ("priority",),
    "NS": (),
    "SRV": ("priority", "port", "weight"),
    "TXT": (),
}
_PARTS = ("priority", "port", "weight", "flags", "tag")


class RecordCreate(Body):
    type: str
    name: str | None = None
    data: str | None = None
    ttl: int | None = None
    priority: int | None = None
    port: int | None = None
    weight: int | None = None
    flags: int | None = None
    tag: str | None = None


class RecordUpdate(RecordCreate):
    """What is absent or null stays."""


def _record_body(record: DomainRecord) -> dict[str, Any]:
    return {"id": int(record.id), **record.model_dump(exclude={"id", "domain"})}


def _host(text: str, kind: str) -> str:
    """A host name comes with a final dot, @ stands for the zone; answers have neither a dot nor capitals.

    A service that is nowhere has the host "." (RFC 2782), as octodns-digitalocean reads it; there is no such thing for
    mail (DNSControl, MxNull).
    """
    if text == "." and kind == "SRV":
        return text
    if text != "@" and not text.endswith("."):
        # As people report it (terraform-provider-digitalocean, docs of digitalocean_record).
        raise unprocessable("Data needs to end with a dot (.)")
    if text == ".":
        raise unprocessable("Data is not a valid host name")
    name, semicolon, parameters = text.removesuffix(".").partition(";")  # parameters are of CAA only
    return f"{name.lower()}{semicolon}{parameters}"


def _address(record: DomainRecord) -> str:
    kind = ipaddress.IPv4Address if record.type == "A" else ipaddress.IPv6Address
    try:
        return str(kind(record.data))
    except ValueError as error:
        raise unprocessable(f"Data is not a valid address of type {record.type}") from error


def _checked(lab: Lab, domain: Domain, record: DomainRecord, *, data_is_new: bool) -> DomainRecord:
    """The record as it is kept; answers 422 for one that can not be."""
    if record.type not in _NEEDED:
        raise unprocessable(f"type {record.type!r} can not be set")
    missing = [part for part in _NEEDED[record.type] if getattr(record, part) is None]
    if missing or not record.data:
        raise unprocessable(f"{', '.join(missing) or 'data'} is required for a record of type {record.type}")
    if record.name != "@" and not all(_LABEL.match(label) for label in record.name.split(".")):
        raise unprocessable(f"name {record.name!r} is not valid")
    if record.ttl < _TTL_MIN:
        raise unprocessable(f"ttl must be at least {_TTL_MIN}")
    if record.type in ("A", "AAAA"):
        record.data = _address(record)
    if data_is_new and is_host(record):
        record.data = _host(record.data, record.type)
    for part in _PARTS:
        if part not in _NEEDED[record.type]:
            setattr(record, part, None)
    others = [one for one in records_of(lab, domain) if one.name == record.name and one.id != record.id]
    if any("CNAME" in (one.type, record.type) for one in others):
        raise unprocessable("CNAME records cannot share a name with other records")
    return record


def _find(lab: Lab, domain_name: str, record_id: str) -> tuple[Domain, DomainRecord]:
    domain = lab.find(Domain, domain_name)
    record = lab.find(DomainRecord, record_id)
    if record.domain != domain.id:
        raise not_found()
    return domain, record


def _touch(lab: Lab, domain: Domain) -> None:
    """A changed zone has a higher serial."""
    domain.serial = max(domain.serial + 1, int(time.time()))
    lab.store.put(domain)


@router.get(_RECORDS, dependencies=[Depends(Scopes("domain:read"))])
def list_records(domain_name: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    """The filter `name` takes a full name."""
    domain = lab.find(Domain, domain_name)
    name, type_ = request.query_params.get("name"), request.query_params.get("type")
    found = [
        record
        for record in records_of(lab, domain)
        if name in (None, full_name(domain.id, record.name)) and type_ in (None, record.type)
    ]
    return paginate(request, "domain_records", [_record_body(record) for record in found])


@router.post(_RECORDS, status_code=201, dependencies=[Depends(Scopes("domain:create", "domain:update"))])
def create_record(domain_name: str, body: RecordCreate, lab: LabDependency) -> dict[str, Any]:
    """The same record may be made twice."""
    with lab.store.transaction():
        domain = lab.find(Domain, domain_name)
        values = body.model_dump(exclude_none=True)
        if "name" not in values or "data" not in values:
            raise unprocessable("name and data are required")
        values["name"] = values["name"].lower()
        number = lab.store.next_domain_record_id()
        record = DomainRecord(id=str(number), domain=domain.id, **({"ttl": domain.ttl} | values))
        lab.store.put(_checked(lab, domain, record, data_is_new=True))
        _touch(lab, domain)
    return {"domain_record": _record_body(record)}


@router.get(_RECORD, dependencies=[Depends(Scopes("domain:read"))])
def get_record(domain_name: str, domain_record_id: str, lab: LabDependency) -> dict[str, Any]:
    return {"domain_record": _record_body(_find(lab, domain_name, domain_record_id)[1])}


def _update(lab: Lab, domain_name: str, record_id: str, body: RecordUpdate) -> dict[str, Any]:
    with lab.store.transaction():
        domain, old = _find(lab, domain_name, record_id)
        values = body.model_dump(exclude_none=True)
        if values.pop("type") != old.type:
            raise unprocessable("the type of a record can not be changed")
        record = old.model_copy(update=values)
        lab.store.put(_checked(lab, domain, record, data_is_new="data" in values))
        _touch(lab, domain)
    return {"domain_record": _record_body(record)}


@router.put(_RECORD, dependencies=[Depends(Scopes("domain:update"))])
def update_record(domain_name: str, domain_record_id: str, body: RecordUpdate, lab: LabDependency) -> dict[str, Any]:
    return _update(lab, domain_name, domain_record_id, body)


@router.patch(_RECORD, dependencies=[Depends(Scopes("domain:update"))])
def patch_record(domain_name: str, domain_record_id: str, body: RecordUpdate, lab: LabDependency) -> dict[str, Any]:
    return _update(lab, domain_name, domain_record_id, body)


@router.delete(_RECORD, status_code=204, dependencies=[Depends(Scopes("domain:delete", "domain:update"))])
def delete_record(domain_name: str, domain_record_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        domain, record = _find(lab, domain_name, domain_record_id)
        if record.type == "SOA":
            raise unprocessable("the SOA record can not be removed")
        lab.store.delete(DomainRecord, record.id)
        _touch(lab, domain)
