# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sealing keys of a cluster beside those of its backup: what to restore, what to back up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain


def open_backup(text: str, password: str) -> list[dict[str, Any]] | None:
    """The Secrets of a backup in the format of ansible-vault.

    None when the password is another one, or the text is no backup of sealing keys.
    """
    vault = VaultLib([("backup", VaultSecret(str(password).encode()))])
    if not vault.is_encrypted(str(text)):
        return None
    try:
        content = yaml.safe_load(vault.decrypt(str(text)))
        items = [plain(secret) for secret in content["items"]]
        complete = all(secret["metadata"]["name"] and secret["data"]["tls.key"] for secret in items)
    except (AnsibleError, yaml.YAMLError, KeyError, TypeError):
        return None
    return items if complete else None


def keys_plan(found: Iterable[Mapping[str, Any]], backed_up: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What is missing on either side.

    found, backed_up: Secrets with a sealing key, of the cluster and of its backup

    Returns missing (Secrets that the cluster lacks), conflicts (names that have another key in the cluster),
    kept (what the backup shall have) and backup_is_current. Keys are told apart by their names, which Kubernetes makes
    up. A label that was changed in the cluster, as for a compromised key, is the cluster's to say.
    """
    cluster, backup = _by_name(found), _by_name(backed_up)
    kept = backup | cluster
    return {
        "missing": [secret for name, secret in backup.items() if name not in cluster],
        "conflicts": [name for name in backup if name in cluster and backup[name]["data"] != cluster[name]["data"]],
        "kept": [kept[name] for name in sorted(kept)],
        "backup_is_current": kept == backup,
    }


def _by_name(secrets: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {secret["metadata"]["name"]: _as_made(plain(secret)) for secret in secrets}


def _as_made(secret: Mapping[str, Any]) -> dict[str, Any]:
    """The Secret without what a cluster adds to it."""
    metadata = secret["metadata"]
    kept = {key: metadata[key] for key in ("name", "labels", "annotations") if metadata.get(key)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": kept,
        "type": secret.get("type") or "kubernetes.io/tls",
        "data": dict(secret.get("data") or {}),
    }
