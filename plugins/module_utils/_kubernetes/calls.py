# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Single calls of the kubernetes client, for what is started and followed rather than declared."""

from __future__ import annotations

from typing import Any

from .connection import Connection

try:
    import urllib3
    from kubernetes import client as kubernetes_client
    from kubernetes.client.exceptions import ApiException
except ImportError:
    # Connection says so.
    pass

NOT_FOUND = 404


class Calls:
    """The client's APIs of one cluster: core for pods and their logs, custom for objects of definitions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.host = connection.host
        self.core: Any = kubernetes_client.CoreV1Api(connection.api_client)
        self.custom: Any = kubernetes_client.CustomObjectsApi(connection.api_client)

    def call(self, what: str, operation: Any, *arguments: Any, **options: Any) -> Any:
        """The answer of an operation of these APIs, None when there is no such object.

        what: for messages, such as "read Pipeline ci/build"
        Raises ApiError and ConnectionFailedError.
        """
        try:
            return operation(*arguments, **options)
        except ApiException as error:
            if error.status == NOT_FOUND:
                return None
            raise self._connection.refused(what, error) from None
        except urllib3.exceptions.HTTPError as error:
            raise self._connection.unreachable(error) from None
