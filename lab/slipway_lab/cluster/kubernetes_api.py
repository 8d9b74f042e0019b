# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small client of the Kubernetes API: JSON in, JSON out, with a client certificate.

The lab runs on few dependencies; the client library of Kubernetes would be its largest, for a dozen calls.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

JsonObject = dict[str, Any]

_MERGE_PATCH = "application/merge-patch+json"
_APPLY_PATCH = "application/apply-patch+yaml"  # JSON is YAML
_FIELD_MANAGER = "slipway-lab"

# Kinds the lab applies: plural, and whether objects live in a namespace.
_KINDS: Mapping[str, tuple[str, bool]] = {
    "ClusterRole": ("clusterroles", False),
    "ClusterRoleBinding": ("clusterrolebindings", False),
    "ConfigMap": ("configmaps", True),
    "Deployment": ("deployments", True),
    "Namespace": ("namespaces", False),
    "Role": ("roles", True),
    "RoleBinding": ("rolebindings", True),
    "Service": ("services", True),
    "ServiceAccount": ("serviceaccounts", True),
    "StorageClass": ("storageclasses", False),
    "ValidatingWebhookConfiguration": ("validatingwebhookconfigurations", False),
}


class KubernetesApiError(Exception):
    """The API answered with an error; status is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class KubernetesUnreachableError(Exception):
    """The API did not answer."""


class KubernetesApi:
    """One cluster's API.

    pki: folder with ca.crt, admin.crt, admin.key
    source_address: local address to come from, where a firewall tells clients apart; "" for any
    """

    def __init__(self, address: str, port: int, pki: Path, source_address: str = "") -> None:
        self._address = address
        self._port = port
        self._source = (source_address, 0) if source_address else None
        self._context = ssl.create_default_context(cafile=pki / "ca.crt")
        self._context.load_cert_chain(pki / "admin.crt", pki / "admin.key")

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        timeout: float = 30.0,
    ) -> JsonObject:
        """One call. KubernetesApiError for an answer of 400 and above, KubernetesUnreachableError for none."""
        connection = self._connection(timeout)
        try:
            target = f"{path}?{urlencode(query)}" if query else path
            payload = None if body is None else json.dumps(body)
            connection.request(method, target, payload, {"Content-Type": content_type, "Accept": "application/json"})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            connection.close()
        try:
            answer = json.loads(content)
        except ValueError:
            answer = {"message": content.decode(errors="replace").strip()}
        if response.status >= 400:
            raise KubernetesApiError(response.status, str(answer.get("message", content[:300])))
        return answer if isinstance(answer, dict) else {}

    def watch(self, path: str, version: str, seconds: int) -> Iterator[JsonObject]:
        """Changes in a list since a version, as they come, for so many seconds. The same errors as of request()."""
        query = urlencode({"watch": "true", "resourceVersion": version, "timeoutSeconds": str(seconds)})
        connection = self._connection(timeout=seconds + 30.0)
        try:
            connection.request("GET", f"{path}?{query}", headers={"Accept": "application/json"})
            response = connection.getresponse()
            if response.status >= 400:
                raise KubernetesApiError(response.status, response.read(300).decode(errors="replace"))
            for line in response:
                change: JsonObject = json.loads(line)
                if change["type"] == "ERROR":
                    raise KubernetesApiError(change["object"].get("code", 500), change["object"].get("message", ""))
                yield change
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            self._address, self._port, timeout=timeout, context=self._context, source_address=self._source
        )

    def _unreachable(self, error: Exception) -> KubernetesUnreachableError:
        return KubernetesUnreachableError(f"https://{self._address}:{self._port}: {error}")

    def is_ready(self) -> bool:
        """Whether /readyz says so: every start-up hook is done."""
        try:
            self.request("GET", "/readyz", timeout=2.0)
        except (KubernetesApiError, KubernetesUnreachableError):
            return False
        return True

    def get(self, path: str) -> JsonObject | None:
        """The object, None when there is none."""
        try:
            return self.request("GET", path)
        except KubernetesApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, path: str, query: Mapping[str, str] | None = None) -> Sequence[JsonObject]:
        items: Sequence[JsonObject] = self.request("GET", path, query=query).get("items", [])
        return items

    def merge_patch(self, path: str, change: object) -> JsonObject:
        return self.request("PATCH", path, change, content_type=_MERGE_PATCH)

    def delete(self, path: str, grace_seconds: int | None = None) -> None:
        """Delete the object; fine when there is none."""
        options = None if grace_seconds is None else {"gracePeriodSeconds": grace_seconds}
        try:
            self.request("DELETE", path, options)
        except KubernetesApiError as error:
            if error.status != 404:
                raise

    def apply(self, manifest: JsonObject) -> None:
        """Server-side apply of one object; fields the lab owns are taken back from others."""
        query = {"fieldManager": _FIELD_MANAGER, "force": "true"}
        self.request("PATCH", _path(manifest), manifest, query=query, content_type=_APPLY_PATCH)


def _path(manifest: JsonObject) -> str:
    group, metadata = manifest["apiVersion"], manifest["metadata"]
    plural, namespaced = _KINDS[manifest["kind"]]
    root = f"/api/{group}" if "/" not in group else f"/apis/{group}"
    space = f"/namespaces/{quote(metadata['namespace'])}" if namespaced else ""
    return f"{root}{space}/{plural}/{quote(metadata['name'])}"
