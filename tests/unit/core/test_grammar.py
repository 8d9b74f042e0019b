# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the values of options: what fits each grammar, and how a problem names its option."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils import _go_duration
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import grammar
from ansible_collections.slipway.gitops.plugins.module_utils._grammar import (
    Each,
    Entries,
    Grammar,
    between,
    optional,
    problems_of,
)
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.grammar import (
    DNS_LABEL,
    DNS_SUBDOMAIN,
    LABEL_VALUE,
    QUALIFIED_NAME,
)
from ansible_collections.slipway.gitops.plugins.module_utils._web_url import WEB_URL

LONG = "a" * 63
FITS: list[tuple[Grammar, list[Any]]] = [
    (DNS_LABEL, ["a", "0", "a-b", LONG]),
    (DNS_SUBDOMAIN, ["a", "a.b-c.d", "1.2", ".".join([LONG, LONG, LONG, "a" * 61])]),
    (QUALIFIED_NAME, ["a", "A_b.c-d", "example.com/tier", "x/" + LONG, "node-role.kubernetes.io/ingress", "1"]),
    (LABEL_VALUE, ["", "a", "A_b.c-D", "1.5", 7, True, LONG]),
    (grammar.CLUSTER_NAME, ["dev", "Dev.eu-1", "a", "1", "a" * 255]),
    (grammar.POOL_NAME, ["base", "w-1", "0", "a" * 57]),
    (grammar.VPC_NAME, ["env.prod-VPC", "c33931f2-a26a-4e61-b85c-4e95a2ec431b", "-"]),
    (grammar.REGISTRY_NAME, ["shop", "a-1", LONG]),
    (grammar.TAG, ["k8s:bd5f5959", "A_b-c", "a" * 255]),
    (grammar.DESCRIPTION, ["", "anything at all\n", "ä" * 255]),
    (grammar.TIME_OF_DAY, ["00:00", "23:59", "9:05", "15:00"]),
    (grammar.ADDRESS, ["1.2.3.4", "1.2.3.4/32", "1.1.0.0/16", "1.1.0.7/16", "0.0.0.0/0"]),
    (grammar.UUID, ["cbd79771-23eb-49be-b5ea-59cc56222622", "CBD79771-23EB-49BE-B5EA-59CC56222622"]),
    (WEB_URL, ["https://sso.example.com", "https://sso.example.com:8443/realms/x", "http://10.0.0.1/"]),
    (_go_duration.DURATION, ["1m0s", "90s", "1h30m", "1.5h", "0", "100ms", ".5s"]),
    (between(0, 1), [0, 0.5, 1]),
    (optional(grammar.UUID), ["", "cbd79771-23eb-49be-b5ea-59cc56222622"]),
]
DOES_NOT_FIT: list[tuple[Grammar, list[Any]]] = [
    (DNS_LABEL, ["", "A", "-a", "a-", "a.b", "a_b", LONG + "a", "a\n", "ä"]),
    (DNS_SUBDOMAIN, ["", "a..b", ".a", "a.", "A.b", "a/b", "a" * 254]),
    (QUALIFIED_NAME, ["", "bad key!", "-a", "a/", "/a", "a/b/c", "Example.com/tier", LONG + "a", "a" * 254 + "/b"]),
    (LABEL_VALUE, ["a b", "-a", "a-", "a/b", LONG + "a", {"a": 1}]),
    (grammar.CLUSTER_NAME, ["", "dev_eu", "-dev", "dev-", "my dev", "a" * 256, "dev\n"]),
    (grammar.POOL_NAME, ["", "Workloads", "w_1", "w.1", "-w", "w-", "a" * 58]),
    (grammar.VPC_NAME, ["", "my net", "my_net", "net\n"]),
    (grammar.REGISTRY_NAME, ["", "Shop", "my_shop", "my.shop", LONG + "a"]),
    (grammar.TAG, ["", "my tag", "a.b", "a/b", "a" * 256]),
    (grammar.DESCRIPTION, ["a" * 256]),
    (grammar.TIME_OF_DAY, ["", "25:99", "24:00", "12", "12:60", "12:5", "noon", 720]),
    (grammar.ADDRESS, ["", "my office", "mine", "1.2.3", "1.2.3.4/33", "1.2.3.4/255.255.0.0", "::1", "1.2.3.4/-1"]),
    (grammar.UUID, ["", "mine", "cbd7977123eb49beb5ea59cc56222622"]),
    (WEB_URL, ["sso.example.com", "https://", "ftp://x", "https://a b"]),
    (_go_duration.DURATION, ["", "1 minute", "5", "1d", "-1s", "1h1", "m"]),
    (between(0, 1), [-0.1, 1.1, 65]),
    (optional(grammar.UUID), ["mine"]),
]


def cases(table: list[tuple[Grammar, list[Any]]]) -> list[tuple[Grammar, Any]]:
    return [(one, value) for one, values in table for value in values]


@pytest.mark.parametrize(("one", "value"), cases(FITS))
def test_it_fits(one: Grammar, value: Any) -> None:
    assert one.problem("name", value) == ""


@pytest.mark.parametrize(("one", "value"), cases(DOES_NOT_FIT))
def test_it_does_not_fit(one: Grammar, value: Any) -> None:
    assert one.problem("name", value) == f"name {value!r} must be {one.allowed}"


def test_durations_are_seconds() -> None:
    texts = ("1m30s", "1.5h", "0", "-1s", "100ms", "1 minute")
    assert [_go_duration.seconds(text) for text in texts] == [90, 5400, 0, -1, 0.1, None]


def test_a_problem_names_its_option_at_every_depth() -> None:
    labels = Entries(QUALIFIED_NAME, LABEL_VALUE, "label")
    rules = {
        "name": DNS_LABEL,
        "tags": Each(DNS_LABEL),
        "window": {"start": grammar.TIME_OF_DAY},
        "pools": Each({"name": DNS_LABEL, "labels": labels, "taints": Each({"key": DNS_LABEL})}, "pool"),
    }
    value = {
        "name": "A",
        "tags": ["a", "B"],
        "window": {"start": "99", "end": "not looked at"},
        "pools": [
            {"name": "p", "labels": {"k !": "v", "k": "v v"}, "taints": [{"key": "a"}, {"key": "B"}]},
            {"labels": {"!": "v"}},
        ],
    }
    assert [problem.partition(" must be ")[0] for problem in problems_of(rules, value)] == [
        "name 'A'",
        "tags[1] 'B'",
        "window.start '99'",
        "pool 'p': label key 'k !'",
        "pool 'p': value of label 'k': 'v v'",
        "pool 'p': taints[1].key 'B'",
        "label key '!'",
    ]


def test_what_is_not_given_is_not_looked_at() -> None:
    rules = {"name": DNS_LABEL, "tags": Each(DNS_LABEL), "window": {"start": grammar.TIME_OF_DAY}}
    assert problems_of(rules, {"name": None, "tags": None, "window": None}) == []
    assert problems_of(rules, {"window": {}}) == []
