# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the lab's own endpoints (/_lab/), for tests and for the `lab` command."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

from slipway_lab.api.request_log import LoggedRequest
from slipway_lab.config import LabConfig


class AdminError(Exception):
    """The lab could not be reached or refused; the message says what was tried and why it failed."""


class AdminClient:
    """Talks to the running server of a lab. Every call raises AdminError when it fails."""

    def __init__(self, config: LabConfig, timeout: float = 300.0) -> None:
        """timeout: seconds of one call; stopping and deleting real clusters takes a while."""
        self._config = config
        self._timeout = timeout

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        url = f"{self._config.api_url}/_lab{path}"
        try:
            token = (self._config.home / "admin.token").read_text().strip()
            context = ssl.create_default_context(cafile=str(self._config.ca_file))
        except OSError as error:
            raise AdminError(f"no lab has been started in {self._config.home} ({error.strerror})") from error
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - always https
        # Not through a proxy, whatever the environment says: the lab is on this machine.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(request, timeout=self._timeout) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            raise AdminError(f"{method} {url}: {error.code} {_message(error.read())}") from error
        except OSError as error:
            raise AdminError(f"the lab does not answer at {url}: {getattr(error, 'reason', error)}") from error
        answer: dict[str, Any] = json.loads(content) if content else {}
        return answer

    def status(self) -> dict[str, Any]:
        """home, url, nodes, provision_seconds, clusters, busy (cluster ids), under_way (requests), last_sequence,
        settings, faults."""
        return self._call("GET", "/status")

    def reset(self) -> None:
        """Empty the account; returns when every cluster is gone. The default token, and the log, stay."""
        self._call("POST", "/reset")

    def stop_clusters(self) -> None:
        """End the clusters' processes, keep their data; returns when all have ended."""
        self._call("POST", "/clusters/stop")

    def create_token(self, name: str, scopes: list[str] | None = None) -> str:
        """A new token's secret. scopes: such as kubernetes:read or vpc:*; None: full access."""
        order: dict[str, Any] = {"name": name} | ({} if scopes is None else {"scopes": scopes})
        return str(self._call("POST", "/tokens", order)["token"])

    def revoke_token(self, name: str) -> None:
        self._call("DELETE", f"/tokens/{quote(name, safe='')}")

    def requests(self, since: int = 0) -> list[LoggedRequest]:
        """Requests to the API with a sequence number above this one, oldest first."""
        found = self._call("GET", f"/requests?since={since}")["requests"]
        return [LoggedRequest.model_validate(request) for request in found]

    def last_sequence(self) -> int:
        """Sequence number of the newest request: give it to requests() to see what came after."""
        return int(self.status()["last_sequence"])

    def add_fault(self, kind: str, **order: Any) -> dict[str, Any]:
        """Order a fault; see faults.FaultOrder for what can be said of it."""
        fault: dict[str, Any] = self._call("POST", "/faults", {"kind": kind, **order})["fault"]
        return fault

    def faults(self) -> list[dict[str, Any]]:
        """The ordered faults with how many calls matched (seen) and were hit (hits)."""
        found: list[dict[str, Any]] = self._call("GET", "/faults")["faults"]
        return found

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def note_image(self, registry: str, repository: str, digest: str, **more: Any) -> dict[str, Any]:
        """Put an image into the records of a registry; more: tag, compressed_size_bytes."""
        order = {"repository": repository, "digest": digest, **more}
        manifest: dict[str, Any] = self._call("POST", f"/registries/{registry}/images", order)["manifest"]
        return manifest

    def settings(self, **change: Any) -> dict[str, Any]:
        """Change settings (droplet_limit, hourly_requests, burst_requests, burst_seconds, unique_cluster_names,
        taken_registry_names, taken_domain_names, load_balancer_resize_seconds).

        Forgets all counted requests; returns the settings as they are then.
        """
        settings: dict[str, Any] = self._call("PATCH", "/settings", change)["settings"]
        return settings

    def versions(self) -> list[dict[str, Any]]:
        """All versions: slug, published."""
        found: list[dict[str, Any]] = self._call("GET", "/versions")["versions"]
        return found

    def publish_version(self, slug: str) -> None:
        self._call("PUT", f"/versions/{slug}")

    def retire_version(self, slug: str) -> None:
        self._call("DELETE", f"/versions/{slug}")

    def auto_upgrade(self, cluster_id: str) -> dict[str, Any]:
        """Do what the maintenance window does for a cluster with auto_upgrade; returns version, upgrading."""
        return self._call("POST", f"/clusters/{cluster_id}/auto_upgrade")


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return content[:200].decode(errors="replace")
