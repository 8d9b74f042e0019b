# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Addresses of web servers. Pure."""

from __future__ import annotations

import re
import urllib.parse
from typing import Any

from ._grammar import Grammar


def _is_web_url(value: Any) -> bool:
    if re.search(r"\s", str(value)):
        return False
    try:
        parts = urllib.parse.urlsplit(str(value))
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and port != 0


WEB_URL = Grammar("a URL such as https://www.example.com", _is_web_url, "RFC 3986")
