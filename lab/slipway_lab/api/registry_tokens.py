# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that a container registry accepts: what a login may do, signed, for a few minutes.

https://distribution.github.io/distribution/spec/auth/jwt/ - a registry that trusts the lab's CA (rootcertbundle)
verifies them by the certificate in their header.
"""

from __future__ import annotations

import base64
import datetime
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from slipway_lab.pki import CertificateAuthority

ISSUER = "api.digitalocean.com"
LIFETIME_SECONDS = 300
# `distribution` takes a token for so much longer (registry/auth/token/token.go, Leeway).
_LEEWAY_SECONDS = 60
_ALGORITHM = "ES256"
_NAME = "registry-tokens"
# repository:<registry>/<repository>:<actions>, and registry:catalog:*
_SCOPE = re.compile(r"^(?P<type>[a-z]+):(?P<name>.+):(?P<actions>[a-z*,]+)$")


@dataclass(frozen=True)
class Access:
    """One thing a login asks for, such as pulling from and pushing to a repository."""

    type: str
    name: str
    actions: tuple[str, ...]

    @classmethod
    def parse(cls, scope: str) -> Access | None:
        """None for what is no scope."""
        match = _SCOPE.match(scope)
        return cls(match["type"], match["name"], tuple(match["actions"].split(","))) if match else None


def _signer(directory: Path) -> tuple[str, str]:
    """Key (PEM) and certificate (base64 of DER) of the signer, made by the lab's authority when absent."""
    certificate, key = directory / f"{_NAME}.crt", directory / f"{_NAME}.key"
    if not (certificate.exists() and key.exists()):
        CertificateAuthority.load_or_create(directory, "slipway lab").issue_client(_NAME).write(directory, _NAME)
    der = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(serialization.Encoding.DER)
    return key.read_text(), base64.b64encode(der).decode()


def issue(pki: Path, subject: str, audience: str, access: list[Access], login_ends: float | None = None) -> str:
    """A signed token, which a registry takes no longer than the login is good.

    pki: directory of the lab's authority
    subject: who logs in
    audience: the registry's service
    login_ends: seconds since the epoch; None: never
    """
    key, certificate = _signer(pki)
    now = datetime.datetime.now(datetime.UTC)
    ends = now.timestamp() + LIFETIME_SECONDS
    if login_ends is not None:
        ends = min(ends, login_ends - _LEEWAY_SECONDS)
    claims = {
        "iss": ISSUER,
        "sub": subject,
        "aud": audience,
        "iat": now,
        "nbf": now - datetime.timedelta(seconds=30),
        "exp": int(ends),
        "jti": str(uuid.uuid4()),
        "access": [{"type": one.type, "name": one.name, "actions": list(one.actions)} for one in access],
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"x5c": [certificate]})
