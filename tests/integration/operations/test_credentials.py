# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""credentials.yml: how to get in, and another password."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.playbooks import Playbooks

CREDENTIALS = "slipway.gitops.credentials"
SECRET = "argocd-initial-admin-secret"


def kept(argocd: ArgoCD) -> dict[str, str]:
    """The Secret's data, decoded."""
    found: Any = argocd.hub.get("-n", NAMESPACE, "secret", SECRET)
    return {key: base64.b64decode(value).decode() for key, value in found["data"].items()}


def keep(argocd: ArgoCD, **data: str | None) -> None:
    encoded = {key: None if value is None else base64.b64encode(value.encode()).decode() for key, value in data.items()}
    patch = json.dumps({"data": encoded})
    argocd.hub.run("-n", NAMESPACE, "patch", "secret", SECRET, "--type=merge", "-p", patch)


def works(argocd: ArgoCD, password: str) -> bool:
    status, answer = argocd.ask("POST", "/api/v1/session", {"username": "admin", "password": password}, token="")
    assert status in (200, 401), answer
    return status == 200


@pytest.fixture(autouse=True)
def _password_of_the_harness(argocd: ArgoCD) -> Iterator[None]:
    """Other tests go on with the password that is there afterwards."""
    yield
    argocd.admin_password = kept(argocd)["password"]
    if hasattr(argocd, "_token"):
        del argocd._token


def test_how_to_get_in(playbooks: Playbooks, argocd: ArgoCD) -> None:
    run = playbooks.run(CREDENTIALS).succeeded()
    message = run.message("Say how to get in")
    assert f"password: {argocd.admin_password}" in message
    assert f"--kubeconfig {argocd.hub.kubeconfig} -n {NAMESPACE} port-forward svc/argocd-server" in message
    assert run.changed == []
    assert run.output.count(argocd.admin_password) == 1
    named = playbooks.run(CREDENTIALS, argocd_url="https://argocd.example.com").succeeded()
    assert "Argo CD: https://argocd.example.com" in named.message("Say how to get in")


def test_rotation(playbooks: Playbooks, argocd: ArgoCD, tmp_path: Path) -> None:
    before = argocd.admin_password
    check = playbooks.run(CREDENTIALS, "--check", credentials_rotate=True).succeeded()
    assert [task for task, *_ in check.changed] == ["Say that it would be rotated"]
    assert works(argocd, before) and before not in check.output

    file = tmp_path / "admin.password"
    run = playbooks.run(CREDENTIALS, "--diff", "-vvv", credentials_rotate=True, credentials_file=str(file)).succeeded()
    new = file.read_text().rstrip("\n")
    assert len(new) == 32 and file.stat().st_mode & 0o777 == 0o600
    assert new not in run.output and before not in run.output
    assert works(argocd, new) and not works(argocd, before)
    assert kept(argocd) == {"password": new}

    shown = playbooks.run(CREDENTIALS, credentials_rotate=True, credentials_new_password="a-chosen-one").succeeded()
    assert shown.output.count("a-chosen-one") == 1
    assert "the one before does not work any more" in shown.message("Say how to get in")
    assert works(argocd, "a-chosen-one") and not works(argocd, new)


def test_a_rotation_that_was_cut_off(playbooks: Playbooks, argocd: ArgoCD) -> None:
    """The new password was kept and set, but not moved to where it is looked for."""
    current = kept(argocd)["password"]
    keep(argocd, **{"password": "an-older-one", "next-password": current})
    assert "A rotation was cut off" in playbooks.run(CREDENTIALS).succeeded().message("Say how to get in")
    playbooks.run(CREDENTIALS, credentials_rotate=True).succeeded()
    assert set(kept(argocd)) == {"password"}
    assert works(argocd, kept(argocd)["password"]) and not works(argocd, current)


def test_a_secret_that_somebody_removed(playbooks: Playbooks, argocd: ArgoCD) -> None:
    current = kept(argocd)["password"]
    argocd.hub.run("-n", NAMESPACE, "delete", "secret", SECRET)
    run = playbooks.run(CREDENTIALS)
    assert run.returncode != 0
    assert f"The Secret {SECRET}" in run.errors and "credentials_current_password" in run.errors
    playbooks.run(CREDENTIALS, credentials_rotate=True, credentials_current_password=current).succeeded()
    assert works(argocd, kept(argocd)["password"])


def test_a_wrong_current_password(playbooks: Playbooks, argocd: ArgoCD) -> None:
    before = kept(argocd)
    run = playbooks.run(CREDENTIALS, credentials_rotate=True, credentials_current_password="not-this-one")
    assert run.returncode != 0
    assert "Argo CD does not let admin in" in run.errors and "Nothing was touched" in run.errors
    assert "not-this-one" not in run.output
    assert kept(argocd) == before


def test_wrong_options_all_at_once(playbooks: Playbooks, tmp_path: Path) -> None:
    run = playbooks.run(
        CREDENTIALS, credentials_rotate="perhaps", credentials_new_password="short",
        credentials_file=str(tmp_path / "no" / "file"),
    )  # fmt: skip
    assert run.returncode != 0
    assert "1. credentials_rotate takes true or false" in run.errors
    assert "2. credentials_new_password has 5 characters" in run.errors
    assert "cannot be written" in run.errors
    assert "short" not in run.errors
