# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Reach argocd-server through the Kubernetes API: a port-forward inside the module, no ingress, DNS or kubectl."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Sequence
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .._errors import ConnectionFailedError, InvalidInputError, MissingLibraryError
from .._kubernetes.connection import Connection
from .transport import require_requests

IMPORT_TRACEBACK: str | None
try:
    import requests
    import urllib3
    from kubernetes import client as kubernetes_client
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
        self.api_client = Connection(kubeconfig, context).api_client
        self.core: Any = kubernetes_client.CoreV1Api(self.api_client)
        self._pod = ""
        self._port = SERVER_PORT

    @property
    def identity(self) -> str:
        """What tells this server from others in the names of kept sessions."""
        return f"{self.api_client.configuration.host} {self.namespace}"

    def initial_admin_password(self) -> str:
        """The password that Argo CD made for admin at its first start."""
        try:
            secret = self.core.read_namespaced_secret(INITIAL_ADMIN_SECRET, self.namespace)
        except ApiException as error:
            if error.status == 404:
                raise InvalidInputError(
                    f"No credentials for Argo CD are given, and secret {self.namespace}/{INITIAL_ADMIN_SECRET} "
                    "is gone (as it should be once the password was changed).",
                    "Set auth_token, or auth_username and auth_password.",
                ) from None
            raise self._failed(f"read secret {INITIAL_ADMIN_SECRET}", error) from None
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from None
        return base64.b64decode(secret.data["password"]).decode()

    def remove_metadata(self, plural: str, name: str, namespace: str | None, paths: Sequence[str]) -> None:
        """Take labels and annotations (labels.x, annotations.y) from an object of Argo CD, which its API cannot."""
        metadata: dict[str, dict[str, None]] = {}
        for path in paths:
            kind, _, key = path.partition(".")
            metadata.setdefault(kind, {})[key] = None
        api: Any = kubernetes_client.CustomObjectsApi(self.api_client)
        try:
            api.patch_namespaced_custom_object(
                "argoproj.io", "v1alpha1", namespace or self.namespace, plural, name, {"metadata": metadata},
                _content_type="application/merge-patch+json",
            )  # fmt: skip
        except ApiException as error:
            raise self._failed(f"change {plural} {name}", error) from None
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from None

    def adapter(self) -> Any:
        """An adapter for requests whose connections go through the tunnel."""
        return _adapter(self)

    def open_socket(self) -> Any:
        """A new connection to argocd-server."""
        self._pod = self._pod or self._find_pod()
        try:
            forward = portforward(
                self.core.connect_get_namespaced_pod_portforward, self._pod, self.namespace, ports=str(self._port)
            )
        except ApiException as error:
            self._pod = ""
            raise self._failed("open a port-forward to argocd-server", error) from None
        return forward.socket(self._port)

    def _find_pod(self) -> str:
        try:
            pods = self.core.list_namespaced_pod(self.namespace, label_selector=SERVER_SELECTOR).items
        except ApiException as error:
            raise self._failed(f"list the pods of namespace {self.namespace}", error) from None
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from None
        for pod in pods:
            conditions = {item.type: item.status for item in pod.status.conditions or []}
            if conditions.get("Ready") == "True" and pod.metadata.deletion_timestamp is None:
                return str(pod.metadata.name)
        states = ", ".join(f"{pod.metadata.name} {pod.status.phase}" for pod in pods) or "there is none"
        raise ConnectionFailedError(
            f"No pod of argocd-server is ready in namespace {self.namespace}: {states}.",
            "Check argocd_namespace, and that Argo CD is installed and running there.",
        )

    def _failed(self, what: str, error: Any) -> ConnectionFailedError:
        return ConnectionFailedError(
            f"The Kubernetes API at {self.api_client.configuration.host} refused to {what}: "
            f"{error.reason or 'no reason given'} (HTTP {error.status}).",
            f"Check the rights and the age of the credentials in {self.kubeconfig}.",
        )

    def _unreachable(self, error: Exception) -> ConnectionFailedError:
        reason = getattr(error, "reason", None) or error
        words = str(reason).split(">: ", 1)[-1]
        return ConnectionFailedError(
            f"The Kubernetes API at {self.api_client.configuration.host} cannot be reached: {words}.",
            f"Check that the cluster of {self.kubeconfig} runs.",
        )


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
