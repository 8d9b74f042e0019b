# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What starts a build: the triggers that the role delivers, asked with Tekton's own evaluator of their expressions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from forge_events import (
    NEW,
    NONE,
    URL,
    Event,
    gitea_commit,
    gitea_push,
    github_commit,
    github_pull_request,
    github_push,
    gitlab_merge_request,
    gitlab_push,
)
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig

ROOT = Path(__file__).resolve().parents[3]
FORGES = ("github", "gitlab")
IN_OVERLAY = {"modified": ["deploy/overlays/dev/kustomization.yaml"]}
IN_SOURCES = {"modified": ["main.go"]}
PLAYBOOK = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Describe what is delivered",
                "ansible.builtin.include_role": {"name": "slipway.gitops.pipelines", "tasks_from": "objects"},
            },
            {
                "name": "Write it down",
                "ansible.builtin.copy": {
                    "content": "{{ pipelines_objects | to_json }}", "dest": "{{ objects_file }}", "mode": "0600",
                },
            },
        ],
    }
]  # fmt: skip
SETTINGS = {
    "slipway_environments": {"dev": {}, "prod": {}},
    "pipelines_pools": {"tools": {"size": "s-2vcpu-4gb", "count": 1}},
    "pipelines_hostname": "",
    "pipelines_image_mirror": "",
    "pipelines_webhook_secret": "of-the-test-and-long-enough",
    "pipelines_applications": [
        {
            "name": forge,
            "repo": URL,
            "path": "deploy/overlays/ENVIRONMENT",
            "build": {
                "language": "go", "image": "registry.example.com/team/web", "forge": forge, "ignore_paths": ["docs/"],
            },
        }
        for forge in FORGES
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def triggers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The triggers of the EventListener, by name."""
    folder = tmp_path_factory.mktemp("objects")
    objects, playbook = folder / "objects.json", folder / "playbook.yml"
    playbook.write_text(yaml.safe_dump(PLAYBOOK))
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")), str(playbook), "-i", "localhost,",
        "-c", "local", "-e", json.dumps(SETTINGS | {"objects_file": str(objects)}),
    ]  # fmt: skip
    run = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
    [listener] = [item for item in json.loads(objects.read_text()) if item["kind"] == "EventListener"]
    return {trigger["name"]: trigger for trigger in listener["spec"]["triggers"]}


@pytest.fixture(scope="module")
def evaluator() -> Path:
    binaries = BinaryCache(LabConfig.from_environment().cache).ensure(UPSTREAMS["tekton-triggers"], lambda _: None)
    return binaries["cel-eval"]


Starts = Callable[[str, Event], bool]


@pytest.fixture
def starts(triggers: dict[str, dict[str, Any]], evaluator: Path, tmp_path: Path) -> Starts:
    """Whether the trigger of this name lets the event through; an expression that fails, fails the test."""

    def ask(name: str, event: Event) -> bool:
        [_, cel] = triggers[name]["interceptors"]
        [told] = [param["value"] for param in cel["params"] if param["name"] == "filter"]
        body = json.dumps(event)
        expression, request = tmp_path / "expression.txt", tmp_path / "request.txt"
        expression.write_text(told)
        request.write_text(
            f"POST / HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: {len(body)}\n\n{body}"
        )
        run = subprocess.run(
            [evaluator, "--expression", expression, "--http-request", request],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        assert run.stdout in ("true", "false")
        return run.stdout == "true"

    return ask


PUSHES = {
    "github": (github_push, github_commit, "github-push"),
    "gitea": (gitea_push, gitea_commit, "github-push"),
    "gitlab": (gitlab_push, github_commit, "gitlab-push"),
}


@pytest.mark.parametrize("forge", PUSHES)
def test_a_push_of_each_forge(starts: Starts, forge: str) -> None:
    push, commit, trigger = PUSHES[forge]

    def told(event: Event) -> bool:
        return starts(trigger, event)

    assert told(push(commit(**IN_SOURCES)))
    assert told(push(commit(**IN_OVERLAY), commit(added=["new.go"])))
    assert told(push(commit(removed=["old.go"])))
    assert told(push(commit(**IN_SOURCES), url=URL.removesuffix(".git")))
    assert not told(push(commit(**IN_OVERLAY))), "the commit that writes a digest would start the next build"
    assert not told(push(commit(modified=["deploy/overlays/prod/kustomization.yaml"])))
    assert not told(push(commit(modified=["docs/notes.md"])))
    assert not told(push(commit(**IN_SOURCES), ref="refs/heads/elsewhere"))
    assert not told(push(commit(**IN_SOURCES), ref="refs/tags/main"))
    assert not told(push(commit(**IN_SOURCES), url="https://git.example.com/team/another.git"))
    assert not told(push(after=NONE)), "a branch that is deleted is nothing to build"
    assert not told(push()), "a push that tells no commit"


@pytest.mark.parametrize(("forge", "total"), [("gitea", "total_commits"), ("gitlab", "total_commits_count")])
def test_a_push_that_is_told_in_part_is_built(starts: Starts, forge: str, total: str) -> None:
    push, commit, trigger = PUSHES[forge]
    assert starts(trigger, push(commit(**IN_OVERLAY), **{total: 30}))


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "synchronized"])
def test_a_pull_request_of_the_repository_itself(starts: Starts, action: str) -> None:
    assert starts("github-pull-request", github_pull_request(action))
    assert not starts("github-pull-request", github_pull_request(action, source="somebody/web"))
    assert not starts("github-pull-request", github_pull_request(action, target="elsewhere"))


def test_a_pull_request_that_is_only_talked_about(starts: Starts) -> None:
    for action in ("closed", "labeled", "edited"):
        assert not starts("github-pull-request", github_pull_request(action))


def test_a_merge_request_of_gitlab(starts: Starts) -> None:
    for event in (
        gitlab_merge_request(),
        gitlab_merge_request("reopen"),
        gitlab_merge_request("update", oldrev=NEW),
    ):
        assert starts("gitlab-pull-request", event)
    for event in (
        gitlab_merge_request("update"),
        gitlab_merge_request("merge"),
        gitlab_merge_request(source=2),
        gitlab_merge_request(target="elsewhere"),
    ):
        assert not starts("gitlab-pull-request", event)


@pytest.mark.parametrize(
    ("forge", "interceptor", "events"),
    [("github", "github", ["push", "pull_request"]), ("gitlab", "gitlab", ["Push Hook", "Merge Request Hook"])],
)
def test_only_who_knows_the_secret_is_heard(
    triggers: dict[str, dict[str, Any]], forge: str, interceptor: str, events: list[str]
) -> None:
    for name, event in zip((f"{forge}-push", f"{forge}-pull-request"), events, strict=True):
        proof = triggers[name]["interceptors"][0]
        assert proof["ref"] == {"name": interceptor, "kind": "ClusterInterceptor"}
        assert {param["name"]: param["value"] for param in proof["params"]} == {
            "secretRef": {"secretName": "webhook", "secretKey": "secret"},
            "eventTypes": [event],
        }
