# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Ask a cluster who its declared credentials are, before Argo CD gets them.

Argo CD only reads /version, which Kubernetes answers to everyone: blank and revoked credentials look fine there.
"""

from __future__ import annotations

import base64
import contextlib
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import _secrets
from .._errors import ConnectionFailedError, InvalidInputError, status_passes
from .._reconcile import JsonObject
from .options import snake_case
from .transport import TlsError, Transport

_REVIEW = ("apis", "authentication.k8s.io", "v1", "selfsubjectreviews")
ANONYMOUS = "system:anonymous"


def identity(server: str, config: JsonObject, timeout: float) -> str:
    """The user name that the cluster gives the credentials of a cluster configuration in the API's form.

    Raises InvalidInputError when the cluster does not know them, ConnectionFailedError when it cannot be asked.
    """
    with (
        tempfile.TemporaryDirectory(prefix="slipway-") as directory,
        _transport(server, config, timeout, Path(directory)) as transport,
    ):
        body: JsonObject = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        token = _secrets.token(config.get("bearerToken"), f"The token for cluster {server}", "config.bearer_token")
        answer = transport.send("POST", _REVIEW, token=token, body=body, repeatable=True)
    # A refusal is an object whose status is a text.
    status: Any = answer.body.get("status") if answer.ok else None
    name = str(((status or {}).get("userInfo") or {}).get("username", ""))
    if answer.status in {401, 403} or name == ANONYMOUS:
        raise InvalidInputError(
            f"Cluster {server} does not accept the credentials in config: {answer.error or 'they are anonymous'}.",
            "Give a token of a service account of that cluster that is valid, and its CA.",
        )
    if not answer.ok:
        raise ConnectionFailedError(
            f"Cluster {server} did not say whom the credentials in config belong to: {answer.error} "
            f"(HTTP {answer.status}).",
            "Set verify_credentials to false to leave this check out.",
            passing=status_passes(answer.status),
        )
    return name


@contextlib.contextmanager
def _transport(server: str, config: JsonObject, timeout: float, directory: Path) -> Iterator[Transport]:
    tls = config.get("tlsClientConfig") or {}
    verify: str | bool = not tls.get("insecure", False)
    if not verify:
        warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    if tls.get("caData"):
        ca_file = directory / "ca.crt"
        ca_file.write_bytes(_secrets.ca_data(_decoded(tls, "caData"), "config.tls_client_config.ca_data"))
        verify = str(ca_file)
    transport = Transport(
        server,
        verify=verify,
        timeout=timeout,
        prefix="",
        peer="The cluster",
        unreachable="Check server. If only Argo CD can reach it, set verify_credentials to false.",
    )
    if config.get("username"):
        basic = base64.b64encode(f"{config['username']}:{config.get('password', '')}".encode()).decode()
        transport.http.headers["Authorization"] = f"Basic {basic}"
    if tls.get("certData") and tls.get("keyData"):
        (directory / "client.crt").write_bytes(_decoded(tls, "certData"))
        (directory / "client.key").touch(mode=0o600)
        (directory / "client.key").write_bytes(_decoded(tls, "keyData"))
        transport.http.cert = _secrets.client_certificate(
            directory / "client.crt", directory / "client.key", "config.tls_client_config"
        )
    try:
        yield transport
    except TlsError as error:
        raise ConnectionFailedError(
            error.message, "Give the cluster's CA in config.tls_client_config.ca_data.", passing=False
        ) from None
    finally:
        transport.close()


def _decoded(tls: JsonObject, field: str) -> bytes:
    """A field of TLS data, which Argo CD takes in base64. Raises InvalidInputError for what is none."""
    try:
        return base64.b64decode(tls[field], validate=True)
    except ValueError:
        raise InvalidInputError(
            f"config.tls_client_config.{snake_case(field)} is not in base64.", "Give the PEM through b64encode."
        ) from None


def can_be_asked(config: JsonObject) -> bool:
    """Whether the credentials can be tried from here: not those that a program in Argo CD's pods makes."""
    return not config.get("execProviderConfig") and not config.get("awsAuthConfig") and not config.get("proxyUrl")
