# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_cluster believes nothing that Argo CD may say of other credentials than those it was given.

The script plays what Argo CD 3.5.7 shows when its controller is slow; docs/argocd-api.md, stale-connection.
"""

from __future__ import annotations

from typing import Any

import pytest
from scripted_api import TOKEN, ModuleRun, ScriptedApi

SERVER = "https://10.1.2.3"
PATH = "/api/v1/clusters/https%3A%2F%2F10.1.2.3"
CONFIG = {"bearer_token": "a-new-token", "tls_client_config": {"insecure": True}}


def at(second: int) -> str:
    return f"2026-01-01T00:{second // 60:02d}:{second % 60:02d}Z"


def entry(status: str, told_at: int, synced_at: int | None = None, message: str = "") -> dict[str, Any]:
    """The list of clusters, with one entry in this state."""
    state = {"status": status, "message": message, "attemptedAt": at(told_at)}
    info: dict[str, Any] = {"connectionState": state}
    if synced_at is not None:
        info["cacheInfo"] = {"lastCacheSyncTime": at(synced_at)}
    config = {"tlsClientConfig": {"insecure": True}}
    return {"items": [{"server": SERVER, "name": "dev", "config": config, "info": info}]}


VERSION_ONLY = entry("Successful", 10)
OLD = entry("Successful", 9, synced_at=2)


class Script:
    """Argo CD: what it shows before the write, and at every look after it."""

    def __init__(self, api: ScriptedApi) -> None:
        self.api = api

    def write(self, before: dict[str, Any]) -> Script:
        self.api.expect("GET", "/api/v1/clusters", before)
        if before["items"]:
            self.api.expect("PUT", PATH, {"server": SERVER})
        else:
            self.api.expect("POST", "/api/v1/clusters", {"server": SERVER}, status=200)
        return self

    def refresh(self, second: int) -> Script:
        answer = {"server": SERVER, "refreshRequestedAt": at(second)}
        self.api.expect("POST", f"{PATH}/invalidate-cache", answer, status=200)
        return self

    def look(self, *answers: dict[str, Any]) -> Script:
        for answer in answers:
            self.api.expect("GET", "/api/v1/clusters", answer)
        return self


@pytest.fixture
def script(api: ScriptedApi) -> Script:
    return Script(api)


@pytest.fixture
def register(run: ModuleRun, api: ScriptedApi) -> ModuleRun:
    def registered(**options: Any) -> dict[str, Any]:
        return run(
            "argocd_cluster", token=None, api_url=None, server_url=api.url, auth_token=TOKEN, name="dev", server=SERVER,
            config=CONFIG, verify_credentials=False, **options,
        )  # fmt: skip

    return registered


def test_new_cluster_is_believed_at_its_first_sync(script: Script, register: ModuleRun) -> None:
    done = entry("Successful", 20, synced_at=11)
    script.write({"items": []}).look(VERSION_ONLY, entry("Unknown", 15), done, done)
    assert register()["cluster"]["info"]["connectionState"]["attemptedAt"] == at(20)


def test_cluster_without_applications_is_not_waited_for(script: Script, register: ModuleRun) -> None:
    idle = entry("Unknown", 12, message="Cluster has no applications and is not being monitored.")
    script.write(OLD).refresh(12).look(VERSION_ONLY, idle, idle)
    assert not register()["failed"]


def test_other_credentials_are_believed_at_the_second_sync(
    script: Script, register: ModuleRun, slept: list[float]
) -> None:
    """The controller tells of the old sync after the write; then of one that had begun; then of a new one."""
    script.write(OLD).refresh(12).look(VERSION_ONLY, entry("Successful", 13, synced_at=2))
    script.look(entry("Successful", 23, synced_at=14)).refresh(25)
    done = entry("Successful", 33, synced_at=26)
    script.look(entry("Successful", 23, synced_at=14), done, done)
    assert register()["cluster"]["info"]["cacheInfo"]["lastCacheSyncTime"] == at(26)
    # Each request is in a later second than the write, and than the sync seen before it.
    assert slept[0] > 1 and len([pause for pause in slept if pause == slept[0]]) == 2


def test_sync_that_began_with_the_old_ones_does_not_hide_the_failure(script: Script, register: ModuleRun) -> None:
    script.write(OLD).refresh(12).look(entry("Successful", 19, synced_at=15)).refresh(21)
    refused = "failed to sync cluster: pods is forbidden"
    script.look(entry("Failed", 29, message=refused), entry("Failed", 39, message=refused))
    result = register()
    assert result["failed"] and result["changed"] and "cannot use cluster dev" in result["msg"]
    assert refused in result["msg"] and "The entry was written" in result["msg"]


def test_failure_of_the_old_ones_is_not_that_of_the_new(script: Script, register: ModuleRun) -> None:
    stale = entry("Failed", 13, message="the server has asked for the client to provide credentials")
    script.write(stale).refresh(12).look(stale, stale, entry("Successful", 23, synced_at=14)).refresh(25)
    done = entry("Successful", 33, synced_at=26)
    script.look(done, done)
    assert not register()["failed"]


def test_failure_of_a_new_cluster_is_believed_at_once(script: Script, register: ModuleRun) -> None:
    script.write({"items": []}).look(entry("Failed", 13, message="i/o timeout"))
    assert "i/o timeout" in register()["msg"]


def test_controller_that_says_nothing_new(script: Script, register: ModuleRun) -> None:
    script.write(OLD).refresh(12).look(*[OLD] * 7)
    result = register(wait_timeout=10)
    assert "Waited 10 s for Argo CD to use the credentials of cluster dev" in result["msg"]
    assert "may be from before it used them" in result["msg"]
