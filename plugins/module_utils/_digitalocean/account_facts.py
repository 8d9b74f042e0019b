# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a preflight needs to know about an account, fetched once: six calls whatever the number of clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .._errors import ApiError, RefusalKind
from .._reconcile import JsonObject
from .client import DigitalOcean
from .operations import OPERATIONS

T = TypeVar("T")


@dataclass(frozen=True)
class AccountFacts:
    """The account as it is.

    droplets: how many Droplets there are, None when the token may not see them
    projects: None when nobody asked for one, or the token may not see them
    refused: one sentence for each thing that the token may not read
    """

    account: JsonObject = field(default_factory=dict)
    options: JsonObject = field(default_factory=dict)
    sizes: list[JsonObject] = field(default_factory=list)
    clusters: list[JsonObject] = field(default_factory=list)
    vpcs: list[JsonObject] = field(default_factory=list)
    droplets: int | None = None
    projects: list[JsonObject] | None = None
    refused: tuple[str, ...] = ()


def fetch_account_facts(api: DigitalOcean, *, projects: bool = False) -> AccountFacts:
    """Read everything, projects when they are asked for.

    What the token may not read becomes a sentence in refused: one run names every missing scope.
    Raises ApiError for every other refusal, such as a token that is wrong.
    """
    refused: list[str] = []

    def allowed(read: Callable[[], T], otherwise: T, what: str, operation: str) -> T:
        try:
            return read()
        except ApiError as error:
            if error.kind is not RefusalKind.SCOPE:
                raise
            scopes = OPERATIONS[operation].scopes
            plural = "s" if len(scopes) > 1 else ""
            refused.append(f"the token may not read {what}: give it the scope{plural} {' and '.join(scopes)}")
            return otherwise

    nothing: dict[str, Any] = {}
    return AccountFacts(
        account=allowed(api.account, nothing, "the account", "account.get"),
        options=allowed(api.kubernetes_options, nothing, "Kubernetes options", "kubernetes.list_options"),
        sizes=allowed(api.sizes, [], "sizes", "sizes.list"),
        clusters=allowed(api.clusters, [], "clusters", "kubernetes.list_clusters"),
        vpcs=allowed(api.vpcs, [], "VPCs", "vpcs.list"),
        droplets=allowed(api.droplet_count, None, "Droplets", "droplets.list"),
        projects=allowed(api.projects, None, "projects", "projects.list") if projects else None,
        refused=tuple(refused),
    )
