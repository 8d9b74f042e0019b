# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sealing_keys_plan: what goes from the backup to the cluster, and what the other way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.slipway.gitops.plugins.plugin_utils._sealing_keys import keys_plan, open_backup

LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key"


def secret(name: str, key: str = "k", state: str = "active", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": {LABEL: state}, **metadata},
        "type": "kubernetes.io/tls",
        "data": {"tls.crt": f"certificate of {key}", "tls.key": key},
    }


def in_cluster(name: str, key: str = "k", state: str = "active") -> dict[str, Any]:
    return secret(name, key, state, namespace="kube-system", uid="1", resourceVersion="2", generateName="sealed-")


def test_a_fresh_cluster_gets_every_key_and_the_backup_stays() -> None:
    planned = keys_plan([], [secret("b"), secret("a", "old", "compromised")])
    assert [one["metadata"]["name"] for one in planned["missing"]] == ["b", "a"]
    assert planned["missing"][1] == secret("a", "old", "compromised")
    assert planned["backup_is_current"]


def test_what_the_cluster_adds_to_a_key_is_not_backed_up() -> None:
    planned = keys_plan([in_cluster("a")], [])
    assert planned["kept"] == [secret("a")]
    assert not planned["backup_is_current"]
    assert keys_plan([in_cluster("a")], planned["kept"]) == {
        "missing": [], "conflicts": [], "kept": [secret("a")], "backup_is_current": True,
    }  # fmt: skip


def test_a_new_key_joins_the_backup_and_no_old_one_leaves_it() -> None:
    planned = keys_plan([in_cluster("new", "n")], [secret("old", "o")])
    assert [one["metadata"]["name"] for one in planned["kept"]] == ["new", "old"]
    assert [one["metadata"]["name"] for one in planned["missing"]] == ["old"]
    assert not planned["backup_is_current"]


def test_a_compromised_key_is_noted_in_the_backup() -> None:
    planned = keys_plan([in_cluster("a", state="compromised")], [secret("a")])
    assert planned["kept"] == [secret("a", state="compromised")]
    assert (planned["missing"], planned["conflicts"], planned["backup_is_current"]) == ([], [], False)


def test_two_keys_of_one_name_are_a_conflict() -> None:
    assert keys_plan([in_cluster("a", "one")], [secret("a", "other")])["conflicts"] == ["a"]


def sealed(content: str) -> str:
    return str(VaultLib([("x", VaultSecret(b"right"))]).encrypt(content).decode())


def test_a_backup_opens_with_its_password_only() -> None:
    backup = sealed(json.dumps({"kind": "List", "items": [secret("a")]}))
    assert open_backup(backup, "right") == [secret("a")]
    assert open_backup(backup, "wrong") is None


@pytest.mark.parametrize("content", ["", "just text", "a: [", "[]", '{"items": [{"metadata": {"name": "a"}}]}'])
def test_what_is_no_backup_is_not_taken_for_one(content: str) -> None:
    assert open_backup(sealed(content), "right") is None


def test_a_file_that_is_not_encrypted_is_not_taken() -> None:
    assert open_backup(json.dumps({"items": [secret("a")]}), "right") is None
