# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taints: the pool's are replaced, others' stay."""

from __future__ import annotations

from typing import Any

import pytest
from slipway_lab.cluster.node_machine import reserved_resources
from slipway_lab.cluster.node_objects import merge_taints


def taint(key: str, value: str = "true", effect: str = "NoSchedule") -> dict[str, Any]:
    return {"key": key, "value": value, "effect": effect}


MINE = taint("mine")


@pytest.mark.parametrize(
    ("present", "owned", "wanted", "result"),
    [
        ([], [], [taint("a")], [taint("a")]),
        ([taint("a")], [taint("a")], [], []),
        ([MINE, taint("a")], [taint("a")], [taint("b")], [MINE, taint("b")]),
        ([taint("a", "old")], [taint("a", "old")], [taint("a", "new")], [taint("a", "new")]),
        ([taint("a", effect="NoExecute")], [], [taint("a")], [taint("a", effect="NoExecute"), taint("a")]),
        ([MINE], [taint("gone")], [], [MINE]),
    ],
    ids=["add", "remove", "exchange", "new value", "same key, other effect", "removed by hand"],
)
def test_taints_after_a_change(present: Any, owned: Any, wanted: Any, result: Any) -> None:
    assert merge_taints(present, owned, wanted) == result


@pytest.mark.parametrize(
    ("size", "host", "reserved"),
    [
        ((2, 4096), (8, 16384), {"cpu": "6", "memory": "12288Mi"}),
        ((2, 4096), (2, 24105), {"memory": "20009Mi"}),
        ((8, 16384), (2, 4000), {}),
    ],
    ids=["large host", "few processors", "host smaller than the node"],
)
def test_what_is_reserved_leaves_the_nodes_size(
    size: tuple[int, int], host: tuple[int, int], reserved: dict[str, str]
) -> None:
    assert reserved_resources(*size, *host) == reserved
