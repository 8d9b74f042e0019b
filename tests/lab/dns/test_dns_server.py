# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS server answers what the account's records say, to a real client by UDP and TCP."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import httpx
import pytest
from lab_server import LabServer
from slipway_lab.dns.address import dns_address

RECORDS = "/v2/domains/example.com/records"


class Account:
    """The account's domains over HTTP, and what the server answers for them."""

    def __init__(self, server: LabServer, api: httpx.Client) -> None:
        self.server = server
        self.api = api
        self.address, self.port = dns_address(server.config)

    def add(self, type_: str, name: str, data: str, **more: Any) -> dict[str, Any]:
        answer = self.api.post(RECORDS, json={"type": type_, "name": name, "data": data, **more})
        assert answer.status_code == 201, answer.text
        record: dict[str, Any] = answer.json()["domain_record"]
        return record

    def ask(self, name: str, type_: str = "A", *, tcp: bool = False) -> dns.message.Message:
        query = dns.message.make_query(name, type_)
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, self.address, port=self.port, timeout=5)

    def values(self, name: str, type_: str = "A", *, tcp: bool = False) -> list[str]:
        """The answer's records of the type, sorted."""
        kind = dns.rdatatype.from_text(type_)
        found = self.ask(name, type_, tcp=tcp)
        return sorted(str(one) for rrset in found.answer if rrset.rdtype == kind for one in rrset)


@pytest.fixture
def account(lab_server: LabServer) -> Iterator[Account]:
    """An account with the domain example.com."""
    lab_server.admin.reset()
    with lab_server.client() as api:
        assert api.post("/v2/domains", json={"name": "example.com"}).status_code == 201
        yield Account(lab_server, api)


@pytest.mark.parametrize("tcp", [False, True])
def test_addresses_by_udp_and_tcp(account: Account, tcp: bool) -> None:
    account.add("A", "www", "192.0.2.1", ttl=60)
    account.add("A", "www", "192.0.2.2", ttl=60)
    account.add("AAAA", "www", "2001:db8::1")
    assert account.values("www.example.com", tcp=tcp) == ["192.0.2.1", "192.0.2.2"]
    assert account.values("WWW.Example.COM", "AAAA", tcp=tcp) == ["2001:db8::1"]
    answer = account.ask("www.example.com", tcp=tcp)
    assert answer.answer[0].ttl == 60
    assert answer.flags & dns.flags.AA


def test_every_type_of_the_account(account: Account) -> None:
    account.add("A", "@", "192.0.2.1")
    account.add("CNAME", "app", "example.com.")
    account.add("MX", "@", "mail.example.com.", priority=10)
    account.add("SRV", "_sip._tcp", "sip.example.com.", priority=1, weight=2, port=5060)
    account.add("CAA", "@", "letsencrypt.org.", flags=0, tag="issue")
    account.add("TXT", "@", 'say "hello"\\ ' + "x" * 300)
    assert account.values("app.example.com") == ["192.0.2.1"]
    assert account.values("app.example.com", "CNAME") == ["example.com."]
    assert account.values("example.com", "MX") == ["10 mail.example.com."]
    assert account.values("_sip._tcp.example.com", "SRV") == ["1 2 5060 sip.example.com."]
    assert account.values("example.com", "CAA") == ['0 issue "letsencrypt.org"']
    texts = account.ask("example.com", "TXT").answer[0][0].strings
    assert b"".join(texts).decode() == 'say "hello"\\ ' + "x" * 300
    assert account.values("example.com", "NS") == [f"ns{n}.digitalocean.com." for n in (1, 2, 3)]
    assert len(account.values("example.com", "SOA")) == 1


def test_an_alias_is_followed_into_another_domain(account: Account) -> None:
    assert account.api.post("/v2/domains", json={"name": "example.org", "ip_address": "192.0.2.9"}).status_code == 201
    account.add("CNAME", "www", "example.org.")
    assert account.values("www.example.com") == ["192.0.2.9"]


def test_aliases_in_a_circle_fail(account: Account) -> None:
    account.add("CNAME", "a", "b.example.com.")
    account.add("CNAME", "b", "a.example.com.")
    assert account.ask("a.example.com").rcode() == dns.rcode.SERVFAIL


def test_a_wildcard_covers_what_does_not_exist_and_nothing_else(account: Account) -> None:
    account.add("A", "*.dev", "192.0.2.1")
    account.add("TXT", "there.dev", "here I am")
    account.add("A", "deep.below.dev", "192.0.2.2")
    assert account.values("web.dev.example.com") == ["192.0.2.1"]
    assert account.values("a.b.web.dev.example.com") == ["192.0.2.1"]
    # A name that exists is not covered, also when it has no record of the type (RFC 4592, 2.2.1).
    for name in ("there.dev.example.com", "below.dev.example.com"):
        answer = account.ask(name)
        assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])
        assert answer.authority[0].rdtype == dns.rdatatype.SOA
    for name in ("other.below.dev.example.com", "dev2.example.com"):
        assert account.ask(name).rcode() == dns.rcode.NXDOMAIN
    assert account.ask("dev.example.com").rcode() == dns.rcode.NOERROR


def test_a_name_that_is_nowhere_does_not_exist(account: Account) -> None:
    for name in ("missing.example.com", "www.example.net"):
        assert account.ask(name).rcode() == dns.rcode.NXDOMAIN
    assert account.ask("missing.example.com").authority[0].rdtype == dns.rdatatype.SOA


def test_what_changes_is_answered_at_once(account: Account) -> None:
    record = account.add("A", "www", "192.0.2.1")
    serial = account.ask("example.com", "SOA").answer[0][0].serial
    moved = account.api.patch(f"{RECORDS}/{record['id']}", json={"type": "A", "data": "192.0.2.2"})
    assert moved.status_code == 200
    assert account.values("www.example.com") == ["192.0.2.2"]
    assert account.ask("example.com", "SOA").answer[0][0].serial > serial
    assert account.api.delete("/v2/domains/example.com").status_code == 204
    assert account.ask("www.example.com").rcode() == dns.rcode.NXDOMAIN


def test_an_answer_that_is_too_long_for_udp_comes_by_tcp(account: Account) -> None:
    for number in range(60):
        account.add("A", "many", f"192.0.2.{number}")
    query = dns.message.make_query("many.example.com", "A", use_edns=False)
    short = dns.query.udp(query, account.address, port=account.port, timeout=5)
    assert short.flags & dns.flags.TC
    whole, by_tcp = dns.query.udp_with_fallback(query, account.address, port=account.port, timeout=5)
    assert by_tcp and len(whole.answer[0]) == 60


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("203.0.113.7.sslip.io", "203.0.113.7"),
        ("web.dev.203-0-113-7.sslip.io", "203.0.113.7"),
        ("web-203-0-113-7.sslip.io", "203.0.113.7"),
    ],
)
def test_names_that_hold_their_address(account: Account, name: str, address: str) -> None:
    assert account.values(name) == [address]


def test_names_that_hold_no_address(account: Account) -> None:
    for name in ("web.sslip.io", "999.0.0.1.sslip.io", "203-0-113-7.example.net"):
        assert account.ask(name).rcode() == dns.rcode.NXDOMAIN


def test_the_command_resolves_a_name(account: Account) -> None:
    account.add("A", "*.dev", "192.0.2.1")

    def resolve(name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "slipway_lab.cli", "resolve", name],
            env=account.server.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    found = resolve("web.dev.example.com")
    assert (found.returncode, found.stdout) == (0, "192.0.2.1\n"), found.stderr
    missing = resolve("web.example.com")
    assert missing.returncode == 1
    assert missing.stderr == "lab: web.example.com has no address in the domains of the lab's account.\n"


def test_nonsense_does_not_end_it(account: Account) -> None:
    account.add("A", "www", "192.0.2.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for nonsense in (b"", b"\0", b"hello, this is no DNS", b"\xff" * 600):
            client.sendto(nonsense, (account.address, account.port))
    assert account.values("www.example.com") == ["192.0.2.1"]
