# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a preflight needs to know about an account, fetched once: six calls whatever the number of clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .._errors import ApiError
from .._reconcile import JsonObject
from .client import DigitalOcean

T = TypeVar("T")


@dataclass(frozen=True)
class AccountFacts:
    """The account as it is.

    droplets: how many Droplets there are, None when the token may not see them
    refused: one sentence for each thing that the token may not read
    """

    account: JsonObject = field(default_factory=dict)
    options: JsonObject = field(default_factory=dict)
    sizes: list[JsonObject] = field(default_factory=list)
    clusters: list[JsonObject] = field(default_factory=list)
    vpcs: list[JsonObject] = field(default_factory=list)
    droplets: int | None = None
    refused: tuple[str, ...] = ()


def fetch_account_facts(api: DigitalOcean) -> AccountFacts:
    """Read everything. A 403 becomes a sentence in refused, so that one run names every missing scope.

    Raises ApiError for every other refusal, such as a token that is wrong.
    """
    refused: list[str] = []

    def allowed(read: Callable[[], T], otherwise: T, what: str, scope: str) -> T:
        try:
            return read()
        except ApiError as error:
            if error.status != 403:
                raise
            refused.append(f"the token may not read {what}: give it the scope {scope}")
            return otherwise

    nothing: dict[str, Any] = {}
    return AccountFacts(
        account=allowed(api.account, nothing, "the account", "account:read"),
        options=allowed(api.kubernetes_options, nothing, "Kubernetes options", "kubernetes:read"),
        sizes=allowed(api.sizes, [], "sizes", "sizes:read"),
        clusters=allowed(api.clusters, [], "clusters", "kubernetes:read"),
        vpcs=allowed(api.vpcs, [], "VPCs", "vpc:read"),
        droplets=allowed(api.droplet_count, None, "Droplets", "droplet:read"),
        refused=tuple(refused),
    )
