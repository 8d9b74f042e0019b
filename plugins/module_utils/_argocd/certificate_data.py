# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Certificates and host keys as Argo CD takes them (argo-cd 3.5.7: util/db/certificate.go, CreateRepoCertificate)."""

from __future__ import annotations

import base64
import binascii
import re
import ssl

from .grammar import is_host

# What golang.org/x/crypto/ssh can read.
KEY_TYPES = (
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa", "ssh-dss",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
)  # fmt: skip
_WITH_PORT = re.compile(r"\[(?P<host>.*)]:[0-9]+")


def certificate_problems(name: str, pem: str) -> list[str]:
    """What is wrong with a TLS certificate, or several one after the other."""
    problems = [] if is_host(name) else [f"server_name {name!r} is no host name"]
    if "-----BEGIN CERTIFICATE-----" not in pem:
        return [*problems, "data is no certificate in PEM; give it with its BEGIN and END lines"]
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        problems.append("data has the lines of a certificate, but what is between them is none")
    return problems


def host_key_problems(name: str, key_type: str, data: str) -> list[str]:
    """What is wrong with a host key of SSH."""
    with_port = _WITH_PORT.fullmatch(name)
    problems = [] if is_host(with_port["host"] if with_port else name) else [f"server_name {name!r} is no host name"]
    if not key_type or len(data.split()) != 1:
        return [
            *problems,
            "it is given as key_type (such as ssh-ed25519) and data (the base64 text after it); "
            f"ssh-keyscan {name} prints both",
        ]
    held = _type_in(data)
    if not held:
        problems.append("data is no key in base64")
    elif held != key_type:
        problems.append(f"key_type is {key_type}, and data holds a key of type {held}")
    elif held not in KEY_TYPES:
        problems.append(f"key_type {key_type!r} must be {' or '.join(KEY_TYPES)}")
    return problems


def _type_in(data: str) -> str:
    """The type that a key itself names first (RFC 4253, 6.6); "" when it is no key."""
    try:
        raw = base64.b64decode(data, validate=True)
    except binascii.Error:
        return ""
    length = int.from_bytes(raw[:4], "big")
    name = raw[4 : 4 + length]
    return name.decode("ascii", "replace") if 0 < length < len(raw) - 4 and len(name) == length else ""
