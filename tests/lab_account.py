# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account of the lab, and modules of the collection run against it."""

from __future__ import annotations

from typing import Any

from lab_server import LabServer
from module_runner import run_module


class Account:
    """An account of the lab, and modules run against it."""

    def __init__(self, server: LabServer) -> None:
        self.server = server
        self.token = server.token

    def empty(self) -> None:
        """No object and no fault, but a region that was used before: its first VPC becomes its default for good."""
        self.server.admin.clear_faults()
        self.server.admin.reset()
        self.server.admin.settings(burst_requests=1_000_000, hourly_requests=1_000_000, droplet_limit=100)
        self.api("POST", "/v2/vpcs", json={"name": "default-ams3", "region": "ams3"})

    def run(self, module_name: str, /, **args: Any) -> dict[str, Any]:
        """Run a module; its token must not be in the result."""
        connection = {"token": self.token, "api_url": self.server.url, "ca_cert": self.server.ca_cert, "api_timeout": 5}
        result = run_module(module_name, **{**connection, **args})
        assert self.token not in repr(result)
        return result

    def api(self, method: str, path: str, **more: Any) -> Any:
        """Ask the API without any of the collection's code."""
        with self.server.client() as client:
            response = client.request(method, path, **more)
            response.raise_for_status()
            return response.json() if response.content else None

    def cluster(self, name: str) -> dict[str, Any] | None:
        """The cluster of this name; two of them fail the test."""
        clusters = self.api("GET", "/v2/kubernetes/clusters?per_page=200")["kubernetes_clusters"]
        found: list[dict[str, Any]] = [item for item in clusters if item["name"] == name]
        assert len(found) <= 1, f"{name} is there {len(found)} times"
        return found[0] if found else None

    def vpcs(self, name: str) -> list[dict[str, Any]]:
        return [vpc for vpc in self.api("GET", "/v2/vpcs?per_page=200")["vpcs"] if vpc["name"] == name]

    def mark(self) -> int:
        return self.server.admin.last_sequence()

    def calls(self, since: int) -> list[str]:
        """Method and path of what came since the mark, without what mark itself asked."""
        return [f"{item.method} {item.path}" for item in self.server.admin.requests(since)]

    def writes(self, since: int) -> list[str]:
        return [call for call in self.calls(since) if not call.startswith("GET ")]


def same_story(checked: dict[str, Any], real: dict[str, Any]) -> bool:
    return all(checked[key] == real[key] for key in ("changed", "changes", "diff"))


def unchanged(account: Account, module: str, **args: Any) -> None:
    """Neither a change nor a writing call, and few calls at all."""
    mark = account.mark()
    result = account.run(module, **args)
    assert not result["failed"], result["msg"]
    assert result["changed"] is False, result["changes"]
    assert account.writes(mark) == []
    assert len(account.calls(mark)) <= 3
