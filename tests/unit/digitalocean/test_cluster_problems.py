# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be asked of a cluster is told with its option, all of it at once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_problems import find_problems
from declared_clusters import BAD, GOOD, pool
from do_objects import cluster


@pytest.mark.parametrize(("declared", "words"), BAD)
def test_a_bad_value_is_told_alone(declared: dict[str, Any], words: str) -> None:
    found = find_problems(declared, None)
    assert [problem for problem in found if words in problem], found
    assert len(found) == 1, found


@pytest.mark.parametrize("declared", GOOD)
def test_what_the_api_takes_is_not_refused(declared: dict[str, Any]) -> None:
    assert find_problems(declared, None) == []


def test_what_is_there_already_counts() -> None:
    sso = {"enabled": False, "issuer_url": "https://sso.example.com", "client_id": "x"}
    firewall = {"enabled": False, "allowed_addresses": ["1.2.3.4"]}
    there = cluster(sso=sso, control_plane_firewall=firewall)
    change = {"name": "dev", "sso": {"enabled": True}, "control_plane_firewall": {"enabled": True}}
    assert find_problems(change, there) == []
    assert len(find_problems(change, cluster())) == 2


def test_no_node_is_fine_for_a_cluster_that_is_there() -> None:
    assert find_problems(pool(count=0), cluster()) == []


def test_all_of_it_at_once() -> None:
    declared = {**pool(name="W", labels={"b !": "x"}), "name": "dev_eu", "tags": ["my tag"]}
    assert len(find_problems(declared, None)) == 4
