# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Single calls of the kubernetes client, for what is started and followed rather than declared."""

from __future__ import annotations

import contextlib
from typing import Any

from .connection import Connection, JsonObject, MissingError

with contextlib.suppress(ImportError):
    # Connection says so.
    from kubernetes import client as kubernetes_client


class Calls:
    """The client's APIs of one cluster: core for pods and their logs, custom for objects of definitions.

    what: for messages, such as "read Pipeline ci/build"
    repeatable: a second sending has no second effect
    Every call gives None when there is no such object, and raises what Connection.content does.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.host = connection.host
        self.core: Any = kubernetes_client.CoreV1Api(connection.api_client)
        self.custom: Any = kubernetes_client.CustomObjectsApi(connection.api_client)

    def call(
        self, what: str, operation: Any, *arguments: Any, repeatable: bool = True, **options: Any
    ) -> JsonObject | None:
        """The object of an operation of these APIs."""
        try:
            return self._connection.json(
                what, operation, *arguments, repeatable=repeatable, _preload_content=False, **options
            )
        except MissingError:
            return None

    def content(self, what: str, operation: Any, *arguments: Any, **options: Any) -> bytes | None:
        """What a reading operation of these APIs gives that is no object, such as a log."""
        try:
            return self._connection.content(what, operation, *arguments, _preload_content=False, **options)
        except MissingError:
            return None
