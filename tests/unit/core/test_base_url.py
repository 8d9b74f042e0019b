# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of APIs: what is too much or too little in them is said in words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._base_url import base_url
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError


def read(text: str, **more: Any) -> str:
    return base_url(text, "api_url", example="https://api.example.com", **more)


@pytest.mark.parametrize("text", ["https://api.example.com", "https://api.example.com/", " https://api.example.com\n"])
def test_an_address_is_taken(text: str) -> None:
    assert read(text) == "https://api.example.com"


@pytest.mark.parametrize("text", ["https://[::1]:8443", "https://127.0.0.1:8443"])
def test_ports_and_numbers_are_kept(text: str) -> None:
    assert read(text + "/") == text


def test_a_path_is_taken_where_an_api_may_have_one() -> None:
    assert read("https://example.com/argo/cd/", path=True) == "https://example.com/argo/cd"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://api.example.com/v2", r"leave /v2 out"),
        ("https://api.example.com/v2/", r"Give https://api\.example\.com; leave /v2 out"),
        ("https://api.example.com/v2?x=1#y", r"leave /v2\?x=1#y out"),
        ("https://api.example.com?x=1", r"leave \?x=1 out"),
        ("http://api.example.com", "over TLS only"),
        ("api.example.com", "cannot be read as a URL"),
        ("", "cannot be read as a URL"),
        ("https://", "cannot be read as a URL"),
        ("https://[::1", "cannot be read as a URL"),
        ("https://api.example.com:port", "cannot be read as a URL"),
        ("https://api.exam\nple.com", "cannot be read as a URL"),
        ("https://api.exam ple.com", "cannot be read as a URL"),
        ("https://you:word@api.example.com/v2", r"\(https://api\.example\.com/v2\) has a name or password in it"),
        ("http://you:word@api.example.com", "over TLS only"),
    ],
)
def test_what_cannot_be_used_is_told_without_what_others_must_not_see(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        read(text)
    assert "word@" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "plain", "good"),
    [
        ("http://127.0.0.1:8080", "loopback", True),
        ("http://localhost:8080", "loopback", True),
        ("http://example.com", "loopback", False),
        ("http://localhost.example.com", "loopback", False),
        ("http://example.com", "anywhere", True),
        ("ftp://example.com", "anywhere", False),
    ],
)
def test_plain_http_is_for_where_nobody_listens(text: str, plain: str, good: bool) -> None:
    if good:
        assert read(text, plain=plain) == text
    else:
        with pytest.raises(InvalidInputError, match="over TLS only"):
            read(text, plain=plain)
