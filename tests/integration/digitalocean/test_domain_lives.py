# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains and their records through their lives."""

from __future__ import annotations

from typing import Any

import pytest
from lab_account import Account, same_story, unchanged

DOMAIN = "do_domain"
RECORD = "do_domain_record"
RECORDS = "/v2/domains/example.com/records"


def records(account: Account, name: str, kind: str) -> list[dict[str, Any]]:
    found = account.api("GET", f"{RECORDS}?per_page=200")["domain_records"]
    return [item for item in found if (item["name"], item["type"]) == (name, kind)]


def data(account: Account, name: str, kind: str) -> list[str]:
    return [item["data"] for item in records(account, name, kind)]


def add(account: Account, kind: str, name: str, value: str) -> None:
    account.api("POST", RECORDS, json={"type": kind, "name": name, "data": value})


@pytest.fixture
def zone(account: Account) -> Account:
    """An account with the domain example.com."""
    assert account.run(DOMAIN, name="example.com")["changed"]
    return account


def test_the_life_of_a_domain(account: Account) -> None:
    wanted = {"name": "Example.COM.", "ip_address": "192.0.2.1"}
    checked = account.run(DOMAIN, **wanted, check_mode=True)
    assert account.api("GET", "/v2/domains")["domains"] == []
    created = account.run(DOMAIN, **wanted)
    assert created["changed"] and same_story(checked, created)
    assert created["changes"] == ["create domain example.com with an A record for 192.0.2.1"]
    assert data(account, "@", "A") == ["192.0.2.1"]
    unchanged(account, DOMAIN, **wanted)
    found = account.run("do_domain_info", name="example.com.")["domains"]
    assert [item["name"] for item in found] == ["example.com"]

    for check_mode in (True, False):
        refused = account.run(DOMAIN, name="example.com", state="absent", check_mode=check_mode)
        assert refused["failed"] and "has 1 record (@ A 192.0.2.1), which would be lost" in refused["msg"]
    kept = account.run(DOMAIN, name="example.com", state="absent", records="keep")
    assert kept["changed"] is False and "left as it is" in str(kept["warnings"])
    gone = {"name": "example.com", "state": "absent", "records": "delete"}
    checked = account.run(DOMAIN, **gone, check_mode=True)
    removed = account.run(DOMAIN, **gone)
    assert removed["changed"] and same_story(checked, removed)
    unchanged(account, DOMAIN, **gone)


def test_a_domain_without_records_of_anybody_goes_without_a_word(zone: Account) -> None:
    assert zone.run(DOMAIN, name="example.com", state="absent")["changed"] is True


def test_a_domain_of_another_account(account: Account) -> None:
    account.server.admin.settings(taken_domain_names=["example.com"])
    result = account.run(DOMAIN, name="example.com")
    assert result["failed"]
    assert "another account of DigitalOcean has the domain" in result["msg"]


@pytest.mark.parametrize("name", ["localhost", "-.com", "a..b"])
def test_domains_that_cannot_be(account: Account, name: str) -> None:
    mark = account.mark()
    result = account.run(DOMAIN, name=name, ip_address="2001:db8::1")
    assert result["failed"]
    assert f"1. name: '{name}' is no domain" in result["msg"] and "2. ip_address" in result["msg"]
    assert account.calls(mark) == []


SETS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "A": ({"values": ["192.0.2.1"]}, {"values": ["192.0.2.2", "192.0.2.3"], "ttl": 60}),
    "AAAA": ({"values": ["2001:DB8:0::1"]}, {"values": ["2001:db8::2"]}),
    "CNAME": ({"values": ["Host.example.net"]}, {"values": ["@"], "ttl": 300}),
    "NS": ({"values": ["a.example.net.", "b.example.net"]}, {"values": ["b.example.net"]}),
    "TXT": ({"values": ["v=spf1 -all"]}, {"values": ['v=spf1 include:"x" -all', "other"]}),
    "TXT of several strings": (
        {"values": ['"v=DKIM1; p=AAA" "BBB"']},
        {"values": ['"v=DKIM1; p=AAA" "CCC"', '"v=spf1 -all"']},
    ),
    "SRV that is nowhere": (
        {"records": [{"data": ".", "priority": 0, "weight": 0, "port": 0}]},
        {"records": [{"data": "s.example.net", "priority": 0, "weight": 0, "port": 5060}]},
    ),
    "CAA of nobody": (
        {"records": [{"data": ";", "flags": 0, "tag": "issue"}]},
        {"records": [{"data": '"ca.example.net;policy=EV"', "flags": 0, "tag": "issue"}]},
    ),
    "MX": (
        {"records": [{"data": "m1.example.net", "priority": 10}, {"data": "m2.example.net.", "priority": 20}]},
        {"records": [{"data": "m1.example.net", "priority": 30}, {"data": "m2.example.net", "priority": 20}]},
    ),
    "SRV": (
        {"records": [{"data": "s.example.net", "priority": 1, "weight": 2, "port": 5060}]},
        {"records": [{"data": "s.example.net", "priority": 1, "weight": 0, "port": 5061}]},
    ),
    "CAA": (
        {"records": [{"data": "letsencrypt.org", "flags": 0, "tag": "issue"}]},
        {
            "records": [
                {"data": "letsencrypt.org", "flags": 128, "tag": "issue"},
                {"data": "mailto:ca@example.com", "flags": 0, "tag": "iodef"},
            ]
        },
    ),
}


@pytest.mark.parametrize("name", ["www", "*.dev", "_sip._tcp"])
@pytest.mark.parametrize("values", SETS)
def test_the_life_of_records(zone: Account, values: str, name: str) -> None:
    before = zone.api("GET", RECORDS)["domain_records"]
    kind = values.partition(" ")[0]
    for wanted in SETS[values]:
        args = {"domain": "example.com", "name": name, "type": kind, **wanted}
        known = zone.api("GET", RECORDS)["domain_records"]
        checked = zone.run(RECORD, **args, check_mode=True)
        assert zone.api("GET", RECORDS)["domain_records"] == known
        made = zone.run(RECORD, **args)
        assert not made["failed"], made["msg"]
        assert made["changed"] and same_story(checked, made)
        assert len(records(zone, name, kind)) == len(wanted.get("values") or wanted["records"])
        assert sorted(item["id"] for item in made["records"]) == [item["id"] for item in records(zone, name, kind)]
        unchanged(zone, RECORD, **args)
    gone = {"domain": "example.com", "name": name, "type": kind, "state": "absent"}
    checked = zone.run(RECORD, **gone, check_mode=True)
    removed = zone.run(RECORD, **gone)
    assert removed["changed"] and same_story(checked, removed)
    unchanged(zone, RECORD, **gone)
    assert zone.api("GET", RECORDS)["domain_records"] == before


def test_what_is_stored_of_several_strings_is_what_was_meant(zone: Account) -> None:
    zone.run(RECORD, domain="example.com", name="k._domainkey", type="TXT", values=['"v=DKIM1; p=AAA" "BBB"'])
    assert data(zone, "k._domainkey", "TXT") == ["v=DKIM1; p=AAABBB"]


def test_a_moved_address_is_changed_in_place(zone: Account) -> None:
    zone.run(RECORD, domain="example.com", name="www", type="A", values=["192.0.2.1"])
    number = records(zone, "www", "A")[0]["id"]
    mark = zone.mark()
    moved = zone.run(RECORD, domain="example.com", name="www", type="A", values=["192.0.2.9"])
    assert moved["changes"] == ["A record www.example.com: 192.0.2.1 -> 192.0.2.9"]
    assert zone.writes(mark) == [f"PUT {RECORDS}/{number}"]
    assert (records(zone, "www", "A")[0]["id"], data(zone, "www", "A")) == (number, ["192.0.2.9"])


def test_a_ttl_that_is_not_written_stays(zone: Account) -> None:
    zone.run(RECORD, domain="example.com", name="www", type="A", values=["192.0.2.1"], ttl=60)
    unchanged(zone, RECORD, domain="example.com", name="www", type="A", values=["192.0.2.1"])
    zone.run(RECORD, domain="example.com", name="www", type="A", values=["192.0.2.2"])
    assert records(zone, "www", "A")[0]["ttl"] == 60


@pytest.mark.parametrize("name", ["@", "", "example.com", "example.com.", "EXAMPLE.com"])
def test_the_domain_itself(zone: Account, name: str) -> None:
    result = zone.run(RECORD, domain="example.com.", name=name, type="A", values=["192.0.2.1"])
    assert result["fqdn"] == "example.com"
    assert data(zone, "@", "A") == ["192.0.2.1"]


@pytest.mark.parametrize("name", ["www", "www.example.com", "www.example.com.", "WWW"])
def test_a_name_in_full_means_the_same(zone: Account, name: str) -> None:
    zone.run(RECORD, domain="example.com", name="www", type="A", values=["192.0.2.1"])
    unchanged(zone, RECORD, domain="example.com", name=name, type="A", values=["192.0.2.1"])
    found = zone.run("do_domain_record_info", domain="example.com", name=name, type="A")["records"]
    assert [item["data"] for item in found] == ["192.0.2.1"]


def test_only_the_declared_name_and_type_is_touched(zone: Account) -> None:
    for kind, name, value in (("A", "www", "192.0.2.1"), ("TXT", "@", "a"), ("A", "www.sub", "192.0.2.1")):
        add(zone, kind, name, value)
    before = zone.api("GET", RECORDS)["domain_records"]
    zone.run(RECORD, domain="example.com", type="A", values=["192.0.2.7"])
    zone.run(RECORD, domain="example.com", type="A", state="absent")
    assert zone.api("GET", RECORDS)["domain_records"] == before


def test_two_owners_of_one_name(zone: Account) -> None:
    """Each declares its own values, and neither takes away the other's."""
    spf = {"domain": "example.com", "type": "TXT", "values": ["v=spf1 -all"], "exclusive": False}
    site = {"domain": "example.com", "type": "TXT", "values": ["site-verification=1"], "exclusive": False}
    for args in (spf, site):
        assert zone.run(RECORD, **args)["changed"]
    for args in (spf, site):
        unchanged(zone, RECORD, **args)
    assert sorted(data(zone, "@", "TXT")) == ["site-verification=1", "v=spf1 -all"]
    assert zone.run(RECORD, **site, state="absent")["changed"]
    assert data(zone, "@", "TXT") == ["v=spf1 -all"]
    alone = zone.run(RECORD, domain="example.com", type="TXT", values=["only"])
    assert alone["changed"] and data(zone, "@", "TXT") == ["only"]


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_record_that_is_there_twice_is_made_one(zone: Account, exclusive: bool) -> None:
    for _ in range(2):
        add(zone, "A", "www", "192.0.2.1")
    args = {"domain": "example.com", "name": "www", "type": "A", "values": ["192.0.2.1"], "exclusive": exclusive}
    assert zone.run(RECORD, **args)["changes"] == ["remove A record www.example.com 192.0.2.1"]
    assert data(zone, "www", "A") == ["192.0.2.1"]
    unchanged(zone, RECORD, **args)


@pytest.mark.parametrize(("there", "wanted"), [("CNAME", "A"), ("A", "CNAME")])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_cname_is_alone_at_its_name(zone: Account, there: str, wanted: str, check_mode: bool) -> None:
    values = {"A": "192.0.2.1", "CNAME": "host.example.net."}
    add(zone, there, "www", values[there])
    mark = zone.mark()
    result = zone.run(
        RECORD, domain="example.com", name="www", type=wanted, values=[values[wanted]], check_mode=check_mode
    )
    assert result["failed"]
    assert f"the name has 1 record (www {there} " in result["msg"]
    assert zone.writes(mark) == []


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            {"type": "A", "values": ["2001:db8::1", "x"]},
            ["1. values[0]: '2001:db8::1' is no IPv4", "2. values[1]: 'x'"],
        ),
        ({"type": "AAAA", "values": ["192.0.2.1"]}, ["is no IPv6 address"]),
        ({"type": "A", "values": ["192.0.2.1"], "ttl": 5}, ["ttl 5 must be 30 to 2147483647 seconds"]),
        ({"type": "A", "values": []}, ["write state: absent"]),
        ({"type": "A"}, ["values, records"]),
        ({"type": "MX", "values": ["mail.example.net"]}, ["needs priority (write it under records)"]),
        ({"type": "A", "records": [{"data": "192.0.2.1", "priority": 1}]}, ["a record of type A has no priority"]),
        (
            {"type": "SRV", "records": [{"data": "s.example.net", "priority": 70000, "weight": 1, "port": 1}]},
            ["records[0].priority 70000 must be 0 to 65535"],
        ),
        ({"type": "CNAME", "values": ["a.example.net"]}, ["cannot be a CNAME"]),
        ({"type": "CNAME", "name": "www", "values": ["a.net", "b.net"]}, ["a CNAME has one value only"]),
        ({"type": "CNAME", "name": "www", "values": ["not a host"]}, ["'not a host' is no host name"]),
        ({"type": "CNAME", "name": "blog", "values": ["www"]}, ["'www' is one label", "write www.example.com"]),
        ({"type": "TXT", "values": ['"AAA" BBB']}, ["begins with a quote"]),
        ({"type": "A", "name": "www.example.org.", "values": ["192.0.2.1"]}, ["not one in example.com"]),
        ({"type": "A", "name": "a.*.b", "values": ["192.0.2.1"]}, ["is no name of a record"]),
    ],
)
def test_everything_that_is_wrong_is_said_before_a_call(zone: Account, args: dict[str, Any], words: list[str]) -> None:
    mark = zone.mark()
    result = zone.run(RECORD, domain="example.com", **args)
    assert result["failed"]
    assert all(word in result["msg"] for word in words), result["msg"]
    assert zone.calls(mark) == []


def test_a_domain_that_is_not_there(account: Account) -> None:
    wanted = {"domain": "example.com", "name": "www", "type": "A", "values": ["192.0.2.1"]}
    checked = account.run(RECORD, **wanted, check_mode=True)
    assert checked["changes"] == ["create A record www.example.com 192.0.2.1"]
    account.run(DOMAIN, name="example.org")
    refused = account.run(RECORD, **wanted)
    assert refused["failed"] and "no domain 'example.com' in this account; near it: example.org" in refused["msg"]
    unchanged(account, RECORD, **wanted, state="absent")
    account.run(DOMAIN, name="example.com")
    assert same_story(checked, account.run(RECORD, **wanted))


def test_a_zone_with_many_records(zone: Account) -> None:
    for number in range(210):
        add(zone, "TXT", f"t{number}", "x")
    unchanged(zone, RECORD, domain="example.com", name="t209", type="TXT", values=["x"])
