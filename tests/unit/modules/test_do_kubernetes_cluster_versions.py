# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_kubernetes_cluster and the version of a cluster that exists, against a scripted API."""

from __future__ import annotations

import pytest
from do_objects import CLUSTER, MODULE, OPTIONS, cluster, listed, shown
from scripted_api import RESET, ModuleRun, ScriptedApi


@pytest.mark.parametrize("version", ["1.36", "1.36.3", "1.36.3-do.0"])
def test_a_version_is_satisfied(api: ScriptedApi, run: ModuleRun, version: str) -> None:
    listed(api, cluster())
    assert run(MODULE, name="dev", version=version)["changed"] is False


def test_latest_looks_at_what_is_on_offer(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(version="1.36.3-do.1"))
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    assert run(MODULE, name="dev", version="latest")["changed"] is False


@pytest.mark.parametrize("version", ["1.35", "1.34.9-do.0"])
def test_a_downgrade_is_refused(api: ScriptedApi, run: ModuleRun, version: str) -> None:
    listed(api, cluster())
    result = run(MODULE, name="dev", version=version)
    assert result["failed"]
    assert "cannot be downgraded" in result["msg"]


def upgrades(api: ScriptedApi, *slugs: str) -> None:
    offered = [{"slug": slug, "kubernetes_version": slug.split("-")[0]} for slug in slugs]
    api.expect("GET", f"{CLUSTER}/upgrades", {"available_upgrade_versions": offered})


def test_an_upgrade_goes_minor_by_minor(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(version="1.34.9-do.0"))
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    upgrades(api, "1.35.6-do.0")
    upgrades(api, "1.35.6-do.0")
    api.expect("POST", f"{CLUSTER}/upgrade", request={"version": "1.35.6-do.0"}, status=202)
    shown(api, cluster(version="1.34.9-do.0"))  # accepted, not begun
    shown(api, cluster(version="1.34.9-do.0", state="upgrading"))
    shown(api, cluster(version="1.35.6-do.0"))
    upgrades(api, "1.36.3-do.1", "1.36.3-do.0")
    api.expect("POST", f"{CLUSTER}/upgrade", request={"version": "1.36.3-do.1"}, status=202)
    shown(api, cluster(version="1.36.3-do.1"))
    result = run(MODULE, name="dev", version="1.36")
    assert result["changes"] == ["upgrade cluster dev from Kubernetes 1.34.9-do.0 to 1.36.3-do.1"]
    assert result["diff"] == {"before": {"version": "1.34.9-do.0"}, "after": {"version": "1.36.3-do.1"}}


def test_check_mode_foretells_the_upgrade(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(version="1.35.6-do.0"))
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    upgrades(api, "1.36.3-do.1")
    result = run(MODULE, name="dev", version="1.36", check_mode=True)
    assert result["changes"] == ["upgrade cluster dev from Kubernetes 1.35.6-do.0 to 1.36.3-do.1"]
    assert result["cluster"]["version"] == "1.36.3-do.1"


def test_an_upgrade_that_is_not_offered_says_what_is(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(version="1.35.6-do.0"))
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    upgrades(api)
    result = run(MODULE, name="dev", version="1.36")
    assert result["failed"]
    assert "cannot be upgraded to 1.36.3-do.1 now" in result["msg"]
    assert "none" in result["msg"]


def test_an_upgrade_whose_answer_got_lost_is_seen_and_not_asked_for_again(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(version="1.35.6-do.0"))
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    upgrades(api, "1.36.3-do.1")
    upgrades(api, "1.36.3-do.1")
    api.expect("POST", f"{CLUSTER}/upgrade", behaviour=RESET)
    shown(api, cluster(version="1.35.6-do.0", state="upgrading"))
    shown(api, cluster(version="1.36.3-do.1"))
    assert run(MODULE, name="dev", version="1.36")["changed"] is True
