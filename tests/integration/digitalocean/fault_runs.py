# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A converge in which one call fails, for every call of it: the next run ends in the same state.

Nothing is there twice.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from lab_account import Account

Results = list[dict[str, Any]]

STALE = "stale_read"
KINDS: dict[str, dict[str, Any]] = {
    "too_many_requests": {"retry_after": 0},
    "too_many_requests_bare": {},
    "error_before": {"status": 503},
    "error_after": {"status": 500},
    "reset_before": {},
    "reset_after": {},
    STALE: {"method": "GET"},
    "slow": {"seconds": 1.3},
    "html": {"status": 502},
    "truncated": {},
}
# What differs between two accounts that are the same: ids, times, and what is made from them.
VOLATILE = {
    "id",
    "created_at",
    "updated_at",
    "endpoint",
    "ipv4",
    "nodes",
    "vpc_uuid",
    "urn",
    "ip",
    "project_id",
    "zone_file",
    "storage_usage_bytes_updated_at",
}


@dataclass(frozen=True)
class Converge:
    """start: brings the account to where the converge begins; act: the converge; state: all that counts afterwards."""

    start: Callable[[Account], None]
    act: Callable[[Account], Results]
    state: Callable[[Account], dict[str, Any]]


def converges_by_length(converges: Iterable[str], short: set[str]) -> list[Any]:
    """Parameters of a test that runs once for each call in each way; all but the short ones are marked `long`."""
    return [name if name in short else pytest.param(name, marks=pytest.mark.long) for name in converges]


def essence(value: Any) -> Any:
    """An API object without what only its making decides."""
    if isinstance(value, dict):
        return {key: essence(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [essence(item) for item in value if not (isinstance(item, str) and item.startswith("k8s:"))]
    return value


class Impatient(Account):
    """The account with other connection options."""

    def __init__(self, account: Account, **options: Any) -> None:
        super().__init__(account.server)
        self.options = options

    def run(self, module_name: str, /, **args: Any) -> dict[str, Any]:
        return super().run(module_name, **{**self.options, **copy.deepcopy(args)})


def faults_for(calls: list[str]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """For each call its number, a kind of fault and what the order of that needs.

    A writing call fails in every way, for each leaves something else behind. A read that fails leaves nothing, so it
    fails in one way, another one for each, and it answers what was before the last write.
    """
    ways = itertools.cycle(kind for kind in KINDS if kind != STALE)
    reads = 0
    for number, call in enumerate(calls, start=1):
        if call.startswith("GET "):
            reads += 1
            way = next(ways)
            yield number, way, {"nth": number, **KINDS[way]}
            yield number, STALE, {"nth": reads, **KINDS[STALE]}
        else:
            for way in (kind for kind in KINDS if kind != STALE):
                yield number, way, {"nth": number, **KINDS[way]}


def fail_every_call_once(account: Account, converge: Converge) -> None:
    """Asserts that a run after the one with the fault mends everything, and the one after that changes nothing."""
    converge.start(account)
    mark = account.mark()
    assert not any(result["failed"] for result in converge.act(account))
    calls, wanted = account.calls(mark), converge.state(account)
    assert any(not call.startswith("GET ") for call in calls)
    survived: list[bool] = []
    for number, kind, order in faults_for(calls):
        where = f"{kind} at call {number} of {len(calls)}, {calls[number - 1]}"
        converge.start(account)
        account.server.admin.add_fault(kind, **order)
        with_fault = converge.act(Impatient(account, **({"api_timeout": 1} if kind == "slow" else {})))
        account.server.admin.clear_faults()
        survived.append(not any(result["failed"] for result in with_fault))
        # A stale answer cannot be told from a true one.
        if survived[-1] and kind != STALE:
            assert converge.state(account) == wanted, f"{where}: the run said that all went well"
        for result in with_fault:
            assert not result["failed"] or result["msg"], "a failure says what happened"
            assert "Traceback" not in str(result.get("msg"))
        again = converge.act(account)
        assert not any(result["failed"] for result in again), f"{where}: {again}"
        assert converge.state(account) == wanted, where
        last = converge.act(account)
        assert not any(result["changed"] for result in last), f"{where}: {last}"
    # Most faults are no more than a delay. The others end in a message, and the run after mends them.
    assert sum(survived) >= len(survived) // 2, f"only {sum(survived)} of {len(survived)} runs survived"
