# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS zones and their records behave as DigitalOcean's do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from lab_server import LabServer

DOMAIN = "/v2/domains/example.com"
RECORDS = f"{DOMAIN}/records"


@pytest.fixture
def zone(api: httpx.Client) -> httpx.Client:
    """The API of an account with the domain example.com."""
    assert api.post("/v2/domains", json={"name": "example.com"}).status_code == 201
    return api


def add(api: httpx.Client, type_: str, name: str, data: str, **more: Any) -> httpx.Response:
    return api.post(RECORDS, json={"type": type_, "name": name, "data": data, **more})


def added(api: httpx.Client, type_: str, name: str, data: str, **more: Any) -> dict[str, Any]:
    answer = add(api, type_, name, data, **more)
    assert answer.status_code == 201, answer.text
    record: dict[str, Any] = answer.json()["domain_record"]
    return record


def test_a_zone_comes_with_its_name_servers(api: httpx.Client) -> None:
    made = api.post("/v2/domains", json={"name": "Example.com.", "ip_address": "192.0.2.1"}).json()["domain"]
    assert made == {"name": "example.com", "ttl": 1800, "zone_file": None}
    found = [(one["type"], one["name"], one["data"]) for one in api.get(RECORDS).json()["domain_records"]]
    servers = [("NS", "@", f"ns{number}.digitalocean.com") for number in (1, 2, 3)]
    assert found == [("SOA", "@", "1800"), *servers, ("A", "@", "192.0.2.1")]
    zone_file = api.get(DOMAIN).json()["domain"]["zone_file"]
    assert "example.com. 1800 IN NS ns1.digitalocean.com.\n" in zone_file
    assert "example.com. 1800 IN A 192.0.2.1\n" in zone_file


@pytest.mark.parametrize("name", ["example.com", "somebodys.org", "nodots", "-.com"])
def test_domains_that_can_not_be(lab_server: LabServer, zone: httpx.Client, name: str) -> None:
    lab_server.admin.settings(taken_domain_names=["somebodys.org"])
    assert zone.post("/v2/domains", json={"name": name}).status_code == 422


@pytest.mark.parametrize(
    ("type_", "more"),
    [
        ("CNAME", {}),
        ("MX", {"priority": 10}),
        ("NS", {}),
        ("SRV", {"priority": 1, "port": 2, "weight": 3}),
        ("CAA", {"flags": 0, "tag": "issue"}),
    ],
)
def test_host_names_need_a_final_dot_and_are_shown_without(
    zone: httpx.Client, type_: str, more: dict[str, Any]
) -> None:
    refused = add(zone, type_, "www", "Host.example.net", **more)
    assert (refused.status_code, refused.json()["message"]) == (422, "Data needs to end with a dot (.)")
    record = added(zone, type_, "www", "Host.example.net.", **more)
    assert record["data"] == "host.example.net"
    changed = zone.put(f"{RECORDS}/{record['id']}", json={"type": type_, "ttl": 60})
    assert changed.json()["domain_record"] == {**record, "ttl": 60}


def test_a_caa_record_of_tag_iodef_holds_an_address_to_write_to(zone: httpx.Client) -> None:
    assert added(zone, "CAA", "@", "mailto:a@example.com", flags=0, tag="iodef")["data"] == "mailto:a@example.com"


def test_the_same_record_can_be_made_twice(zone: httpx.Client) -> None:
    assert added(zone, "A", "www", "192.0.2.1")["id"] != added(zone, "A", "www", "192.0.2.1")["id"]


def test_a_cname_is_alone_at_its_name(zone: httpx.Client) -> None:
    added(zone, "CNAME", "www", "@")
    for refused in (add(zone, "A", "www", "192.0.2.1"), add(zone, "CNAME", "@", "example.net.")):
        assert (refused.status_code, refused.json()["id"]) == (422, "unprocessable_entity")


@pytest.mark.parametrize(
    ("type_", "data", "more"),
    [
        ("A", "2001:db8::1", {}),
        ("AAAA", "192.0.2.1", {}),
        ("A", "192.0.2.1", {"ttl": 5}),
        ("MX", "mail.example.com.", {}),
        ("SOA", "1800", {}),
        ("A", "192.0.2.1", {"name": "no spaces"}),
    ],
)
def test_records_that_can_not_be(zone: httpx.Client, type_: str, data: str, more: dict[str, Any]) -> None:
    body = {"type": type_, "name": "www", "data": data, **more}
    assert zone.post(RECORDS, json=body).status_code == 422


def test_records_are_filtered_by_full_name_and_type(zone: httpx.Client) -> None:
    for type_, data in (("A", "192.0.2.1"), ("TXT", "a text")):
        added(zone, type_, "*.dev", data)
    full = {"name": "*.dev.example.com"}
    assert zone.get(RECORDS, params={"name": "*.dev"}).json()["domain_records"] == []
    assert len(zone.get(RECORDS, params=full).json()["domain_records"]) == 2
    assert [one["type"] for one in zone.get(RECORDS, params={**full, "type": "A"}).json()["domain_records"]] == ["A"]


def test_parts_that_a_type_does_not_have_are_dropped(zone: httpx.Client) -> None:
    record = added(zone, "A", "www", "192.0.2.1", priority=10, tag="x")
    assert (record["priority"], record["tag"], record["ttl"]) == (None, None, 1800)


def test_a_zone_goes_with_its_records(zone: httpx.Client) -> None:
    record = added(zone, "A", "www", "192.0.2.1")
    assert zone.delete(DOMAIN).status_code == 204
    assert zone.get(RECORDS).status_code == 404
    zone.post("/v2/domains", json={"name": "example.com"})
    assert zone.get(f"{RECORDS}/{record['id']}").status_code == 404
