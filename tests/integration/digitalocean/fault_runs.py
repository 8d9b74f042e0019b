# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A converge in which one call fails, for every call of it: the next run ends in the same state.

Nothing is there twice.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab_account import Account

Results = list[dict[str, Any]]

KINDS: dict[str, dict[str, Any]] = {
    "too_many_requests": {"retry_after": 0},
    "too_many_requests_bare": {},
    "error_before": {"status": 503},
    "error_after": {"status": 500},
    "reset_before": {},
    "reset_after": {},
    "stale_read": {"method": "GET"},
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


def fail_every_call_once(account: Account, converge: Converge, kind: str) -> None:
    """Asserts that a run after the one with the fault mends everything, and the one after that changes nothing."""
    converge.start(account)
    mark = account.mark()
    assert not any(result["failed"] for result in converge.act(account))
    calls, wanted = len(account.calls(mark)), converge.state(account)
    args = {"api_timeout": 1} if kind == "slow" else {}
    survived = 0
    for nth in range(1, calls + 1):
        converge.start(account)
        account.server.admin.add_fault(kind, nth=nth, **KINDS[kind])
        with_fault = converge.act(Impatient(account, **args))
        account.server.admin.clear_faults()
        survived += not any(result["failed"] for result in with_fault)
        for result in with_fault:
            assert not result["failed"] or result["msg"], "a failure says what happened"
            assert "Traceback" not in str(result.get("msg"))
        again = converge.act(account)
        assert not any(result["failed"] for result in again), f"{kind} at call {nth}: {again}"
        assert converge.state(account) == wanted, f"{kind} at call {nth} of {calls}"
        last = converge.act(account)
        assert not any(result["changed"] for result in last), f"{kind} at call {nth}: {last}"
    # Most faults are no more than a delay. The others end in a message, and the run after mends them.
    assert survived >= calls // 2, f"only {survived} of {calls} runs survived {kind}"
