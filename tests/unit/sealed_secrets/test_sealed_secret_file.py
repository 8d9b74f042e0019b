# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SealedSecret in a file, compared by the sealing keys (tests/integration/sealed_secrets: by the real controller)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError
from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome
from ansible_collections.slipway.gitops.plugins.module_utils._sealed_secrets.openers import SealingKeys
from ansible_collections.slipway.gitops.plugins.module_utils._sealed_secrets.sealed_secret_file import (
    SEALED_SECRET_SPEC,
    SealedSecretFile,
)
from ansible_collections.slipway.gitops.plugins.module_utils._sealed_secrets.sealing import sealing_label, unseal
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DATA = {"password": "correct horse", "user": "web"}
DEFAULTS = {name: option.get("default") for name, option in SEALED_SECRET_SPEC.options.items()}


class Sealed:
    """One file, and the runs of the module on it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, *, check_mode: bool = False, key: rsa.RSAPrivateKey = KEY, **options: Any) -> SealedSecretFile:
        params = {**DEFAULTS, "path": str(self.path), "name": "web", "namespace": "web", "data": DATA, **options}
        return SealedSecretFile(params, key.public_key, lambda: SealingKeys([key]), check_mode=check_mode)

    def present(self, **options: Any) -> Outcome:
        return self.file(**options).present()

    def values(self) -> dict[str, str]:
        values: dict[str, str] = yaml.safe_load(self.path.read_text())["spec"]["encryptedData"]
        return values

    def opened(self, scope: str = "strict") -> dict[str, str]:
        label = sealing_label(scope, "web", "web")
        return {name: (unseal([KEY], value, label) or b"").decode() for name, value in self.values().items()}


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    return Sealed(tmp_path / "folder" / "secret.yaml")


def test_check_mode_tells_the_same_and_writes_nothing(sealed: Sealed) -> None:
    checked = sealed.present(check_mode=True)
    assert not sealed.path.exists()
    created = sealed.present()
    assert (checked.changes, checked.before, checked.after) == (created.changes, created.before, created.after)
    assert created.changes == [f"seal password, user as SealedSecret web/web into {sealed.path}"]
    text = sealed.path.read_text()
    changed = sealed.present(check_mode=True, data={**DATA, "user": "api"})
    assert changed.changes == ["seal user again: its value changed"]
    assert sealed.file(check_mode=True).absent().changes != []
    assert sealed.path.read_text() == text


def test_only_a_changed_value_is_sealed_again(sealed: Sealed) -> None:
    sealed.present()
    first = sealed.values()
    assert sealed.opened() == DATA
    assert "correct horse" not in sealed.path.read_text()
    assert sealed.present().changes == []
    assert sealed.values() == first
    sealed.present(data={**DATA, "user": "api"})
    assert sealed.values()["password"] == first["password"]
    assert sealed.opened() == {**DATA, "user": "api"}


def test_a_key_that_is_not_declared_stays_unless_it_is_purged(sealed: Sealed) -> None:
    sealed.present()
    fewer = {"password": "correct horse"}
    assert sealed.present(data=fewer).changes == []
    assert sealed.present(data=fewer, purge_data=True).changes == ["remove user"]
    assert sealed.opened() == fewer


def test_another_scope_or_cluster_seals_again_and_says_why(sealed: Sealed) -> None:
    sealed.present()
    wider = sealed.present(scope="namespace-wide")
    assert wider.changes == [f"seal {name} again: its scope was strict" for name in DATA]
    assert sealed.opened("namespace-wide") == DATA
    moved = sealed.present(scope="namespace-wide", key=OTHER_KEY)
    assert [change.split(": ", 1)[1] for change in moved.changes] == [
        "it was sealed for another cluster, name or scope"
    ] * len(DATA)


def test_a_key_that_is_kept_cannot_change_its_scope(sealed: Sealed) -> None:
    sealed.present()
    text = sealed.path.read_text()
    with pytest.raises(InvalidInputError, match="user would have to be sealed again for scope cluster-wide"):
        sealed.present(data={"password": "correct horse"}, scope="cluster-wide")
    assert sealed.path.read_text() == text


def test_absent_removes_the_file_once(sealed: Sealed) -> None:
    sealed.present()
    assert sealed.file().absent().changes == [f"remove SealedSecret web/web from {sealed.path}"]
    assert not sealed.path.exists()
    assert sealed.file().absent().changes == []
