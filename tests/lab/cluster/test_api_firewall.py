# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the control plane firewall, loaded into a real nftables of a namespace of their own."""

from __future__ import annotations

import os
import subprocess

import pytest
from slipway_lab.cluster.api_firewall import firewall_rules

ALWAYS = ["172.30.1.0/24", "172.30.0.2"]


def test_no_firewall_leaves_no_rules() -> None:
    assert "drop" not in firewall_rules(None, ALWAYS)


def test_addresses_of_the_lab_are_always_let_in() -> None:
    rules = firewall_rules((), ALWAYS)
    assert "elements = { 172.30.0.2/32, 172.30.1.0/24 }" in rules
    assert "tcp dport 6443 drop" in rules


@pytest.mark.parametrize(
    "allowed",
    [
        ("203.0.113.7",),
        ("0.0.0.0/0",),
        ("10.0.0.0/8", "10.1.2.3", "10.1.0.0/16", "172.30.1.44"),
        ("10.1.2.3/8",),
        ("2001:db8::/32",),
    ],
    ids=["address", "everybody", "overlapping", "host bits", "IPv6"],
)
def test_nftables_takes_whatever_the_api_allows(allowed: tuple[str, ...]) -> None:
    if os.geteuid() != 0:
        pytest.skip("nftables needs root")
    # Twice, and then off: rules replace those before.
    rules = firewall_rules(allowed, ALWAYS) * 2 + firewall_rules(None, ALWAYS)
    result = subprocess.run(
        ["unshare", "--net", "nft", "-f", "-"], input=rules, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
