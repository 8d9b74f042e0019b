# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_container_registry_credentials against a scripted API and a real file system."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils import _text_file
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import docker_config, registry_login
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.logins_asked_for import LoginsAskedFor
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.transport import Answer
from scripted_api import HTML, RESET, TOKEN, TRUNCATED, ModuleRun, ScriptedApi

MODULE = "do_container_registry_credentials"
SECRET = "dop_v1_the_password_of_the_registry"
LOGIN = base64.b64encode(f"you@example.com:{SECRET}".encode()).decode()
ANSWER = {"auths": {"registry.digitalocean.com": {"auth": LOGIN}}}
SHOP = {"registries": [{"name": "shop"}, {"name": "other"}]}
CREDENTIALS = "/v2/registries/shop/docker-credentials"
REVOKE = "/v1/oauth/revoke"
AUTH = "/v2/registry/auth"
GOOD = {"token": "x"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def write(path: Path, valid_for: float, registry: str = "shop", access: str = "read_only") -> None:
    """A file as the module wrote it in an earlier run."""
    expires_at = datetime.now(UTC) + timedelta(seconds=valid_for)
    path.write_text(docker_config.build(registry, access, expires_at, ANSWER).text)
    path.chmod(0o600)


@pytest.mark.parametrize(("access", "read_write"), [("read_only", "false"), ("read_write", "true")])
def test_what_is_asked_for_is_said_to_the_api(
    api: ScriptedApi, run: ModuleRun, path: Path, access: str, read_write: str
) -> None:
    """Neither parameter is in the signature of pydo's operation."""
    api.expect("GET", "/v2/registries", SHOP)
    api.expect("GET", CREDENTIALS, ANSWER, query={"read_write": read_write, "expiry_seconds": "3600"})
    result = run(MODULE, name="shop", path=str(path), access=access, expiry_seconds=3600)
    assert result["changed"] is True
    assert result["access"] == access
    assert LOGIN not in repr(result) and SECRET not in repr(result)
    left = datetime.fromisoformat(result["expires_at"]) - datetime.now(UTC)
    assert timedelta(seconds=3590) < left <= timedelta(seconds=3600)
    assert json.loads(path.read_text())["auths"] == ANSWER["auths"]


@pytest.mark.parametrize("status", [200, 201, 500])
def test_a_login_with_something_behind_it_is_not_shown(
    api: ScriptedApi, run: ModuleRun, path: Path, status: int
) -> None:
    more = json.dumps(ANSWER).encode() + b"\n<!-- a proxy -->"
    for _try in range(2):
        api.expect("GET", "/v2/registries", SHOP)
        api.expect("GET", CREDENTIALS, more, status=status)
    result = run(MODULE, name="shop", path=str(path))
    assert result["failed"] and "text/html" in result["msg"]
    assert LOGIN[:20] not in repr(result)
    assert "up to 2 more may have been made: in no file, and valid until " in result["msg"]


def test_a_good_one_costs_one_call_with_its_own_login(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 86400)
    api.expect("GET", "/v2/registry/auth", {"token": "x"}, query={"service": "registry.digitalocean.com"})
    result = run(MODULE, name="shop", path=str(path), expiry_seconds=86400)
    assert (result["changed"], result["access"], result["can_push"]) == (False, "read_only", False)
    assert api.seen[0].headers["authorization"] == f"Basic {LOGIN}"


def test_a_file_that_others_may_read_is_closed(run: ModuleRun, path: Path) -> None:
    write(path, 86400)
    path.chmod(0o644)
    wanted = {"name": "shop", "path": str(path), "expiry_seconds": 86400, "verify": False}
    checked = run(MODULE, **wanted, check_mode=True)
    assert path.stat().st_mode & 0o777 == 0o644
    closed = run(MODULE, **wanted)
    assert closed["changes"] == checked["changes"] == [f"mode of {path} 0644 -> 0600"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_verify_it_costs_none(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 86400)
    assert run(MODULE, name="shop", path=str(path), expiry_seconds=86400, verify=False)["changed"] is False
    assert api.seen == []


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    "case",
    [
        ({"valid_for": 100}, "it expires soon"),
        ({"valid_for": -1}, "it has expired"),
        ({"valid_for": 86400, "registry": "other"}, "it is for container registry other"),
        ({"valid_for": 86400, "access": "read_write"}, "it is read-write (pull and push)"),
    ],
    ids=lambda case: case[1],
)
def test_one_that_is_not_good_is_replaced(
    api: ScriptedApi, run: ModuleRun, path: Path, check_mode: bool, case: tuple[dict[str, Any], str]
) -> None:
    written, reason = case
    write(path, **written)
    before = path.read_text()
    if not check_mode:
        api.expect("GET", "/v2/registries", SHOP)
        api.expect("GET", CREDENTIALS, ANSWER)
    result = run(MODULE, name="shop", path=str(path), check_mode=check_mode, expiry_seconds=3600)
    assert result["changes"] == [f"write read-only (pull) credentials for container registry shop to {path}: {reason}"]
    assert (path.read_text() == before) is check_mode


def test_trouble_at_the_registry_is_no_reason_to_make_another(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 86400)
    api.expect("GET", "/v2/registry/auth", {"id": "server_error", "message": "oh"}, status=500, lasting=True)
    result = run(MODULE, name="shop", path=str(path), expiry_seconds=86400)
    assert result["failed"] and "500" in result["msg"]
    assert SECRET not in repr(result) and LOGIN not in repr(result)


LOST: list[dict[str, Any]] = [
    {"behaviour": RESET},
    {"behaviour": TRUNCATED, "answer": ANSWER},
    {"status": 500, "answer": {"id": "server_error", "message": "oh"}},
    {"status": 504},
    {"answer": HTML},
    {},
]


@pytest.mark.parametrize("lost", LOST)
def test_after_a_lost_answer_it_is_asked_for_once_more_and_said(
    api: ScriptedApi, run: ModuleRun, path: Path, lost: dict[str, Any]
) -> None:
    """Every request makes a login. The API is waited for by a call that makes nothing."""
    api.expect("GET", "/v2/registries", SHOP)
    api.expect("GET", CREDENTIALS, **lost)
    api.expect("GET", "/v2/registries", {"id": "service_unavailable", "message": "later"}, status=503)
    api.expect("GET", "/v2/registries", SHOP)
    api.expect("GET", CREDENTIALS, ANSWER)
    result = run(MODULE, name="shop", path=str(path), expiry_seconds=3600)
    assert result["changed"] is True
    said = str(result["warnings"])
    assert "The answer to the request for read-only (pull) credentials for container registry shop got lost" in said
    assert "one more may have been made: in no file, and valid until 20" in said


def test_what_is_refused_before_it_is_made_is_no_loss(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    api.expect("GET", "/v2/registries", SHOP)
    api.expect("GET", CREDENTIALS, {"id": "too_many_requests", "message": "later"}, status=429)
    api.expect("GET", CREDENTIALS, ANSWER)
    assert run(MODULE, name="shop", path=str(path))["changed"] is True


def test_another_run_may_have_renewed_it_meanwhile(
    api: ScriptedApi, run: ModuleRun, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two logins one would be in no file."""

    @contextmanager
    def after_the_other(_path: Path) -> Iterator[None]:
        write(path, 86400)
        yield

    monkeypatch.setattr(_text_file, "alone", after_the_other)
    api.expect("GET", "/v2/registries", SHOP)
    api.expect("GET", AUTH, GOOD)
    assert run(MODULE, name="shop", path=str(path), expiry_seconds=86400)["changed"] is False


@pytest.mark.parametrize("answer", [{}, {"auths": {}}, {"auths": {"registry.digitalocean.com": {"auth": "eA=="}}}])
def test_an_answer_without_a_login(api: ScriptedApi, run: ModuleRun, path: Path, answer: dict[str, Any]) -> None:
    for _try in range(2):
        api.expect("GET", "/v2/registries", SHOP)
        api.expect("GET", CREDENTIALS, answer)
    result = run(MODULE, name="shop", path=str(path))
    assert result["failed"] and "without a user name and a password" in result["msg"]
    assert not path.exists()


def test_a_path_that_cannot_be_written_is_found_out_before_a_credential_is_made(
    api: ScriptedApi, run: ModuleRun, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    result = run(MODULE, name="shop", path=str(tmp_path / "file" / "config.json"))
    assert result["failed"]
    assert api.seen == []


def test_revoking_sends_the_credential_and_not_the_token(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 86400, access="read_write")
    api.expect("POST", REVOKE, {}, status=200)
    result = run(MODULE, name="shop", path=str(path), state="absent")
    assert result["changes"][0] == "revoke the read-write (pull and push) credentials for container registry shop"
    assert not path.exists()
    assert api.seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert TOKEN not in repr(api.seen)
    assert api.seen[0].body == f"token={SECRET}"


# A success of the API is a JSON object. None of these is one, whatever the status.
NO_SUCCESS: list[dict[str, Any]] = [
    {"status": 200, "answer": HTML},
    {"status": 200},
    {"status": 401, "answer": {"id": "unauthorized", "message": "Unable to authenticate you."}},
    {"status": 403},
    {"status": 404, "answer": HTML},
    {"status": 502, "answer": HTML},
    {"status": 302, "headers": {"location": "https://example.com/sign-in"}},
]
REFUSAL = {"id": "unauthorized", "message": "Unable to authenticate you."}


@pytest.mark.parametrize("answer", NO_SUCCESS)
def test_a_login_that_the_registry_refuses_is_revoked_whatever_the_answer_was(
    api: ScriptedApi, run: ModuleRun, path: Path, answer: dict[str, Any]
) -> None:
    write(path, 86400)
    api.expect("POST", REVOKE, lasting=True, **answer)
    for _question in range(2):
        api.expect("GET", AUTH, REFUSAL, status=401)
    assert run(MODULE, name="shop", path=str(path), state="absent")["changed"] is True
    assert not path.exists()


@pytest.mark.parametrize("answer", NO_SUCCESS)
def test_the_only_copy_of_a_login_that_is_accepted_stays(
    api: ScriptedApi, run: ModuleRun, path: Path, answer: dict[str, Any]
) -> None:
    write(path, 86400)
    api.expect("POST", REVOKE, lasting=True, **answer)
    api.expect("GET", AUTH, REFUSAL, status=401)
    api.expect("GET", AUTH, GOOD, lasting=True)
    result = run(MODULE, name="shop", path=str(path), state="absent")
    assert result["failed"] and "was not revoked" in result["msg"] and "revoke: false" in result["msg"]
    assert SECRET not in repr(result) and LOGIN not in repr(result)
    assert path.exists()


@pytest.mark.parametrize("answer", [{"status": 401, "answer": HTML}, {"status": 200, "answer": {}}])
def test_it_stays_where_the_registry_cannot_be_asked(
    api: ScriptedApi, run: ModuleRun, path: Path, answer: dict[str, Any]
) -> None:
    write(path, 86400)
    api.expect("POST", REVOKE, status=401, answer=REFUSAL)
    api.expect("GET", AUTH, **answer)
    assert run(MODULE, name="shop", path=str(path), state="absent")["failed"]
    assert path.exists()


def test_a_good_one_is_not_replaced_because_of_one_refusal(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 86400)
    before = path.read_text()
    api.expect("GET", AUTH, REFUSAL, status=401)
    api.expect("GET", AUTH, GOOD)
    assert run(MODULE, name="shop", path=str(path), expiry_seconds=86400)["changed"] is False
    assert path.read_text() == before


def test_one_that_was_refused_twice_is_replaced(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    write(path, 86400)
    for _question in range(2):
        api.expect("GET", AUTH, REFUSAL, status=401)
    api.expect("GET", "/v2/registries", SHOP)
    api.expect("GET", CREDENTIALS, ANSWER)
    assert "the registry refuses it" in run(MODULE, name="shop", path=str(path), expiry_seconds=86400)["changes"][0]


@pytest.mark.parametrize("answer", [{"status": 200, "answer": HTML}, {"status": 200}, {"status": 403, "answer": HTML}])
def test_a_page_of_somebody_else_says_nothing_of_a_login(
    api: ScriptedApi, run: ModuleRun, path: Path, answer: dict[str, Any]
) -> None:
    write(path, 86400)
    before = path.read_text()
    api.expect("GET", AUTH, lasting=True, **answer)
    assert run(MODULE, name="shop", path=str(path), expiry_seconds=86400)["failed"]
    assert path.read_text() == before


def full_after(monkeypatch: pytest.MonkeyPatch, files: int) -> None:
    """The disk is full when so many files were written."""
    written = iter(range(files))

    def fsync(*_args: Any) -> None:
        if next(written, None) is None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(_text_file.os, "fsync", fsync)


def test_one_that_cannot_be_kept_is_revoked(
    api: ScriptedApi, run: ModuleRun, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder could be written to a moment ago: the note is there that a login is asked for."""
    full_after(monkeypatch, 1)
    api.expect("GET", "/v2/registries", SHOP)
    api.expect("GET", CREDENTIALS, ANSWER)
    api.expect("POST", REVOKE, {}, status=200)
    result = run(MODULE, name="shop", path=str(path))
    assert result["failed"] and "No space left" in result["msg"]
    assert list(path.parent.iterdir()) == []


def test_none_is_asked_for_where_nothing_can_be_written(
    api: ScriptedApi, run: ModuleRun, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_after(monkeypatch, 0)
    api.expect("GET", "/v2/registries", SHOP)
    assert "No space left" in run(MODULE, name="shop", path=str(path))["msg"]


def test_one_of_a_run_that_was_killed_is_told_by_the_next(api: ScriptedApi, run: ModuleRun, path: Path) -> None:
    api.expect("GET", "/v2/registries", SHOP)
    api.expect("GET", CREDENTIALS, ANSWER)
    run(MODULE, name="shop", path=str(path), verify=False)
    asked_for = LoginsAskedFor(path)
    with contextlib.suppress(KeyboardInterrupt), asked_for.one_until("2026-12-31T00:00:00Z"):
        raise KeyboardInterrupt
    for check_mode in (True, False):
        told = run(MODULE, name="shop", path=str(path), verify=False, check_mode=check_mode)
        assert told["changed"] is False
        assert "a login may have been made: in no file, and valid until 2026-12-31T00:00:00Z" in str(told["warnings"])
    assert "warnings" not in run(MODULE, name="shop", path=str(path), verify=False)
    assert list(path.parent.iterdir()) == [path]


def test_digitalocean_revokes_at_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[str] = []

    def request(self: Any, *_args: Any, **_kwargs: Any) -> Answer:
        hosts.append(self.settings.api_url)
        return Answer(200, {})

    monkeypatch.setattr(registry_login.Transport, "request", request)
    config = docker_config.build("shop", "read_only", datetime.now(UTC), ANSWER)
    for api_url in ("https://api.digitalocean.com", "https://127.0.0.1:8443"):
        registry_login.revoke({"api_url": api_url}, config)
    assert hosts == ["https://cloud.digitalocean.com", "https://127.0.0.1:8443"]
