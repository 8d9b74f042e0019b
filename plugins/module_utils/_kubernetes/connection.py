# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A cluster's API by its kubeconfig, and the words for what goes wrong with it."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .._errors import ApiError, ConnectionFailedError, InvalidInputError, MissingLibraryError

try:
    from kubernetes import config as kubernetes_config
    from kubernetes.config.config_exception import ConfigException

    HAS_KUBERNETES = True
except ImportError:
    HAS_KUBERNETES = False


class Connection:
    """Raises InvalidInputError for a kubeconfig that cannot be used, MissingLibraryError without the client.

    kubeconfig: path of the file; context: "" for its current one
    api_client: the kubernetes client's ApiClient; host: URL of the API
    """

    def __init__(self, kubeconfig: str, context: str = "") -> None:
        if not HAS_KUBERNETES:
            raise MissingLibraryError(missing_required_lib("kubernetes"))
        self.kubeconfig = kubeconfig
        config: Any = kubernetes_config
        try:
            self.api_client: Any = config.new_client_from_config(kubeconfig, context=context or None)
        except (ConfigException, OSError) as error:
            raise InvalidInputError(f"kubeconfig {kubeconfig} cannot be used: {error}.") from error
        self.host = str(self.api_client.configuration.host)

    def refused(self, what: str, error: Any) -> ApiError:
        """The error for a call that the API refused. error: ApiException; what: such as "read Secret a/b"."""
        rights = f"Check the rights and the age of the credentials in {self.kubeconfig}."
        return ApiError(
            f"The Kubernetes API at {self.host} refused to {what}: {reason_of(error)} (HTTP {error.status}).",
            rights if error.status in (401, 403) else "",
            status=int(error.status or 0),
        )

    def unreachable(self, error: Exception) -> ConnectionFailedError:
        """The error for a call that did not get there. error: urllib3's HTTPError."""
        words = str(getattr(error, "reason", None) or error).split(">: ", 1)[-1]
        return ConnectionFailedError(
            f"The Kubernetes API at {self.host} cannot be reached: {words}.",
            f"Check that the cluster of {self.kubeconfig} runs.",
        )


def reason_of(error: Any) -> str:
    """What the API says about a refusal, which is in the answer's body as an object of kind Status."""
    try:
        return str(json.loads(error.body)["message"]).rstrip(".")
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(getattr(error, "reason", None) or error)
