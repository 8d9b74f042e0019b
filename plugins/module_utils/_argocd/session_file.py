# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Session tokens kept between tasks, so that a play logs in once: Argo CD throttles logins.

A file per server and account below a folder that only its owner can read. It holds the token, when it ends, and a
salted scrypt hash of the password, so that a task with another password does not get the session.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from .._errors import InvalidInputError
from .._jwt import claims_of

# A session that ends sooner than this is not used any more: a long wait must not outlive it.
MARGIN_SECONDS = 900


def token_expiry(token: str) -> float | None:
    """When a JWT ends, in epoch seconds; None when it says nothing. The signature is the server's business."""
    try:
        return float(claims_of(token)["exp"])
    except (KeyError, TypeError, ValueError):
        return None


class SessionFile:
    """The kept session of one account on one server."""

    def __init__(self, directory: Path, server: str, username: str, password: str) -> None:
        self.directory = directory
        name = hashlib.sha256(f"{server}\n{username}".encode()).hexdigest()[:32]
        self.path = directory / f"{name}.json"
        self.password = password

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the file against tasks of other hosts, so that only one of them logs in.

        Raises InvalidInputError when the folder cannot be used.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.directory.stat().st_mode & 0o077:
                raise InvalidInputError(
                    f"session_dir {self.directory} can be read by others.", "Make it mode 0700, or name another folder."
                )
            descriptor = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise InvalidInputError(
                f"session_dir {self.directory} cannot be used: {error.strerror}.", "Name a folder that can be written."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> str:
        """The kept token, "" when there is none that can be used."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            token, salt, proof = str(kept["token"]), bytes.fromhex(kept["salt"]), bytes.fromhex(kept["proof"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        expiry = token_expiry(token)
        if expiry is not None and expiry - MARGIN_SECONDS < time.time():
            return ""
        return token if hmac.compare_digest(proof, self._proof(salt)) else ""

    def write(self, token: str) -> None:
        """Keep a token."""
        salt = os.urandom(16)
        content = {"token": token, "salt": salt.hex(), "proof": self._proof(salt).hex()}
        temporary = self.path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        temporary.replace(self.path)

    def _proof(self, salt: bytes) -> bytes:
        return hashlib.scrypt(self.password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
