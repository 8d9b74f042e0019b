# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that cannot be sent, and CA files that are none: told in words before anything is sent, never shown."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest
import requests
from ansible_collections.slipway.gitops.plugins.module_utils import _http_errors, _secrets
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError

FIRST, SECOND = "dop_v1_first", "second_half"
FLAWS = [
    (f"{FIRST}\n# {SECOND}", "has a line break in it: it is 2 lines long"),
    (f"{FIRST}\r\n{SECOND}\nx", "has a line break in it: it is 3 lines long"),
    (f"{FIRST}\x0b{SECOND}", "has a line break in it"),
    (f"{FIRST}\x00{SECOND}", r"has a control character in it \(U\+0000\)"),
    (f"{FIRST}\x1b{SECOND}", r"has a control character in it \(U\+001B\)"),
    (f"{FIRST}\u200b{SECOND}", r"has a control character in it \(U\+200B\)"),
    (f"{FIRST} {SECOND}", "has a space in it"),
    (f"{FIRST}\t{SECOND}", "control character"),
    (f"\u201c{FIRST}{SECOND}\u201d", r"has a character in it that a header cannot carry \(U\+201C\)"),
]


@pytest.mark.parametrize(("text", "words"), FLAWS)
def test_what_no_header_can_carry_is_told_without_its_text(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        _secrets.token(text, "The token", "option token")
    assert FIRST not in str(caught.value) and SECOND not in str(caught.value)
    assert "option token" in str(caught.value)


def test_what_is_let_through_can_be_sent() -> None:
    """By the library that refuses headers."""
    every = "".join(map(chr, range(0x21, 0x7F)))
    assert _secrets.token(every, "The token", "option token") == every
    connection = http.client.HTTPConnection("127.0.0.1")
    connection.putrequest("GET", "/")
    connection.putheader("Authorization", f"Bearer {every}")


@pytest.mark.parametrize("text", [f"{FIRST}\n", f"  {FIRST}\r\n\n", f"\t{FIRST}"])
def test_whitespace_around_a_token_is_no_part_of_it(text: str) -> None:
    assert _secrets.token(text, "The token", "option token") == FIRST


def test_a_token_is_named_by_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", f"{FIRST}\n{SECOND}")
    with pytest.raises(InvalidInputError, match=r"The token \(from the environment variable SOME_TOKEN\) has a line"):
        given = f"{FIRST}\n{SECOND}"
        _secrets.token(given, "The token", _secrets.origin(given, "token", "OTHER_TOKEN", "SOME_TOKEN"))


def test_a_password_is_left_as_it_is() -> None:
    odd = " pässword with spaces "
    assert _secrets.password(odd, "The password", "option auth_password") == odd


@pytest.mark.parametrize(
    ("text", "words"), [(f"{FIRST}\n", "ends with a line break"), (f"{FIRST}\x07", "control character")]
)
def test_a_password_that_a_file_made_longer_is_told(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        _secrets.password(text, "The password", "option auth_password")
    assert FIRST not in str(caught.value)


def test_a_ca_file_is_looked_at_before_it_is_used(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    assert _secrets.ca_file("") == ""
    assert _secrets.ca_file(str(certificate[0])) == str(certificate[0])
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("no certificate")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "broken").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for name in ("empty", "text", "binary", "broken"):
        with pytest.raises(InvalidInputError, match=f"{name}, which holds no certificate in PEM"):
            _secrets.ca_file(str(tmp_path / name))
    with pytest.raises(InvalidInputError, match="which is not a file"):
        _secrets.ca_file(str(tmp_path))


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://127.0.0.1:1/", {"Authorization": f"Bearer {FIRST}\n{SECOND}"}),
        ("http://127.0.0.1:1/", {"Authorization": f"Bearer {FIRST}\u201c"}),
        ("http://exa mple:x/", {}),
        ("nothing://127.0.0.1/", {}),
        ("http://" + "a" * 70 + "\u00e4/", {}),
    ],
)
def test_what_the_library_refuses_is_told_from_trouble_on_the_way(url: str, headers: dict[str, str]) -> None:
    with pytest.raises((OSError, ValueError)) as caught:
        requests.get(url, headers=headers, timeout=1)
    assert _http_errors.unsendable(caught.value)


def test_trouble_on_the_way_is_not_told_as_a_refusal() -> None:
    with pytest.raises(OSError, match="refused") as caught:
        requests.get("http://127.0.0.1:1/", timeout=1)
    assert not _http_errors.unsendable(caught.value)
    assert _http_errors.never_sent(caught.value)
