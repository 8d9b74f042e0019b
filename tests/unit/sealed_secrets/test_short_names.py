# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sealed in check mode is another text than what the run seals, and both show the same."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.custom_resource import Declared, plan
from ansible_collections.slipway.gitops.plugins.module_utils._sealed_secrets.short_names import (
    SEALED_ANEW,
    named_shortly,
    short_name,
    texts_named_shortly,
)


def sealed_secret(name: str, text: str) -> dict[str, Any]:
    return {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {"name": name, "namespace": "web"},
        "spec": {"encryptedData": {"password": text}, "template": {"metadata": {"name": name}}},
    }


def password_of(item: dict[str, Any]) -> str:
    return str(item["spec"]["encryptedData"]["password"])


def application(*objects: dict[str, Any]) -> dict[str, Any]:
    return {"source": {"repoURL": "https://example.com", "helm": {"valuesObject": {"extraDeploy": list(objects)}}}}


def test_a_text_that_is_there_has_a_name_and_a_new_one_has_none() -> None:
    before, after = named_shortly(
        {"items": [sealed_secret("old", "AgA1"), sealed_secret("changed", "AgA2")]},
        {"items": [sealed_secret("changed", "AgA3"), sealed_secret("old", "AgA1"), sealed_secret("new", "AgA4")]},
    )
    assert [password_of(item) for item in before["items"]] == [short_name("AgA1"), short_name("AgA2")]
    assert [password_of(item) for item in after["items"]] == [SEALED_ANEW, short_name("AgA1"), SEALED_ANEW]


def test_other_values_are_as_they_were() -> None:
    one = {"kind": "Secret", "spec": {"encryptedData": {"a": "b"}}, "data": ["b"]}
    assert named_shortly({}, one) == ({}, one)


@pytest.mark.parametrize("there", [(), ("AgAold",)])
def test_an_application_that_carries_them_shows_the_same_for_each_sealing(there: tuple[str, ...]) -> None:
    live = None
    if there:
        live = {"metadata": {"name": "web"}, "spec": application(*(sealed_secret("s", text) for text in there))}
    plans = [
        plan(live, Declared("web", application(sealed_secret("s", text), {"kind": "Namespace"})), "ApplicationSpec")
        for text in ("AgAinCheckMode", "AgAinTheRun")
    ]
    assert plans[0].changes == plans[1].changes != ()
    assert plans[0].before == plans[1].before
    assert plans[0].after == plans[1].after
    assert "AgAinTheRun" not in str(plans[1].changes)
    # What is sent has the text.
    assert "AgAinTheRun" in str(plans[1].body)


def test_an_application_whose_sealed_text_alone_changed_has_changed() -> None:
    live = {"metadata": {"name": "web"}, "spec": application(sealed_secret("s", "AgAold"))}
    same, other = (
        plan(live, Declared("web", application(sealed_secret("s", text))), "ApplicationSpec")
        for text in ("AgAold", "AgAnew")
    )
    assert same.changes == ()
    assert [change.describe() for change in other.changes] == [
        "spec.source.helm.valuesObject.extraDeploy[0].spec.encryptedData.password "
        f"{short_name('AgAold')} -> {SEALED_ANEW}"
    ]


def test_texts_that_are_yaml() -> None:
    before, after = (
        yaml.safe_dump_all([{"kind": "Namespace"}, sealed_secret("s", text)]) for text in ("AgAold", "AgAnew")
    )
    shown = texts_named_shortly(before, after)
    assert shown == (before.replace("AgAold", short_name("AgAold")), after.replace("AgAnew", SEALED_ANEW))
    assert texts_named_shortly("", "SealedSecret: [") == ("", "SealedSecret: [")
