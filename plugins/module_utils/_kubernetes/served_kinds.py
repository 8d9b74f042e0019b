# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Which kinds a cluster's API serves, asked for one version of a group at a time.

The client's own discovery takes a 503 for a group without kinds, keeps that in a file, and says then that there is no
such kind: what is there would pass for absent.
"""

from __future__ import annotations

import json
from typing import Any

from .connection import TIMEOUTS

try:
    from kubernetes.dynamic.exceptions import ResourceNotFoundError
    from kubernetes.dynamic.resource import Resource
except ImportError:
    # Connection says so.
    pass


class ServedKinds:
    """A discoverer for the client's DynamicClient."""

    def __init__(self, client: Any, _cache_file: object = None) -> None:
        self._client = client
        self._served: dict[str, list[dict[str, Any]]] = {}

    def get(self, *, api_version: str, kind: str) -> Any:
        """Where objects of this kind are. Raises ResourceNotFoundError, NotFoundError for a version that is not served,
        and whatever the API has to say."""
        # A definition may have been made since the list was read.
        for known in (True, False):
            for item in self._list(api_version, known=known):
                if item.get("kind") == kind and "/" not in item["name"]:
                    group, _slash, version = api_version.rpartition("/")
                    return _resource(
                        prefix="apis" if group else "api", group=group, api_version=version, kind=kind,
                        namespaced=item.get("namespaced"), verbs=item.get("verbs"), name=item["name"],
                        client=self._client,
                    )  # fmt: skip
        raise ResourceNotFoundError(f"{api_version} has no kind {kind}")

    def _list(self, api_version: str, *, known: bool) -> list[dict[str, Any]]:
        if not known or api_version not in self._served:
            path = f"{'apis' if '/' in api_version else 'api'}/{api_version}"
            answer = self._client.request("get", path, serialize=False, _request_timeout=TIMEOUTS)
            self._served[api_version] = json.loads(answer.data)["resources"]
        return self._served[api_version]


def _resource(**values: Any) -> Any:
    make: Any = Resource
    return make(**values)
