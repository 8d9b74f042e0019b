# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A one-way mark of credentials, kept beside them: says whether they are the declared ones without reading them."""

from __future__ import annotations

import hashlib
import hmac
import json
import os

from .._reconcile import JsonObject


def fingerprint(value: JsonObject) -> str:
    """A salted scrypt hash of a JSON object, as text. Two of the same object differ."""
    salt = os.urandom(16)
    return f"scrypt:{salt.hex()}:{_digest(value, salt).hex()}"


def matches(mark: str, value: JsonObject) -> bool:
    """Whether a fingerprint was made of this object."""
    try:
        scheme, salt, digest = mark.split(":")
        return scheme == "scrypt" and hmac.compare_digest(bytes.fromhex(digest), _digest(value, bytes.fromhex(salt)))
    except ValueError:
        return False


def _digest(value: JsonObject, salt: bytes) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.scrypt(text.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
