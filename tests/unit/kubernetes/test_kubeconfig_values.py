# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs that cannot be used: told before anything is sent, and never with what is secret in them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.connection import Connection

SECRET = "the-token-of-the-cluster"


def kubeconfig(path: Path, *, user: dict[str, Any] | None = None, cluster: dict[str, Any] | None = None) -> str:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {"token": SECRET}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(yaml.safe_dump(document))
    return str(path)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"user": {"token": f"{SECRET}\n# comment"}}, "The token of its user .* has a line break in it"),
        ({"user": {"token": f"{SECRET}\u201d"}}, "a character in it that a header cannot carry"),
        ({"cluster": {"certificate-authority-data": encoded("no PEM")}}, "which holds no certificate in PEM"),
        ({"cluster": {"certificate-authority-data": "no base64!"}}, "which holds no certificate in PEM"),
        ({"cluster": {"certificate-authority": "/nowhere/ca.crt"}}, "cannot be used"),
    ],
)
def test_what_cannot_be_sent_is_told(tmp_path: Path, parts: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        Connection(kubeconfig(tmp_path / "config", **parts))
    assert SECRET not in str(caught.value)
    assert str(tmp_path / "config") in str(caught.value)


@pytest.mark.parametrize("text", [f"token: {SECRET}\n  - [", f"{SECRET}", "- 1", "clusters: 7\ncontexts: x"])
def test_what_is_no_kubeconfig_is_told_without_its_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(InvalidInputError, match=r"kubeconfig \S+config cannot be (read|used)") as caught:
        Connection(str(tmp_path / "config"))
    assert SECRET not in str(caught.value)


def test_a_token_file_may_end_with_a_line_break(tmp_path: Path) -> None:
    """As kubectl has it."""
    (tmp_path / "token").write_text(f"{SECRET}\n")
    path = kubeconfig(tmp_path / "config", user={"tokenFile": str(tmp_path / "token")})
    configuration = Connection(path).api_client.configuration
    assert f"Bearer {SECRET}" in configuration.api_key.values()
