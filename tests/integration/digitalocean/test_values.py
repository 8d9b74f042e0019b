# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that cannot be: the same verdict in check mode and in the run, and nothing is touched. What can be is taken
by both the module and the API."""

from __future__ import annotations

from typing import Any

import pytest
from declared_clusters import BAD, GOOD
from declared_load_balancers import BAD as BAD_BALANCERS
from declared_load_balancers import GOOD as GOOD_BALANCERS
from lab_account import Account


@pytest.mark.parametrize(("declared", "words"), BAD)
def test_a_bad_cluster_is_refused_in_check_mode_as_in_the_run(
    account: Account, declared: dict[str, Any], words: str
) -> None:
    start = account.mark()
    checked = account.run("do_kubernetes_cluster", **declared, check_mode=True)
    run = account.run("do_kubernetes_cluster", **declared)
    preflight = account.run("do_kubernetes_preflight", clusters=[declared])
    assert checked["msg"] == run["msg"]
    assert words in run["msg"]
    assert [problem for problem in preflight["problems"] if words in problem], preflight["problems"]
    assert account.writes(start) == []


@pytest.mark.parametrize("declared", GOOD)
def test_what_the_module_takes_the_api_takes(account: Account, declared: dict[str, Any]) -> None:
    if "vpc" in declared:
        made = account.api("POST", "/v2/vpcs", json={"name": "net", "region": "ams3"})
        declared = {**declared, "vpc": made["vpc"]["id"]}
    preflight = account.run("do_kubernetes_preflight", clusters=[declared])
    assert not preflight["failed"], preflight["problems"]
    checked = account.run("do_kubernetes_cluster", **declared, check_mode=True)
    run = account.run("do_kubernetes_cluster", **declared, wait=False)
    assert not run["failed"], run["msg"]
    assert checked["changes"] == run["changes"]


@pytest.mark.parametrize(("declared", "words"), BAD_BALANCERS)
def test_a_bad_load_balancer_is_refused_in_check_mode_as_in_the_run(
    account: Account, declared: dict[str, Any], words: str
) -> None:
    start = account.mark()
    checked = account.run("do_load_balancer", **declared, check_mode=True)
    run = account.run("do_load_balancer", **declared)
    assert checked["msg"] == run["msg"]
    assert words in run["msg"]
    assert account.writes(start) == []


@pytest.mark.parametrize("declared", GOOD_BALANCERS)
def test_a_load_balancer_that_the_module_takes_the_api_takes(account: Account, declared: dict[str, Any]) -> None:
    checked = account.run("do_load_balancer", **declared, check_mode=True)
    run = account.run("do_load_balancer", **declared, wait=False)
    assert not run["failed"], run["msg"]
    assert checked["changes"] == run["changes"]
    again = account.run("do_load_balancer", **declared, wait=False)
    assert not again["changed"], again["changes"]


@pytest.mark.parametrize(
    ("module", "options", "words"),
    [
        ("do_vpc", {"name": "my net", "region": "ams3"}, "name 'my net' must be letters"),
        ("do_vpc", {"name": "net", "region": "ams3", "ip_range": "10.120.0.0/8"}, "ip_range '10.120.0.0/8' is not"),
        ("do_vpc", {"name": "net", "region": "ams3", "ip_range": "10.0.0.0/8"}, "between /16 and /28"),
        ("do_vpc", {"name": "net", "region": "ams3", "description": "d" * 256}, "must be 255 characters at most"),
        ("do_container_registry", {"name": "My_Shop"}, "name 'My_Shop' must be 1 to 63 lowercase letters"),
    ],
)
def test_a_bad_value_is_refused_in_check_mode_as_in_the_run(
    account: Account, module: str, options: dict[str, Any], words: str
) -> None:
    start = account.mark()
    checked = account.run(module, **options, check_mode=True)
    run = account.run(module, **options)
    assert checked["msg"] == run["msg"]
    assert words in run["msg"]
    assert account.calls(start) == []
