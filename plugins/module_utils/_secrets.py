# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Secrets and CA files, looked at before anything is sent: what is wrong with them in words, and never their text.

HTTP libraries refuse a header that they cannot send with an error that quotes it.
"""

from __future__ import annotations

import os
import ssl
import unicodedata
from pathlib import Path

from ._errors import InvalidInputError


def origin(value: str | None, option: str, *variables: str) -> str:
    """Where a value comes from, for people: the environment variable that holds it, or the option."""
    name = next((name for name in variables if value and os.environ.get(name) == value), "")
    return f"the environment variable {name}" if name else f"option {option}"


def token(value: str | None, what: str, source: str) -> str:
    """A token without the whitespace around it, which a file or a command brings along; "" for none.

    what, source: for messages, such as "The DigitalOcean token" and "option token"
    Raises InvalidInputError for what no header can carry. RFC 6750 2.1 has neither spaces nor anything beyond ASCII.
    """
    text = (value or "").strip()
    flaw = control_flaw(text) or _token_flaw(text)
    if flaw:
        raise InvalidInputError(f"{what} (from {source}) {flaw}.", "Give the token alone, on one line.")
    return text


def password(value: str | None, what: str, source: str) -> str:
    """A password or another secret as it is, "" for none. Raises InvalidInputError for control characters in it."""
    text = value or ""
    flaw = control_flaw(text)
    if flaw:
        raise InvalidInputError(f"{what} (from {source}) {flaw}.", "Give it alone, on one line.")
    return text


def control_flaw(text: str) -> str:
    """What is wrong with a text that has control characters; "" when it has none."""
    lines = text.splitlines()
    if len(lines) > 1:
        return f"has a line break in it: it is {len(lines)} lines long"
    if lines and lines[0] != text:
        return "ends with a line break"
    strange = next((character for character in text if unicodedata.category(character) in {"Cc", "Cf"}), "")
    return f"has a control character in it (U+{ord(strange):04X})" if strange else ""


def _token_flaw(text: str) -> str:
    """What is wrong with a token that has no control characters."""
    if any(character.isspace() for character in text):
        return "has a space in it"
    strange = next((character for character in text if not character.isascii()), "")
    if strange:
        return f"has a character in it that a header cannot carry (U+{ord(strange):04X})"
    return ""


def ca_data(pem: bytes, option: str) -> bytes:
    """Certificates in PEM. Raises InvalidInputError for what holds none."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem.decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise InvalidInputError(f"{option} holds no certificate in PEM.", "Give that of the CA.") from None
    return pem


def ca_file(path: str, option: str = "ca_cert") -> str:
    """The path of a CA file with ~ expanded, "" for none.

    Raises InvalidInputError for one that is not there, cannot be read, or holds no certificate in PEM.
    """
    if not path:
        return ""
    file = Path(path).expanduser()
    step = "Give the path of a CA certificate in PEM, or leave it empty for those of the system."
    try:
        if not file.is_file():
            raise InvalidInputError(f"{option} names {path}, which is not a file.", step)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(str(file))
    except ssl.SSLError:
        raise InvalidInputError(f"{option} names {path}, which holds no certificate in PEM.", step) from None
    except OSError as error:
        raise InvalidInputError(f"{option} names {path}, which cannot be read: {error.strerror}.", step) from None
    return str(file)


def client_certificate(certificate: Path, key: Path, option: str) -> tuple[str, str]:
    """The paths of a client's certificate and key. Raises InvalidInputError for what is none, or do not fit."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(str(certificate), str(key))
    except (ssl.SSLError, OSError):
        raise InvalidInputError(
            f"{option} holds no client certificate in PEM with the key that fits it.", "Give cert_data and key_data."
        ) from None
    return str(certificate), str(key)
