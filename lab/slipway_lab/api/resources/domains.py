# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS zones: /v2/domains."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import unprocessable
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Domain, DomainRecord
from slipway_lab.api.resources.projects import assign_to_default, unassign
from slipway_lab.api.scopes import Scopes
from slipway_lab.api.zone_file import render

router = APIRouter()

_NAME = re.compile(r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
_NAME_SERVERS = ("ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com")


class DomainCreate(Body):
    name: str
    ip_address: str | None = None


def records_of(lab: Lab, domain: Domain) -> list[DomainRecord]:
    return [record for record in lab.store.all(DomainRecord) if record.domain == domain.id]


def add_record(lab: Lab, domain: Domain, type_: str, name: str, data: str) -> None:
    number = lab.store.next_domain_record_id()
    lab.store.put(DomainRecord(id=str(number), domain=domain.id, type=type_, name=name, data=data))


def _domain_body(lab: Lab, domain: Domain) -> dict[str, Any]:
    return {"name": domain.id, "ttl": domain.ttl, "zone_file": render(domain, records_of(lab, domain))}


@router.get("/v2/domains", dependencies=[Depends(Scopes("domain:read"))])
def list_domains(request: Request, lab: LabDependency) -> dict[str, Any]:
    return paginate(request, "domains", [_domain_body(lab, domain) for domain in lab.store.all(Domain)])


@router.post("/v2/domains", status_code=201, dependencies=[Depends(Scopes("domain:create"))])
def create_domain(body: DomainCreate, lab: LabDependency) -> dict[str, Any]:
    """The zone comes with its SOA and name servers; the answer has no zone file yet."""
    name = body.name.lower().removesuffix(".")
    if not _NAME.match(name):
        raise unprocessable(f"{body.name!r} is not a valid domain name")
    if body.ip_address:
        try:
            ipaddress.IPv4Address(body.ip_address)
        except ValueError as error:
            raise unprocessable(f"ip_address: {error}") from error
    with lab.store.transaction():
        if lab.store.get(Domain, name) is not None or name in lab.settings.taken_domain_names:
            raise unprocessable(f"domain '{name}': name already exists")
        domain = Domain(id=name)
        lab.store.put(domain)
        add_record(lab, domain, "SOA", "@", str(domain.ttl))
        for server in _NAME_SERVERS:
            add_record(lab, domain, "NS", "@", server)
        if body.ip_address:
            add_record(lab, domain, "A", "@", body.ip_address)
        assign_to_default(lab, f"do:domain:{name}")
    return {"domain": {"name": name, "ttl": domain.ttl, "zone_file": None}}


@router.get("/v2/domains/{domain_name}", dependencies=[Depends(Scopes("domain:read"))])
def get_domain(domain_name: str, lab: LabDependency) -> dict[str, Any]:
    return {"domain": _domain_body(lab, lab.find(Domain, domain_name))}


@router.delete("/v2/domains/{domain_name}", status_code=204, dependencies=[Depends(Scopes("domain:delete"))])
def delete_domain(domain_name: str, lab: LabDependency) -> None:
    """The zone goes with all its records."""
    with lab.store.transaction():
        domain = lab.find(Domain, domain_name)
        for record in records_of(lab, domain):
            lab.store.delete(DomainRecord, record.id)
        lab.store.delete(Domain, domain.id)
        unassign(lab, f"do:domain:{domain.id}")
