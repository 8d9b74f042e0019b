# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Seal and open single values as Sealed Secrets does (upstream: pkg/crypto/crypto.go). Pure."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ansible.module_utils.basic import missing_required_lib

from .._errors import InvalidInputError, MissingLibraryError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    HAS_CRYPTOGRAPHY = True
except ImportError:
    HAS_CRYPTOGRAPHY = False

# A session key seals one value only, so upstream leaves the nonce at zero.
_NONCE = bytes(12)
_LENGTH_BYTES = 2
_SESSION_KEY_BYTES = 32

SCOPES = ("strict", "namespace-wide", "cluster-wide")


def require_cryptography() -> None:
    """Raises MissingLibraryError when the library is not there."""
    if not HAS_CRYPTOGRAPHY:
        raise MissingLibraryError(missing_required_lib("cryptography"))


def sealing_label(scope: str, namespace: str, name: str) -> bytes:
    """What a sealed value is bound to: it opens only where this is the same."""
    return {"strict": f"{namespace}/{name}", "namespace-wide": namespace, "cluster-wide": ""}[scope].encode()


def public_key_of(certificate_pem: bytes, source: str, *, now: datetime | None = None) -> RSAPublicKey:
    """The key that the controller's certificate holds.

    source: where the certificate is from, for the message
    Raises InvalidInputError when it is no certificate, has no RSA key, or has expired.
    """
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
    except ValueError as error:
        raise InvalidInputError(
            f"{source} is not a certificate in PEM: {error}.", "Get one with: kubeseal --fetch-cert"
        ) from None
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidInputError(f"The certificate of {source} has no RSA key, which Sealed Secrets needs.")
    if certificate.not_valid_after_utc < (now or datetime.now(UTC)):
        raise InvalidInputError(
            f"The certificate of {source} expired on {certificate.not_valid_after_utc:%Y-%m-%d}.",
            "The controller makes a new one from time to time: fetch that.",
        )
    return key


def private_key_of(text: bytes, source: str) -> RSAPrivateKey:
    """A private key in PEM. Raises InvalidInputError when it cannot be read."""
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError) as error:
        raise InvalidInputError(f"{source} holds a private key that cannot be read: {error}.") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise InvalidInputError(f"{source} holds a private key that is not RSA, which Sealed Secrets needs.")
    return key


def seal(key: RSAPublicKey, value: bytes, label: bytes) -> str:
    """The sealed value in base64. Sealing the same value again gives another text."""
    session_key = secrets.token_bytes(_SESSION_KEY_BYTES)
    sealed_key = key.encrypt(session_key, _oaep(label))
    length = len(sealed_key).to_bytes(_LENGTH_BYTES, "big")
    return base64.b64encode(length + sealed_key + AESGCM(session_key).encrypt(_NONCE, value, None)).decode()


def unseal(keys: Sequence[RSAPrivateKey], sealed: str, label: bytes) -> bytes | None:
    """The value; None when no key opens it: sealed for another cluster, name or scope, or not sealed at all."""
    try:
        content = base64.b64decode(sealed, validate=True)
    except binascii.Error:
        return None
    end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
    for key in keys:
        try:
            session_key = key.decrypt(content[_LENGTH_BYTES:end], _oaep(label))
            return AESGCM(session_key).decrypt(_NONCE, content[end:], None)
        except (ValueError, InvalidTag):
            continue
    return None


def _oaep(label: bytes) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label)
