# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_account, argocd_certificate and their info modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule
from slipway_lab.pki import CertificateAuthority

HOST_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OTHER_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf"


@pytest.mark.trap("password-errors")
def test_password(argocd: ArgoCD, run: RunModule) -> None:
    for password in ("first-password", "second-password"):
        checked = run("argocd_account", name="robot", new_password=password, check=True)
        changed = run("argocd_account", name="robot", new_password=password)
        assert changed["changes"] == checked["changes"] == ["set the password of account robot"]
        assert password not in json.dumps(changed)
        assert argocd.session("robot", password)
        assert not run("argocd_account", name="robot", new_password=password)["changed"]
    short = run("argocd_account", name="robot", new_password="short", check=True, fails=True)["msg"]
    assert "^.{8,32}$" in short and "short" not in short
    wrong = {"auth_token": argocd.session(), "auth_username": ..., "auth_password": ...}
    refused = run(
        "argocd_account", name="robot", new_password="third-password", current_password="wrong-one", **wrong, fails=True
    )
    assert "current password does not match" in refused["msg"]


def test_a_password_of_ones_own_ends_the_session_and_the_module_goes_on(
    argocd: ArgoCD, run: RunModule, tmp_path: Path
) -> None:
    run("argocd_account", name="robot", new_password="before-password")
    me: dict[str, Any] = {"auth_username": "robot", "session_dir": str(tmp_path / "s")}
    changed = run("argocd_account", name="robot", new_password="after-password", auth_password="before-password", **me)
    assert changed["changes"] == ["set the password of account robot"]
    assert not run("argocd_account", name="robot", new_password="after-password", auth_password="after-password", **me)[
        "changed"
    ]
    wrong = run("argocd_account_info", auth_password="before-password", fails=True, **me)
    assert "log in robot" in wrong["msg"]


@pytest.mark.trap("token-errors")
def test_tokens(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    path = tmp_path / "robot.token"
    token: dict[str, Any] = {"id": "ansible", "expires_in": 3600, "path": str(path)}
    assert run("argocd_account", name="robot", tokens=[token], check=True)["changes"] == [
        "create token ansible of account robot"
    ]
    assert not path.exists()
    run("argocd_account", name="robot", tokens=[token])
    assert argocd.call("GET", "/api/v1/session/userinfo", token=path.read_text().strip())["username"] == "robot"
    assert not run("argocd_account", name="robot", tokens=[token])["changed"]
    assert not run("argocd_account", name="robot", tokens=[token], check=True)["changed"]
    renewed = run("argocd_account", name="robot", tokens=[{**token, "expires_in": 7200}])
    assert renewed["changes"] == ["renew token ansible of account robot: it lasts 3600 s, not 7200 s"]
    assert "ansible" in argocd.cli("account", "get", "--account", "robot")
    (account,) = run("argocd_account_info", name="robot")["accounts"]
    assert [record["id"] for record in account["tokens"]] == ["ansible"]
    gone = {"id": "ansible", "state": "absent"}
    assert run("argocd_account", name="robot", tokens=[gone])["changed"]
    assert not run("argocd_account", name="robot", tokens=[gone])["changed"]


@pytest.mark.trap("token-errors")
def test_what_an_account_cannot_have(run: RunModule) -> None:
    assert "capabilities" in run("argocd_account", name="reader", tokens=[{"id": "x"}], fails=True)["msg"]
    assert "no account nobody" in run("argocd_account", name="nobody", fails=True)["msg"]
    twice = run("argocd_account", name="robot", tokens=[{"id": "x"}, {"id": "x"}], fails=True)
    assert "given twice" in twice["msg"]


def test_tls_certificate(argocd: ArgoCD, run: RunModule) -> None:
    one = CertificateAuthority.create("one").certificate_pem.decode()
    two = CertificateAuthority.create("two").certificate_pem.decode()
    wanted = {"server_name": "git.example.com", "type": "https", "data": one}
    assert "data" in run("argocd_certificate", server_name="git.example.com", type="https", fails=True)["msg"]
    assert run("argocd_certificate", check=True, **wanted)["changed"]
    assert run("argocd_certificate_info", server_name="git.example.com")["certificates"] == []
    assert run("argocd_certificate", **wanted)["changes"] == ["add https certificate of git.example.com"]
    assert not run("argocd_certificate", **wanted)["changed"]
    wanted["data"] = two
    assert run("argocd_certificate", check=True, **wanted)["changes"] == [
        "replace https certificate of git.example.com"
    ]
    assert "CN=one" in run("argocd_certificate_info", server_name="git.example.com")["certificates"][0]["certInfo"]
    run("argocd_certificate", **wanted)
    assert not run("argocd_certificate", **wanted)["changed"]
    assert "git.example.com" in argocd.cli("cert", "list", "--cert-type", "https")
    del wanted["data"]
    assert run("argocd_certificate", state="absent", check=True, **wanted)["changed"]
    assert run("argocd_certificate", state="absent", **wanted)["changed"]
    assert not run("argocd_certificate", state="absent", **wanted)["changed"]
    assert "PEM" in run("argocd_certificate", data="x", fails=True, **wanted)["msg"]


def test_host_key(run: RunModule) -> None:
    """[host]:port is no glob."""
    wanted = {"server_name": "[git.example.com]:2222", "type": "ssh", "key_type": "ssh-ed25519", "data": HOST_KEY}
    assert run("argocd_certificate", **wanted)["changed"]
    assert not run("argocd_certificate", **wanted)["changed"]
    assert run("argocd_certificate", **{**wanted, "data": OTHER_KEY})["changes"][0].startswith("replace ssh host key")
    others = len(run("argocd_certificate_info", type="ssh")["certificates"])
    gone = {key: wanted[key] for key in ("server_name", "type")}
    assert run("argocd_certificate", state="absent", **gone)["changed"]
    assert not run("argocd_certificate", state="absent", **gone)["changed"]
    assert len(run("argocd_certificate_info", type="ssh")["certificates"]) == others - 1
    assert "key_type" in run("argocd_certificate", data=HOST_KEY, fails=True, **gone)["msg"]
