# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Reach argocd-server through the Kubernetes API: a port-forward inside the module, no ingress, DNS or kubectl."""

from __future__ import annotations

import base64
import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .._errors import ApiError, ConnectionFailedError, InvalidInputError, MissingLibraryError, SlipwayError
from .._kubernetes.calls import Calls
from .._kubernetes.connection import Connection
from .._patience import at_most
from .transport import require_requests

IMPORT_TRACEBACK: str | None
try:
    import requests
    import urllib3
    from kubernetes.client.exceptions import ApiException
    from kubernetes.stream import portforward

    IMPORT_TRACEBACK = None
except ImportError:
    IMPORT_TRACEBACK = traceback.format_exc()

SERVER_SELECTOR = "app.kubernetes.io/name=argocd-server"
SERVER_PORT = 8080
INITIAL_ADMIN_SECRET = "argocd-initial-admin-secret"  # noqa: S105 - the name of a Secret


class Tunnel:
    """The hub's Kubernetes API and the argocd-server pod behind it.

    kubeconfig: path of the file; context: "" for its current one; namespace: where Argo CD runs
    """

    def __init__(self, kubeconfig: str, context: str, namespace: str) -> None:
        if IMPORT_TRACEBACK is not None:
            require_requests()
            raise MissingLibraryError(missing_required_lib("kubernetes"))
        self.namespace = namespace
        self.kubeconfig = kubeconfig
        self._connection = Connection(kubeconfig, context)
        self._calls = Calls(self._connection)
        self._served = False

    @property
    def identity(self) -> str:
        """What tells this server from others in the names of kept sessions."""
        return f"{self._connection.host} {self.namespace}"

    def initial_admin_password(self) -> str:
        """The password that Argo CD made for admin at its first start."""
        read = self._calls.core.read_namespaced_secret
        secret = self._calls.call(f"read secret {INITIAL_ADMIN_SECRET}", read, INITIAL_ADMIN_SECRET, self.namespace)
        if secret is None:
            raise InvalidInputError(
                f"No credentials for Argo CD are given, and secret {self.namespace}/{INITIAL_ADMIN_SECRET} "
                "is gone (as it should be once the password was changed).",
                "Set auth_token, or auth_username and auth_password.",
            )
        return base64.b64decode(secret["data"]["password"]).decode()

    def remove_metadata(self, plural: str, name: str, namespace: str | None, paths: Sequence[str]) -> None:
        """Take labels and annotations (labels.x, annotations.y) from an object of Argo CD, which its API cannot."""
        metadata: dict[str, dict[str, None]] = {}
        for path in paths:
            kind, _dot, key = path.partition(".")
            metadata.setdefault(kind, {})[key] = None
        self.patch_metadata(plural, name, namespace, metadata)

    def patch_metadata(self, plural: str, name: str, namespace: str | None, metadata: Mapping[str, Any]) -> None:
        """Merge into the metadata of an object of Argo CD what its API leaves alone, such as its owners."""
        self._connection.json(
            f"change {plural} {name}", self._calls.custom.patch_namespaced_custom_object,
            "argoproj.io", "v1alpha1", namespace or self.namespace, plural, name, {"metadata": metadata},
            _content_type="application/merge-patch+json", _preload_content=False,
        )  # fmt: skip

    def adapter(self) -> Any:
        """An adapter for requests whose connections go through the tunnel."""
        return _adapter(self)

    def open_socket(self) -> Any:
        """A new connection to argocd-server. Tried once: who sends the call sends it again."""
        with at_most(0.0):
            # Looked for each time: the pod of the connection before may be gone.
            pod = self._find_pod()
        try:
            forward = portforward(
                self._calls.core.connect_get_namespaced_pod_portforward, pod, self.namespace, ports=str(SERVER_PORT)
            )
        except ApiException as error:
            raise self._not_opened(pod, error) from None
        self._served = True
        return forward.socket(SERVER_PORT)

    def _find_pod(self) -> str:
        what = f"list the pods of namespace {self.namespace}"
        found = self._calls.call(
            what, self._calls.core.list_namespaced_pod, self.namespace, label_selector=SERVER_SELECTOR
        )
        pods: list[Any] = (found or {}).get("items") or []
        for pod in pods:
            conditions = {item["type"]: item["status"] for item in pod.get("status", {}).get("conditions") or []}
            if conditions.get("Ready") == "True" and not pod["metadata"].get("deletionTimestamp"):
                return str(pod["metadata"]["name"])
        states = ", ".join(f"{pod['metadata']['name']} {pod.get('status', {}).get('phase')}" for pod in pods)
        raise ConnectionFailedError(
            f"No pod of argocd-server is ready in namespace {self.namespace}: {states or 'there is none'}.",
            "Check argocd_namespace, and that Argo CD is installed and running there.",
            # One that is being replaced will be. Where there is none and never was, Argo CD is not there.
            passing=bool(pods) or self._served,
        )

    def _not_opened(self, pod: str, error: Any) -> SlipwayError:
        """The error for a port-forward that was refused. The client tells the status in its words only."""
        status = int(error.status or 0) or int((re.search(r"[Ss]tatus (\d{3})", str(error.reason)) or [0, 0])[1])
        message = f"The Kubernetes API at {self._connection.host} opened no port-forward to pod {pod} of argocd-server"
        if status in {401, 403}:
            return ApiError(
                f"{message} (HTTP {status}).",
                f"Check the rights (create pods/portforward) and the age of the credentials in {self.kubeconfig}.",
                status=status,
            )
        words = " ".join(str(error.reason or error).split())[:200]
        return ConnectionFailedError(f"{message}: {words}.", "Run again when it answers.")


def _adapter(tunnel: Tunnel) -> Any:
    class TunnelHTTPConnection(urllib3.connection.HTTPConnection):  # type: ignore[misc,unused-ignore]
        def _new_conn(self) -> Any:
            return tunnel.open_socket()

    class TunnelHTTPSConnection(urllib3.connection.HTTPSConnection):  # type: ignore[misc,unused-ignore]
        def _new_conn(self) -> Any:
            return tunnel.open_socket()

    class TunnelHTTPPool(urllib3.HTTPConnectionPool):  # type: ignore[misc,unused-ignore]
        ConnectionCls = TunnelHTTPConnection

    class TunnelHTTPSPool(urllib3.HTTPSConnectionPool):  # type: ignore[misc,unused-ignore]
        ConnectionCls = TunnelHTTPSConnection

    class TunnelAdapter(requests.adapters.HTTPAdapter):  # type: ignore[misc,unused-ignore]
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, **options)
            self.poolmanager.pool_classes_by_scheme = {"http": TunnelHTTPPool, "https": TunnelHTTPSPool}

    return TunnelAdapter()
