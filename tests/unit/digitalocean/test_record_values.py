# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of records: what is meant by what people write, what is sent, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import record_values, txt_strings

ZONE = "example.com"


def canonical(kind: str, data: str, **parts: Any) -> dict[str, Any]:
    return record_values.canonical(kind, {"data": data, **parts}, ZONE)


def problems(kind: str, data: str, **parts: Any) -> list[str]:
    value = canonical(kind, data, **{**dict.fromkeys(record_values.PARTS[kind], 1), **parts})
    return record_values.value_problems(kind, value, ZONE, "values[0]")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("v=spf1 -all", "v=spf1 -all"),
        ('"v=spf1 -all"', "v=spf1 -all"),
        ('"v=DKIM1; p=AAA" "BBB"', "v=DKIM1; p=AAABBB"),
        ('"v=DKIM1; p=AAA"\n   "BBB" "CCC"', "v=DKIM1; p=AAABBBCCC"),
        ('"a""b"', "ab"),
        ('" a " " b "', " a  b "),
        (r'"say \"hi\"" "!"', 'say "hi"!'),
        (r'"\072\;"', "H;"),
        (r'"\195\164"', "ä"),
        ('"" "x"', "x"),
        ('v=spf1 include:"x" -all', 'v=spf1 include:"x" -all'),
    ],
)
def test_strings_are_joined_as_those_who_read_them_do(written: str, meant: str) -> None:
    assert canonical("TXT", written) == {"data": meant}
    assert problems("TXT", written) == []
    sent = record_values.to_send("TXT", canonical("TXT", written))
    assert sent == meant
    assert canonical("TXT", sent) == {"data": meant}, "what is stored is what was meant, so the next run finds it"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('"AAA" BBB', "begins with a quote; put quotes around all of its strings, or around none"),
        ('"AAA', "begins with a quote"),
        (r'"\300"', "begins with a quote"),
        (r'"\255"', "begins with a quote"),
        (r'"\"all of it\""', "begins with a quote"),
        (r"v=DKIM1\; p=AAA", "has a backslash, which DigitalOcean does not keep as it is"),
        (r'"a\\b"', "has a backslash"),
        ('""', "it has no data"),
        ("", "it has no data"),
    ],
)
def test_text_that_would_not_be_kept_as_it_is_meant(written: str, words: str) -> None:
    found = problems("TXT", written)
    assert len(found) == 1 and words in found[0], found


def test_a_value_that_an_older_version_stored_is_repaired() -> None:
    """It took the quotes off both ends of several strings, and called that unchanged ever after."""
    target = record_values.Target(ZONE, "mail._domainkey", "TXT", None)
    there = {"id": 1, "type": "TXT", "name": "mail._domainkey", "data": 'v=DKIM1; p=AAA" "BBB', "ttl": 1800}
    wanted = [canonical("TXT", '"v=DKIM1; p=AAA" "BBB"')]
    steps = record_values.plan_values(target, wanted, [there], exclusive=True)
    assert [(step.action, step.body["data"]) for step in steps] == [(record_values.Action.UPDATE, "v=DKIM1; p=AAABBB")]


@pytest.mark.parametrize("kind", sorted(record_values.HOST_TYPES))
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("www", "'www' is one label, and this takes a full name; write www.example.com (@ is example.com itself)"),
        ("www.", "'www' is one label"),
        ("192.0.2.1", "is an address; this takes the name of a host"),
        ("2001:db8::1", "is an address; this takes the name of a host"),
        ("not a host", "is no host name"),
        ("a..b", "is no host name"),
    ],
)
def test_what_is_no_full_name_of_a_host(kind: str, data: str, words: str) -> None:
    found = problems(kind, data)
    assert len(found) == 1 and words in found[0], found


@pytest.mark.parametrize("kind", sorted(record_values.HOST_TYPES))
@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ("@", "example.com."),
        ("example.com", "example.com."),
        ("WWW.Example.com.", "www.example.com."),
        ("_dmarc.example.net", "_dmarc.example.net."),
    ],
)
def test_hosts_are_sent_with_a_dot(kind: str, data: str, sent: str) -> None:
    assert problems(kind, data) == []
    assert record_values.to_send(kind, canonical(kind, data)) == sent


def test_a_service_that_is_nowhere() -> None:
    """RFC 2782. There is no such thing for mail at DigitalOcean (RFC 7505)."""
    assert problems("SRV", ".") == []
    assert record_values.to_send("SRV", canonical("SRV", ".")) == "."
    assert problems("MX", ".") == ["values[0]: it has no data"]


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ("letsencrypt.org", "letsencrypt.org."),
        ('"LetsEncrypt.org"', "letsencrypt.org."),
        (";", ";."),
        ('";"', ";."),
        ("ca.example.net;validationmethods=DNS-01", "ca.example.net;validationmethods=DNS-01."),
    ],
)
def test_issuers_of_certificates(data: str, sent: str) -> None:
    value = canonical("CAA", data, flags=0, tag="issue")
    assert record_values.value_problems("CAA", value, ZONE, "") == []
    assert record_values.to_send("CAA", value) == sent
    shown = canonical("CAA", sent.removesuffix("."), flags=0, tag="issue")
    assert shown == value, "the API shows it without the dot"


@pytest.mark.parametrize(
    ("tag", "data", "words"),
    [
        ("issue", "letsencrypt", "is no domain of a certificate authority"),
        ("issue", "letsencrypt.org; policy=ev", "has a space, which DigitalOcean does not take"),
        ("issuewild", "-a.org", "is no domain of a certificate authority"),
    ],
)
def test_what_is_no_issuer(tag: str, data: str, words: str) -> None:
    found = problems("CAA", data, flags=0, tag=tag)
    assert len(found) == 1 and words in found[0], found


def test_a_report_of_certificates_goes_to_an_address() -> None:
    value = canonical("CAA", '"mailto:CA@example.com"', flags=0, tag="iodef")
    assert record_values.value_problems("CAA", value, ZONE, "") == []
    assert record_values.to_send("CAA", value) == "mailto:CA@example.com"


@pytest.mark.parametrize(
    ("kind", "data"),
    [("A", "192.0.2"), ("A", "192.0.2.1/32"), ("A", "192.0.2.01"), ("AAAA", "fe80::1%eth0"), ("A", "::1")],
)
def test_what_is_no_address(kind: str, data: str) -> None:
    assert "address" in problems(kind, data)[0]


@pytest.mark.parametrize("data", ["2001:DB8:0:0::1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_forms_of_an_address_mean_the_same(data: str) -> None:
    assert problems("AAAA", data) == []
    assert canonical("AAAA", canonical("AAAA", data)["data"]) == canonical("AAAA", data)


def test_the_joined_text_is_the_text_of_what_is_not_quoted() -> None:
    assert txt_strings.joined('half "quoted"') == 'half "quoted"'
