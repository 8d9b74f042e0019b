# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spellings that mean the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import canonical


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        (canonical.tags, ["B", "a", "a"], ["a", "b", "k8s", "k8s:123", "k8s:worker", "k8s-worker"]),
        (canonical.tags, [], None),
        (canonical.labels, {"a": True, "n": 1}, {"n": "1", "a": "true", "doks.digitalocean.com/node-pool": "x"}),
        (canonical.labels, {}, None),
        (
            canonical.taints,
            [{"key": "a", "effect": "NoSchedule"}, {"key": "b", "value": True, "effect": "NoExecute"}],
            [{"key": "b", "value": "true", "effect": "NoExecute"}, {"key": "a", "value": "", "effect": "NoSchedule"}],
        ),
        (canonical.network, "10.1.2.3/16", "10.1.0.0/16"),
        (canonical.network, "192.0.2.1/32", "192.0.2.1"),
        (canonical.networks, ["192.0.2.1", "10.0.0.0/8"], ["10.0.0.0/8", "192.0.2.1/32", "10.1.1.1/8"]),
        (canonical.time_of_day, "3:00", "03:00"),
        (canonical.duration, "1m30s", "90s"),
        (canonical.duration, "1h", "60m0s"),
        (canonical.number, 1, 1.0),
        (canonical.lower, "Monday", "monday"),
        (canonical.sequence, None, []),
    ],
)
def test_same(form: Callable[[Any], Any], one: Any, other: Any) -> None:
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        (canonical.tags, ["a"], ["a", "b"]),
        (canonical.tags, ["k8sx"], []),
        (canonical.labels, {"a": "1"}, {"a": "2"}),
        (canonical.taints, [{"key": "a", "effect": "NoSchedule"}], [{"key": "a", "effect": "NoExecute"}]),
        (canonical.network, "10.1.0.0/16", "10.1.0.0/17"),
        (canonical.duration, "1m", "1h"),
        (canonical.sequence, ["a", "b"], ["b", "a"]),
        (canonical.number, 0, None),
    ],
)
def test_different(form: Callable[[Any], Any], one: Any, other: Any) -> None:
    assert form(one) != form(other)


@pytest.mark.parametrize(("form", "odd"), [(canonical.network, "office"), (canonical.duration, "soon")])
def test_what_has_no_canonical_form_stays(form: Callable[[Any], Any], odd: str) -> None:
    assert form(odd) == odd
