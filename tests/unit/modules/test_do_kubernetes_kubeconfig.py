# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_kubernetes_kubeconfig against a scripted API and a real file system."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import kubeconfig
from do_objects import CLUSTER, CLUSTER_ID, cluster, listed
from scripted_api import RESET, ModuleRun, ScriptedApi

MODULE = "do_kubernetes_kubeconfig"
CREDENTIALS = f"{CLUSTER}/credentials"
SECRET = "the-token-of-the-cluster"
ENDPOINT = f"https://{CLUSTER_ID}.k8s.ondigitalocean.com"


def credentials(valid_for: float, token: str = SECRET) -> dict[str, Any]:
    expires = datetime.now(UTC) + timedelta(seconds=valid_for)
    return {
        "server": ENDPOINT,
        "certificate_authority_data": "Q0E=",
        "client_certificate_data": None,
        "client_key_data": None,
        "token": token,
        "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"),
    }


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "dev.yaml"


def write(path: Path, valid_for: float, **changes: Any) -> None:
    """A file as the module wrote it in an earlier run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = kubeconfig.build(cluster(**changes), credentials(valid_for, "an-old-token"))
    path.write_text(yaml.safe_dump(document))
    path.chmod(0o600)


def test_a_token_with_something_behind_it_is_not_shown(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    for _try in range(2):
        listed(api, cluster())
        api.expect("GET", CREDENTIALS, json.dumps({"token": SECRET}).encode() + b" <html>")
    result = run(MODULE, name="dev", path=str(path))
    assert result["failed"] and "text/html" in result["msg"]
    assert "up to 2 more may have been made: in no file, and valid until " in result["msg"]
    assert SECRET not in repr(result)


def test_after_a_lost_answer_it_is_asked_for_once_more_and_said(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    """Every request makes a token, which cannot be revoked."""
    listed(api, cluster())
    api.expect("GET", CREDENTIALS, behaviour=RESET)
    listed(api, cluster())
    api.expect("GET", CREDENTIALS, credentials(3600))
    result = run(MODULE, name="dev", path=str(path), expiry_seconds=3600)
    assert result["changed"] is True
    assert "The answer to the request for a token of cluster dev got lost, so one more" in str(result["warnings"])


def test_a_new_file(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    listed(api, cluster())
    api.expect("GET", CREDENTIALS, credentials(3600), query={"expiry_seconds": "3600"})
    result = run(MODULE, name="dev", path=str(path), expiry_seconds=3600)
    assert result["changed"] is True
    assert result["changes"] == [f"write kubeconfig {path} for cluster dev: there is none"]
    assert SECRET not in repr(result)
    assert (result["context"], result["endpoint"], result["path"]) == ("do-ams3-dev", ENDPOINT, str(path))
    assert datetime.fromisoformat(result["expires_at"]) > datetime.now(UTC) + timedelta(seconds=3500)
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700
    document = yaml.safe_load(path.read_text())
    assert document["users"][0]["user"] == {"token": SECRET}
    assert document["clusters"][0]["cluster"] == {"server": ENDPOINT, "certificate-authority-data": "Q0E="}
    assert document["current-context"] == "do-ams3-dev"
    assert list(path.parent.iterdir()) == [path]


def test_a_good_file_is_used_again_at_one_call(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 3600)
    before = path.read_text()
    listed(api, cluster())
    result = run(MODULE, name="dev", path=str(path), expiry_seconds=3600)
    assert result["changed"] is False
    assert path.read_text() == before
    assert "an-old-token" not in repr(result)


def test_a_cluster_is_found_by_its_id(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 3600)
    api.expect("GET", CLUSTER, {"kubernetes_cluster": cluster()})
    assert run(MODULE, name=CLUSTER_ID, path=str(path), expiry_seconds=3600)["changed"] is False


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    "case",
    [
        {"valid_for": 1000, "reason": "its token expires soon"},
        {"valid_for": -5, "reason": "its token has expired"},
        {"valid_for": 3000, "options": {"renew_before": 3600}, "reason": "its token expires soon"},
        {"valid_for": 90000, "written_for": {"id": "older-cluster"}, "reason": "it is for another cluster"},
        {"valid_for": 90000, "written_for": {"region": "fra1"}, "reason": "its context has another name"},
    ],
    ids=lambda case: f"{case['reason']}, {case['valid_for']}",
)
def test_a_file_that_is_not_good_is_replaced(
    api: ScriptedApi, run: ModuleRun, path: Path, check_mode: bool, case: dict[str, Any]
) -> None:
    write(path, case["valid_for"], **case.get("written_for", {}))
    before = path.read_text()
    listed(api, cluster())
    if not check_mode:
        api.expect("GET", CREDENTIALS, credentials(86400))
    result = run(MODULE, name="dev", path=str(path), check_mode=check_mode, **case.get("options", {}))
    assert result["changed"] is True
    assert result["changes"][0].endswith(case["reason"])
    assert (path.read_text() == before) is check_mode
    assert SECRET not in repr(result)


def test_an_endpoint_that_moved(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 86400)
    listed(api, cluster(endpoint="https://elsewhere"))
    api.expect("GET", CREDENTIALS, credentials(86400))
    assert run(MODULE, name="dev", path=str(path))["changes"][0].endswith("the cluster's endpoint is another now")


def test_a_mode_that_is_too_open_is_closed(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 86400)
    path.chmod(0o644)
    for _ in range(2):
        listed(api, cluster())
    checked = run(MODULE, name="dev", path=str(path), check_mode=True)
    assert mode_of(path) == 0o644
    result = run(MODULE, name="dev", path=str(path))
    assert result["changes"] == checked["changes"] == [f"mode of kubeconfig {path} 0644 -> 0600"]
    assert result["diff"]["before"]["mode"] == "0644"
    assert mode_of(path) == 0o600


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("content", ["apiVersion: v1\nkind: Config\ncontexts: []\n", "not: [yaml", "plain text"])
def test_a_file_of_somebody_else_is_left_alone(
    api: ScriptedApi, run: ModuleRun, path: Path, content: str, state: str
) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(content)
    result = run(MODULE, name="dev", path=str(path), state=state)
    assert result["failed"]
    assert "was not written by this module" in result["msg"]
    assert path.read_text() == content


def test_a_path_that_cannot_be_written_fails_before_a_token_is_made(
    api: ScriptedApi, run: ModuleRun, tmp_path: Path
) -> None:
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    result = run(MODULE, name="dev", path=str(obstacle / "dev.yaml"))
    assert result["failed"]
    assert str(obstacle) in result["msg"]


def test_a_folder_is_no_file(api: ScriptedApi, run: ModuleRun, tmp_path: Path) -> None:
    result = run(MODULE, name="dev", path=str(tmp_path))
    assert result["failed"]
    assert str(tmp_path) in result["msg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(api: ScriptedApi, run: ModuleRun, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    listed(api, cluster())
    result = run(MODULE, name="dev", path=str(tmp_path / "dev.yaml"))
    assert result["failed"]
    assert "may write to" in result["msg"]


def test_no_cluster(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    listed(api)
    result = run(MODULE, name="dev", path=str(path))
    assert result["failed"]
    assert "no cluster 'dev'" in result["msg"]


def test_no_cluster_yet_in_check_mode(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    listed(api)
    result = run(MODULE, name="dev", path=str(path), check_mode=True)
    assert result["changed"] is True
    assert result["changes"] == [f"write kubeconfig {path} for cluster dev, when that exists"]
    assert not path.exists()


def test_a_cluster_that_is_still_made(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    listed(api, cluster(endpoint="", state="provisioning"))
    result = run(MODULE, name="dev", path=str(path))
    assert result["failed"]
    assert "no endpoint yet" in result["msg"]


@pytest.mark.parametrize(("expiry", "before"), [(100, 100), (100, -1), (0, 0)])
def test_a_token_that_would_be_renewed_at_once_is_refused(
    api: ScriptedApi, run: ModuleRun, path: Path, expiry: int, before: int
) -> None:
    result = run(MODULE, name="dev", path=str(path), expiry_seconds=expiry, renew_before=before)
    assert result["failed"]
    assert "renewed at once" in result["msg"]


def test_credentials_that_lack_something(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    for _try in range(2):
        listed(api, cluster())
        api.expect("GET", CREDENTIALS, {**credentials(10), "certificate_authority_data": ""})
    result = run(MODULE, name="dev", path=str(path))
    assert result["failed"]
    assert "certificate_authority_data" in result["msg"]
    assert SECRET not in repr(result)
    assert not path.exists()


@pytest.mark.parametrize("check_mode", [False, True])
def test_absent_needs_no_account(api: ScriptedApi, run: ModuleRun, path: Path, check_mode: bool) -> None:
    write(path, 3600)
    result = run(MODULE, name="dev", path=str(path), state="absent", token=None, check_mode=check_mode)
    assert result["changed"] is True
    assert path.exists() is check_mode


def test_absent_and_gone(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    assert run(MODULE, name="dev", path=str(path), state="absent")["changed"] is False


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-11-09T11:50:28.889080521Z", datetime(2019, 11, 9, 11, 50, 28, 889080, UTC)),
        ("2019-11-09T11:50:28.5+01:00", datetime(2019, 11, 9, 10, 50, 28, 500000, UTC)),
        ("2019-11-09T11:50:28Z", datetime(2019, 11, 9, 11, 50, 28, tzinfo=UTC)),
        ("2019-11-09T11:50:28", datetime(2019, 11, 9, 11, 50, 28, tzinfo=UTC)),
        ("soon", None),
        (None, None),
    ],
)
def test_times_of_the_api(text: str | None, moment: datetime | None) -> None:
    assert kubeconfig.parse_time(text) == moment
