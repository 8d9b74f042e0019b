# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which applications may lose something when their ApplicationSet changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_set_pruning import (
    endangered,
    without_pruning,
)
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.custom_resource import Declared

SPEC: dict[str, Any] = {
    "project": "dev",
    "source": {"repoURL": "https://git.example.com/web.git", "path": "overlays/dev", "targetRevision": "HEAD"},
    "destination": {"name": "dev", "namespace": "web"},
    "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
}


def app(**changes: Any) -> dict[str, Any]:
    spec = copy.deepcopy(SPEC)
    for path, value in changes.items():
        *way, last = path.split("__")
        target = spec
        for key in way:
            target = target[key]
        target[last] = value
    return {"metadata": {"name": "web-dev"}, "spec": spec}


@pytest.mark.parametrize(
    ("before", "after", "at_risk"),
    [
        (app(), app(), False),
        (app(), app(source__path="overlays/staging"), True),
        (app(), app(source__repoURL="https://git.example.com/other.git"), True),
        (app(), app(source__targetRevision="v1"), True),
        (app(), app(source__targetRevision=""), False),
        (app(), app(destination__namespace="other"), True),
        (app(), app(destination={"server": "https://192.0.2.1", "namespace": "web"}), True),
        (app(source__kustomize={"patches": []}), app(), False),
        # From people to Git, and what an earlier look held back.
        (app(syncPolicy={}), app(), True),
        (app(syncPolicy={"automated": {"selfHeal": True}}), app(), True),
        (app(syncPolicy={"automated": {"prune": True, "enabled": False}}), app(), True),
        # What does not prune loses nothing.
        (app(), app(source__path="overlays/staging", syncPolicy={}), False),
    ],
)
def test_endangered(before: dict[str, Any], after: dict[str, Any], at_risk: bool) -> None:
    assert bool(endangered([before], [after])) is at_risk
    assert endangered([], [after]) == []


def test_without_pruning() -> None:
    declared = Declared("web-dev", spec={"template": {"spec": SPEC}})
    careful = without_pruning(declared)
    assert careful is not None and careful.spec is not None and declared.spec is not None
    assert careful.spec["template"]["spec"]["syncPolicy"]["automated"] == {"prune": False, "selfHeal": True}
    assert declared.spec["template"]["spec"]["syncPolicy"]["automated"]["prune"] is True
    assert without_pruning(Declared("web-prod", spec={"template": {"spec": {"syncPolicy": {}}}})) is None
