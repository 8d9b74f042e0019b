# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A registry credential as Docker's config.json: built from the API's answer, read back, judged. Pure.

The API says neither what a credential may do nor until when it is valid, so the file says it itself, under a key that
Docker, Kubernetes, BuildKit and kaniko do not look at.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._errors import UnreadableAnswerError
from .._reconcile import JsonObject
from .kubeconfig import format_time, parse_time

EXTENSION = "slipway.gitops"
READ_ONLY, READ_WRITE = "read_only", "read_write"
# How the two are named in sentences.
IN_WORDS = {READ_ONLY: "read-only (pull)", READ_WRITE: "read-write (pull and push)"}


@dataclass(frozen=True)
class DockerConfig:
    """A credential and what is known of it. auths: as the API gave them; the first one is the registry's."""

    registry: str
    access: str
    expires_at: datetime
    auths: JsonObject

    @property
    def server(self) -> str:
        return next(iter(self.auths))

    @property
    def login(self) -> tuple[str, str]:
        """User name and password."""
        return login_of(self.auths[self.server])

    @property
    def secret_content(self) -> str:
        """What a Secret of type kubernetes.io/dockerconfigjson holds: the credential and nothing else."""
        return json.dumps({"auths": self.auths}, sort_keys=True)

    @property
    def text(self) -> str:
        """The file."""
        facts = {
            "registry": self.registry,
            "access": self.access,
            "expires_at": format_time(self.expires_at),
        }
        return json.dumps({"auths": self.auths, EXTENSION: facts}, indent=2) + "\n"


def login_of(entry: Mapping[str, Any]) -> tuple[str, str]:
    """User name and password of an entry of auths. Raises KeyError, TypeError or ValueError when it holds none."""
    user, _colon, secret = base64.b64decode(entry["auth"]).decode().partition(":")
    return user, secret


def build(registry: str, access: str, expires_at: datetime, answer: Any) -> DockerConfig:
    """From the API's answer. Raises UnreadableAnswerError when there is no login in it."""
    config = _checked(registry, access, expires_at, answer)
    if config is None:
        raise UnreadableAnswerError(
            f"The credentials of container registry {registry!r} came without a user name and a password.", "Run again."
        )
    return config


def read(text: str) -> DockerConfig | None:
    """From a file, None when it was not written here or lacks what makes it work."""
    try:
        document = json.loads(text)
        facts = document[EXTENSION]
        expires_at = parse_time(facts["expires_at"])
        if expires_at is None:
            return None
        return _checked(str(facts["registry"]), str(facts["access"]), expires_at, document)
    except (ValueError, KeyError, TypeError):
        return None


def _checked(registry: str, access: str, expires_at: datetime, document: Any) -> DockerConfig | None:
    try:
        config = DockerConfig(registry, access, expires_at, dict(document["auths"]))
        user, secret = config.login
    except (ValueError, KeyError, TypeError, StopIteration):
        return None
    return config if user and secret else None


def reason_to_renew(config: DockerConfig | None, wanted: Mapping[str, Any], now: datetime, renew_before: float) -> str:
    """Why a new credential is needed, "" when the one that is there is good for longer than renew_before seconds."""
    if config is None:
        return "there is none"
    if config.registry != wanted["name"]:
        return f"it is for container registry {config.registry}"
    if config.access != wanted["access"]:
        return f"it is {IN_WORDS.get(config.access, config.access)}"
    if (config.expires_at - now).total_seconds() <= renew_before:
        return "it has expired" if config.expires_at <= now else "it expires soon"
    return ""
