# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The address of an API as users write it: what is too much or too little in it is said before anything is sent.

A path too many makes every object of an API look as if it were not there.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ._errors import InvalidInputError


def base_url(text: str, option: str, *, example: str, path: bool = False, plain: str = "nowhere") -> str:
    """The address without a slash at its end.

    option, example: for messages, such as api_url and https://api.digitalocean.com
    path: whether the API may be below a path
    plain: where http will do: "nowhere", on "loopback", or "anywhere"
    Raises InvalidInputError. Name and password of a URL are never shown.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or any(character.isspace() or not character.isprintable() for character in text):
        raise InvalidInputError(f"{option} cannot be read as a URL.", f"Give one such as {example}.")
    place = parts.netloc.rpartition("@")[2]
    shown = f"{parts.scheme}://{place}{parts.path}"
    if parts.scheme != "https" and not (parts.scheme == "http" and _may_be_plain(host, plain)):
        plain_is_for = " (plain http:// is for 127.0.0.1 and localhost)" * (plain == "loopback")
        raise InvalidInputError(
            f"{option} is {shown}: the token is sent over TLS only.",
            f"Give a URL that begins with https://{plain_is_for}.",
        )
    if parts.username is not None or parts.password is not None:
        raise InvalidInputError(
            f"{option} ({shown}) has a name or password in it, which others could see.",
            f"Give {option} as {parts.scheme}://{place}{parts.path.rstrip('/')}, and the login in its own options.",
        )
    kept = f"{parts.scheme}://{place}{parts.path.rstrip('/') if path else ''}"
    surplus = "" if path else parts.path.rstrip("/")
    surplus += f"?{parts.query}" * bool(parts.query) + f"#{parts.fragment}" * bool(parts.fragment)
    if surplus:
        raise InvalidInputError(
            f"{option} is {kept}{surplus}, with too much at its end.", f"Give {kept}; leave {surplus} out."
        )
    return kept


def _may_be_plain(host: str, plain: str) -> bool:
    return plain == "anywhere" or (plain == "loopback" and host in {"127.0.0.1", "localhost", "::1"})
