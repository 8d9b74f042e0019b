# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""From the module's options: the key to seal with, and who can tell what is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._errors import InvalidInputError
from .openers import Cluster, Opener, SealingKeys
from .sealing import public_key_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


def public_key(params: Mapping[str, Any]) -> RSAPublicKey:
    """From the certificate that is given, else from the cluster. Raises SlipwayError."""
    if params["certificate"]:
        return public_key_of(params["certificate"].encode(), "certificate")
    if params["certificate_path"]:
        path = Path(params["certificate_path"])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InvalidInputError(f"certificate_path {path} cannot be read: {error.strerror}.") from None
        return public_key_of(content, str(path))
    if params["kubeconfig"]:
        namespace, name = params["controller_namespace"], params["controller_name"]
        certificate = _cluster(params).certificate(namespace, name)
        return public_key_of(certificate, f"{namespace}/{name}")
    raise InvalidInputError(
        "There is nothing to seal with.",
        "Give certificate or certificate_path, or the kubeconfig of a cluster that runs the controller.",
    )


def opener(params: Mapping[str, Any]) -> Opener | None:
    """The sealing keys or the cluster, whichever is given; None when neither is. Raises SlipwayError."""
    if params["sealing_keys_path"]:
        return SealingKeys.read(params["sealing_keys_path"])
    if params["kubeconfig"]:
        return _cluster(params).opener(params["namespace"], params["name"])
    return None


def _cluster(params: Mapping[str, Any]) -> Cluster:
    return Cluster(params["kubeconfig"], params["kubeconfig_context"])
