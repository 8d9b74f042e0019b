# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""promotion_plan: which applications may go on."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.plugin_utils._promotion import promotion_plan


def app(name: str, environment: str, **more: Any) -> dict[str, Any]:
    """An application that is synced and healthy at revision aaa."""
    status = {
        "sync": {"status": more.get("sync", "Synced"), "revision": more.get("revision", "aaa")},
        "health": {"status": more.get("health", "Healthy")},
        "history": more.get("history", []),
        "resources": more.get("resources", []),
        "conditions": more.get("conditions", []),
        "operationState": more.get("operation", {}),
        "summary": {"images": more.get("images", ["web:1"])},
    }
    return {
        "metadata": {
            "name": more.get("called", f"{name}-{environment}"),
            "namespace": "argocd",
            "labels": {"app.kubernetes.io/name": name, "environment": environment},
        },
        "spec": {
            "source": {"repoURL": more.get("repo", "https://git.example.com/apps")},
            "destination": {"name": environment},
            **more.get("spec", {}),
        },
        "status": status,
    }


def prod(name: str, **more: Any) -> dict[str, Any]:
    return app(name, "prod", **{"sync": "OutOfSync", "revision": "ccc", **more})


def problems(applications: list[dict[str, Any]], *names: str, **reasons: str) -> list[str]:
    known = {f"argocd/{name.replace('_', '-')}": text for name, text in reasons.items()}
    planned = promotion_plan(applications, names, "dev", "prod", known)
    assert planned["promotions"] == []
    found: list[str] = planned["problems"]
    return found


def test_what_waits_goes_at_the_revision_of_dev() -> None:
    history = [{"revision": "000"}, {"revision": "bbb"}]
    found = [app("web", "dev"), prod("web", history=history), app("shop", "dev"), app("shop", "prod")]
    found.append({"metadata": {"name": "other", "labels": {}}, "spec": {}, "status": {}})
    planned = promotion_plan(found, [], "dev", "prod")
    assert planned == {
        "problems": [],
        "promotions": [
            {
                "name": "web",
                "application": "web-prod",
                "namespace": "argocd",
                "cluster": "prod",
                "environment": "prod",
                "revision": "aaa",
                "deployed": "bbb",
                "images": ["web:1"],
                "digest": "",
            }
        ],
    }
    named = promotion_plan(found, ["shop"], "dev", "prod")
    assert [one["application"] for one in named["promotions"]] == ["shop-prod"]
    assert promotion_plan([], [], "dev", "prod") == {"problems": [], "promotions": []}


def test_one_that_was_compared_with_an_older_revision_waits_too() -> None:
    found = [
        app("web", "dev", revision="bbb"),
        app("web", "prod", revision="aaa"),
        app("shop", "dev"),
        app("shop", "prod"),
    ]
    planned = promotion_plan(found, [], "dev", "prod")
    assert [(one["name"], one["revision"]) for one in planned["promotions"]] == [("web", "bbb")]


@pytest.mark.parametrize(
    ("images", "digest"),
    [([f"r/web@sha256:{'b' * 64}"], f"sha256:{'a' * 64}"), ([f"r/web@sha256:{'a' * 64}"], None), (["r/web:1"], "a")],
    ids=["another", "the same", "by a tag"],
)
def test_a_build_that_the_target_does_not_run_waits_by_its_digest(images: list[str], digest: str | None) -> None:
    built = f"sha256:{'a' * 64}"
    found = [
        app("web", "dev", images=["r/sidecar:1", f"r/web@{built}"]),
        prod("web", images=images, sync="Synced", revision="aaa"),
    ]
    planned = promotion_plan(found, [], "dev", "prod", builds={"web": "r/web"})
    assert [one["digest"] for one in planned["promotions"]] == ([built] if digest else [])
    # Whoever does not build it has nothing to say about digests.
    assert promotion_plan(found, [], "dev", "prod")["promotions"] == []


def test_a_build_has_one_digest() -> None:
    found = [
        app("web", "dev", called="web-one", images=["r/web@sha256:a"]),
        app("web", "dev", called="web-two", images=["r/web@sha256:b"]),
        prod("web"),
    ]
    planned = promotion_plan(found, [], "dev", "prod", builds={"web": "r/web"})
    assert planned["problems"] == ["web has several digests of its image in dev: sha256:a, sha256:b"]


def test_every_cluster_of_the_environment() -> None:
    found = [app("web", "dev"), prod("web", called="web-eu"), prod("web", called="web-us")]
    planned = promotion_plan(found, [], "dev", "prod")
    assert [one["application"] for one in planned["promotions"]] == ["web-eu", "web-us"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([app("web", "dev", sync="OutOfSync"), prod("web")], "web-dev is OutOfSync, Healthy in dev"),
        # Argo CD calls what it cannot compare healthy.
        (
            [
                app(
                    "web",
                    "dev",
                    sync="Unknown",
                    conditions=[{"type": "ComparisonError", "message": "cluster is gone"}],
                ),
                prod("web"),
            ],
            "web-dev is Unknown, Healthy in dev: ComparisonError: cluster is gone",
        ),
        ([app("web", "dev", operation={"phase": "Running"}), prod("web")], "operation Running in dev"),
        ([prod("web")], "web is in prod and not in dev"),
        (
            [app("web", "dev", called="web-a"), app("web", "dev", called="web-b", revision="bbb"), prod("web")],
            "web has no one revision in dev: web-a aaa, web-b bbb",
        ),
        ([app("web", "dev"), prod("web", repo="https://elsewhere")], "web comes from different repositories"),
        ([app("web", "dev"), prod("web", spec={"sources": [{}]})], "web has several sources"),
        ([app("web", "dev"), prod("web", operation={"phase": "Running"})], "web-prod is being synced already"),
    ],
)
def test_what_forbids_it(found: list[dict[str, Any]], words: str) -> None:
    [problem] = problems(found)
    assert words in problem


def test_the_reason_that_argo_cd_gives() -> None:
    found = [app("web", "dev", health="Degraded"), prod("web")]
    assert problems(found, web_dev="Deployment web/web is Degraded (no image)") == [
        "web-dev is Synced, Degraded in dev: Deployment web/web is Degraded (no image)"
    ]


def test_one_that_may_not_holds_up_the_others_and_says_so() -> None:
    found = [app("a", "dev", sync="OutOfSync"), prod("a"), app("b", "dev"), prod("b"), app("c", "dev")]
    assert len(problems(found)) == 1
    assert promotion_plan(found, ["b"], "dev", "prod")["problems"] == []
    assert problems(found, "c", "bb") == [
        "bb: there is no such application in dev or prod; did you mean b?",
        "c is in dev and not in prod",
    ]
