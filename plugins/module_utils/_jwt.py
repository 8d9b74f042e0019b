# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a JSON Web Token says (RFC 7519). Its signature is the business of the server that made it."""

from __future__ import annotations

import base64
import json

from ._reconcile import JsonObject


def claims_of(token: str) -> JsonObject:
    """The claims, {} when they cannot be read."""
    try:
        payload = token.strip().split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
