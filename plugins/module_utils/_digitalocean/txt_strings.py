# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The text of a TXT record, from what people copy out of a zone file. Pure.

A TXT record holds strings of at most 255 bytes, which whoever reads it joins with nothing between (RFC 7208, 3.3; RFC
6376, 3.6.2.2). DigitalOcean's API takes the joined text and cuts it by itself. In a zone file strings stand in quotes,
with a backslash before what would end them (RFC 1035, 5.1).
"""

from __future__ import annotations

import re

_BYTE = r"\\(?:25[0-5]|2[0-4][0-9]|[01][0-9]{2})"
_STRING = re.compile(rf'"((?:[^"\\]|{_BYTE}|\\[^0-9])*)"', re.DOTALL)
_STRINGS = re.compile(rf"{_STRING.pattern}(?:\s*{_STRING.pattern})*", re.DOTALL)
_PIECE = re.compile(rf"({_BYTE})|\\?(.)", re.DOTALL)


def joined(written: str) -> str:
    """'"v=DKIM1; p=AAA" "BBB"' -> 'v=DKIM1; p=AAABBB'. What is not all in quotes is the text itself."""
    if not _STRINGS.fullmatch(written.strip()):
        return written.strip("\r\n")
    found = b"".join(
        bytes([int(byte[1:])]) if byte else character.encode()
        for text in _STRING.findall(written)
        for byte, character in _PIECE.findall(text)
    )
    try:
        return found.decode()
    except UnicodeDecodeError:
        return written


def problems(text: str, where: str) -> list[str]:
    """What DigitalOcean would not keep as it is meant; text: as joined gives it."""
    if text.startswith('"'):
        return [f"{where}: {text!r} begins with a quote; put quotes around all of its strings, or around none"]
    if "\\" in text:
        # DNSControl, providers/digitalocean/auditrecords.go (TxtHasBackslash, verified with the service).
        return [f"{where}: {text!r} has a backslash, which DigitalOcean does not keep as it is"]
    return []
