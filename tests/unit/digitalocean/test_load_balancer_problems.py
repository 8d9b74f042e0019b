# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be asked of a load balancer is told with its option, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer_problems import find_problems
from declared_load_balancers import BAD, GOOD, RULE, TLS, wanted


@pytest.mark.parametrize(("declared", "words"), BAD)
def test_a_bad_value_is_told_alone(declared: dict[str, Any], words: str) -> None:
    found = find_problems(declared, None)
    assert len(found) == 1 and words in found[0], found


@pytest.mark.parametrize("declared", GOOD)
def test_what_the_api_takes_is_not_refused(declared: dict[str, Any]) -> None:
    assert find_problems(declared, None) == []


def test_http3_is_udp() -> None:
    """It stands beside HTTP/2 or HTTPS at the same port, and not beside what is UDP itself."""
    http3 = {**TLS, "entry_protocol": "http3"}
    udp = {**RULE, "entry_protocol": "udp", "target_protocol": "udp", "entry_port": 443}
    assert find_problems(wanted(forwarding_rules=[TLS, http3]), None) == []
    assert "2 rules for UDP" in find_problems(wanted(forwarding_rules=[udp, http3]), None)[0]


def test_what_is_there_already_counts() -> None:
    cookies = {"sticky_sessions": {"type": "cookies"}}
    there = {"type": "REGIONAL", "sticky_sessions": {"type": "none", "cookie_name": "lb", "cookie_ttl_seconds": 60}}
    assert find_problems(cookies, there) == []
    assert len(find_problems(cookies, {"type": "REGIONAL", "sticky_sessions": {"type": "none"}})) == 1
    assert "does not speak it" in find_problems({"enable_proxy_protocol": True}, {"type": "GLOBAL"})[0]
