# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of tekton_pipeline_run make of a run, and what a Pipeline says to it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._tekton.declared_run import (
    declared_run,
    problems_of,
    same_run,
)

OPTIONS: dict[str, Any] = {
    "namespace": "ci", "name": None, "pipeline": "build", "params": {}, "secret_params": {}, "workspaces": [],
    "service_account": None, "labels": {}, "annotations": {}, "spec": {},
}  # fmt: skip
PIPELINE: dict[str, Any] = {
    "metadata": {"name": "build"},
    "spec": {
        "params": [
            {"name": "repo", "type": "string"},
            {"name": "tags", "type": "array", "default": []},
            {"name": "image", "type": "object", "default": {}},
        ],
        "workspaces": [{"name": "source"}, {"name": "cache", "optional": True}],
    },
}
VOLUME = {"emptyDir": {}}


def run(**options: Any) -> dict[str, Any]:
    return declared_run({**OPTIONS, **options})


def test_without_a_name_tekton_makes_one() -> None:
    assert run()["metadata"] == {"namespace": "ci", "generateName": "build-"}
    assert run(name="build-1")["metadata"] == {"namespace": "ci", "name": "build-1"}


@pytest.mark.parametrize(
    ("given", "declared"),
    [
        (True, "true"), (3, "3"), ("text", "text"), ([1, False], ["1", "false"]), ({"a": 1.5}, {"a": "1.5"}),
    ],
)  # fmt: skip
def test_params_are_texts(given: Any, declared: Any) -> None:
    assert run(params={"x": given})["spec"]["params"] == [{"name": "x", "value": declared}]


def test_secret_params_are_params_too() -> None:
    spec = run(params={"b": 1}, secret_params={"a": "s3cret"})["spec"]
    assert spec["params"] == [{"name": "a", "value": "s3cret"}, {"name": "b", "value": "1"}]


def test_the_rest_of_the_spec_is_kept() -> None:
    template = {"podTemplate": {"securityContext": {"runAsUser": 1000}}}
    given = {"timeouts": {"pipeline": "10m"}, "taskRunTemplate": template}
    spec = run(spec=given, service_account="builder", workspaces=[{"name": "source", **VOLUME}])["spec"]
    assert spec == {
        "pipelineRef": {"name": "build"},
        "timeouts": {"pipeline": "10m"},
        "taskRunTemplate": {**template, "serviceAccountName": "builder"},
        "workspaces": [{"name": "source", **VOLUME}],
    }
    assert given == {"timeouts": {"pipeline": "10m"}, "taskRunTemplate": template}


def test_a_run_that_fits_has_no_problems() -> None:
    fitting = run(params={"repo": "x", "tags": ["a"]}, workspaces=[{"name": "source", **VOLUME}])
    assert problems_of(PIPELINE, fitting) == []


def test_all_problems_are_told_at_once() -> None:
    wrong = run(params={"tags": "a", "image": ["x"], "revision": "main"}, workspaces=[{"name": "sources", **VOLUME}])
    assert problems_of(PIPELINE, wrong) == [
        "params.repo is missing, and Pipeline build has no default for it.",
        "params.revision: Pipeline build has no such parameter; it has image, repo, tags.",
        "params.image is of type array; Pipeline build takes object.",
        "params.tags is of type string; Pipeline build takes array.",
        "workspaces has no source, which Pipeline build needs.",
        "workspaces: Pipeline build has no workspace sources; it has cache, source.",
    ]


def test_a_run_of_the_same_name_may_be_another() -> None:
    found = run(params={"repo": "x", "gone": "1"})
    assert same_run(found, run(params={"repo": "x", "gone": 1})) == []
    assert same_run(found, run(pipeline="test", params={"repo": "y", "new": "1"})) == [
        "pipeline", "params.gone", "params.new", "params.repo",
    ]  # fmt: skip
