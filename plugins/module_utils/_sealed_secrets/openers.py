# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Who can tell what is in a sealed value: the sealing keys, or the cluster where it was opened."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ansible.module_utils.basic import missing_required_lib

from .._errors import InvalidInputError, MissingLibraryError
from .._kubernetes.calls import Calls
from .._kubernetes.connection import Connection
from .sealing import private_key_of, unseal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

try:
    import yaml

    HAS_YAML = True
except ImportError:
    HAS_YAML = False


class Unopened(Enum):
    """Why a sealed value could not be compared, in words that follow the key's name."""

    WRONG_KEY = "was sealed for another cluster, name or scope"
    NOT_APPLIED = "is not in the cluster in this sealing, so nobody can tell what is in it"
    REFUSED = "cannot be opened by the cluster's controller"


class Opener(Protocol):
    def open(self, key: str, sealed: str, label: bytes) -> bytes | Unopened:
        """The value behind a key's sealed text, or why there is none."""


@dataclass(frozen=True)
class SealingKeys:
    """Private keys of a controller, from a backup of its Secrets (sealedsecrets.bitnami.com/sealed-secrets-key)."""

    keys: Sequence[RSAPrivateKey]

    @classmethod
    def read(cls, path: str) -> SealingKeys:
        """Raises InvalidInputError when the file holds no sealing key."""
        if not HAS_YAML:
            raise MissingLibraryError(missing_required_lib("PyYAML"))
        try:
            documents = list(yaml.safe_load_all(Path(path).read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InvalidInputError(f"sealing_keys_path {path} cannot be read: {error}.") from None
        found = []
        for document in documents:
            items = (document.get("items") or [document]) if isinstance(document, dict) else []
            for item in items:
                text = (item.get("data") or {}).get("tls.key") if isinstance(item, dict) else None
                if text:
                    found.append(private_key_of(base64.b64decode(text), path))
        if not found:
            raise InvalidInputError(
                f"sealing_keys_path {path} holds no Secret with a tls.key.",
                "Give a backup of the controller's sealing keys.",
            )
        return cls(found)

    def open(self, key: str, sealed: str, label: bytes) -> bytes | Unopened:  # noqa: ARG002 - one opens by label
        value = unseal(self.keys, sealed, label)
        return Unopened.WRONG_KEY if value is None else value


class Cluster:
    """A cluster that runs the controller.

    Raises InvalidInputError for a kubeconfig that cannot be used, and from every call what Connection.content does.
    """

    def __init__(self, kubeconfig: str, context: str | None) -> None:
        self._calls = Calls(Connection(kubeconfig, context or ""))

    def certificate(self, namespace: str, service: str) -> bytes:
        """What the controller seals with now, in PEM."""
        where = f"{namespace}/{service}"
        read = self._calls.core.read_namespaced_service
        found = self._calls.call(f"read service {where}", read, service, namespace)
        if found is None:
            raise InvalidInputError(
                f"{self._calls.host} has no service {where}.",
                "Name the controller's service in controller_namespace and controller_name, or give a certificate.",
            )
        # The API server finds a port that has a name by that only.
        ports: list[Any] = (found.get("spec") or {}).get("ports") or [{}]
        certificate = self._calls.content(
            f"get the certificate of {where}",
            self._calls.core.connect_get_namespaced_service_proxy_with_path,
            f"http:{service}:{ports[0].get('name') or ''}",
            namespace,
            "v1/cert.pem",
        )
        if certificate is None:
            raise InvalidInputError(
                f"Service {where} of {self._calls.host} has no certificate at /v1/cert.pem, so it is not the "
                "controller's.",
                "Name the controller's service in controller_namespace and controller_name, or give a certificate.",
            )
        return certificate

    def opener(self, namespace: str, name: str) -> OpenedInCluster:
        """What the cluster has of one SealedSecret."""
        sealed = self._calls.call(
            f"read SealedSecret {namespace}/{name}",
            self._calls.custom.get_namespaced_custom_object,
            "bitnami.com",
            "v1alpha1",
            namespace,
            "sealedsecrets",
            name,
        )
        read = self._calls.core.read_namespaced_secret
        secret = self._calls.call(f"read Secret {namespace}/{name}", read, name, namespace)
        return OpenedInCluster(sealed or {}, dict(secret.get("data") or {}) if secret else {})


@dataclass(frozen=True)
class OpenedInCluster:
    """A SealedSecret of a cluster, and the Secret its controller made of it (values in base64)."""

    sealed_secret: Mapping[str, Any]
    secret: Mapping[str, str]

    def open(self, key: str, sealed: str, label: bytes) -> bytes | Unopened:  # noqa: ARG002 - one opens by key
        spec = self.sealed_secret.get("spec") or {}
        if (spec.get("encryptedData") or {}).get(key) != sealed:
            return Unopened.NOT_APPLIED
        if not self._is_synced() or key not in self.secret:
            return Unopened.REFUSED
        return base64.b64decode(self.secret[key])

    def _is_synced(self) -> bool:
        status = self.sealed_secret.get("status") or {}
        current = status.get("observedGeneration") == self.sealed_secret["metadata"].get("generation")
        conditions = {item.get("type"): item.get("status") for item in status.get("conditions") or []}
        return current and conditions.get("Synced") == "True"
