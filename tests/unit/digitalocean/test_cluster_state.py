# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a cluster is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_state import observe
from ansible_collections.slipway.gitops.plugins.module_utils._errors import ObjectFailedError
from do_objects import cluster, node, pool

SCALED: dict[str, Any] = {"auto_scale": True, "min_nodes": 1, "max_nodes": 3}


@pytest.mark.parametrize(
    ("found", "done", "text"),
    [
        (cluster(pool("a", 2)), True, "cluster running, 2 of 2 nodes ready"),
        (cluster(pool("a", 2, ready=1)), False, "cluster running, 1 of 2 nodes ready"),
        (cluster(pool("a", 2), state="provisioning"), False, "cluster provisioning, 2 of 2 nodes ready"),
        (cluster(pool("a", 2), state="upgrading"), False, "cluster upgrading, 2 of 2 nodes ready"),
        (cluster(pool("a", 2, nodes=[])), False, "cluster running, 0 of 2 nodes ready"),
        (cluster(pool("a", 1, nodes=[node("x"), node("y", "deleting")])), False, "1 of 1 nodes ready, 1 leaving"),
        (cluster(pool("a", 3, ready=1, **SCALED)), True, "1 of 3 nodes ready"),
        (cluster(pool("a", 1, ready=0, **SCALED)), False, "0 of 1 nodes ready"),
        (cluster(pool("a", 0)), True, "cluster running"),
    ],
)
def test_observe(found: dict[str, Any], done: bool, text: str) -> None:
    seen = observe(found)
    assert seen.done is done
    assert text in seen.text


def test_only_named_pools_are_watched() -> None:
    found = cluster(pool("a"), pool("b", ready=0))
    assert observe(found, ["a"]).done
    assert observe(found, []).done
    assert not observe(found, ["b"]).done


def test_a_version_and_pools_that_shall_go_are_awaited() -> None:
    assert not observe(cluster(), version="1.36.3-do.1").done
    assert "at 1.36.3-do.0, going to 1.36.3-do.1" in observe(cluster(), version="1.36.3-do.1").text
    assert observe(cluster(), version="1.36.3-do.0").done
    assert not observe(cluster(pool("a"), pool("b")), ["a"], gone_pools=["b"]).done


def test_a_broken_cluster_raises() -> None:
    with pytest.raises(ObjectFailedError, match="no room"):
        observe(cluster(status={"state": "error", "message": "no room"}))


def test_a_cluster_that_somebody_deletes_ends_the_wait() -> None:
    with pytest.raises(ObjectFailedError, match="somebody deletes it"):
        observe(cluster(state="deleting"))
