# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A DOKS cluster with its node pools: bring it to what was declared, or remove it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, TypeVar

from .._errors import (
    ApiError,
    InvalidInputError,
    ObjectFailedError,
    OutcomeUnknownError,
    raise_all,
    telling_what_was_done,
)
from .._outcome import Outcome
from .._reconcile import JsonObject, declared
from .._waiter import Observation, Waiter
from . import associated_resources, cluster_state, looks, offers, versions
from .busy import once_free
from .client import DigitalOcean
from .cluster_plan import ClusterPlan, creation_body, plan_creation, plan_update, settings_of
from .cluster_problems import companion_problems, value_problems
from .looks import look_for
from .lookup import FoundInsteadError, create_once, find_by_name
from .node_pools import PoolPlan
from .projects import find_project, is_in_project
from .twins import only_one
from .vpc import resolve_vpc

T = TypeVar("T")

# A list of the API may lag behind: what is about to be created is looked for a second time.
SECOND_LOOK_SECONDS = 1.0


def find_cluster(api: DigitalOcean, name: str) -> JsonObject | None:
    """The cluster with this name. One that is being deleted counts where there is no other, one that the API still
    lists as deleted does not.
    """
    alive = [item for item in api.clusters() if cluster_state.state_of(item) != cluster_state.GONE]
    staying = [item for item in alive if not cluster_state.is_leaving(item)]
    return find_by_name("cluster", name, staying) or find_by_name("cluster", name, alive)


def check_offers(body: Mapping[str, Any], options: JsonObject) -> None:
    """Raises InvalidInputError for regions and sizes that DOKS does not offer, with the names near them."""
    problems = offers.region_problems(body.get("region"), options) + offers.size_problems(body["node_pools"], options)
    raise_all(
        problems, InvalidInputError, "DigitalOcean does not offer this (doctl kubernetes options lists what it does)"
    )


class KubernetesCluster:
    """One cluster, by its name.

    params: the module's parameters
    check_mode: find out and say what would be done, send nothing that changes anything
    """

    def __init__(self, api: DigitalOcean, params: Mapping[str, Any], waiter: Waiter, *, check_mode: bool) -> None:
        self.api = api
        self.params: JsonObject = declared(params)
        self.name = str(params["name"])
        self.waits = bool(params["wait"])
        self.waiter = waiter
        self.check_mode = check_mode
        self.done: list[str] = []

    @cached_property
    def options(self) -> JsonObject:
        """Regions, sizes and versions on offer; asked for at most once."""
        return self.api.kubernetes_options()

    # state: present

    def present(self) -> Outcome:
        """Create the cluster, or change what differs. Raises a SlipwayError that says what had been done."""
        self._refuse(value_problems(self.params))
        with telling_what_was_done(self.done):
            return self._present()

    def _refuse(self, problems: list[str]) -> None:
        raise_all(problems, InvalidInputError, f"Cluster {self.name!r} cannot be as asked")

    def _present(self) -> Outcome:
        found = find_cluster(self.api, self.name)
        to_change = None if found is None or cluster_state.is_leaving(found) else found
        self._refuse(companion_problems(self.params, to_change))
        settings = settings_of(self.params, resolve_vpc(self.api, self.params.get("vpc"), check_mode=self.check_mode))
        if found is not None and cluster_state.is_leaving(found):
            self._wait_until_gone(found)
            found = None
        if found is None:
            return self._create(settings)
        return self._update(found, settings)

    def _create(self, settings: JsonObject) -> Outcome:
        missing = [name for name in ("region", "version", "node_pools") if not self.params.get(name)]
        if missing:
            raise InvalidInputError(
                f"Cluster {self.name!r} does not exist yet, and to create it {', '.join(missing)} must be given."
            )
        slug = versions.resolve(str(self.params["version"]), self.options)
        body = creation_body(self.params, settings, slug)
        check_offers(body, self.options)
        project = find_project(self.api, self.params["project"]) if self.params.get("project") else None
        plan = plan_creation(body, project, vpc=self.params.get("vpc"))
        if self.check_mode:
            return self._outcome(plan, body)
        self.waiter.sleep(SECOND_LOOK_SECONDS)
        found = find_cluster(self.api, self.name)
        if found is not None:
            return self._update(found, settings)
        try:
            cluster = create_once(
                f"cluster {self.name!r}",
                lambda: self._made_alone(body),
                lambda: find_cluster(self.api, self.name),
                self.waiter,
            )
        except FoundInsteadError as there:
            outcome = self._update(there.found, settings)
            return replace(outcome, warnings=[*outcome.warnings, *filter(None, [there.words])])
        self.done += plan.settings
        cluster = self._settle(str(cluster["id"]), None, seen=cluster)
        self._assign(plan, cluster)
        return self._outcome(plan, cluster)

    def _made_alone(self, body: JsonObject) -> JsonObject:
        """DOKS takes a name twice: of two clusters that two runs made at once the younger goes, new and empty."""
        return only_one(
            "cluster",
            self.api.create_cluster(body),
            lambda: [item for item in self.api.clusters() if item.get("name") == self.name],
            lambda made: self.api.delete_cluster(str(made["id"])),
            self.waiter.sleep,
        )

    def _update(self, found: JsonObject, settings: JsonObject) -> Outcome:
        cluster_state.refuse_broken(found)
        if not self.check_mode and cluster_state.state_of(found) in cluster_state.UNSETTLED:
            # An earlier run may have been cut short: what it began is awaited first, and then compared.
            found = self._settle(str(found["id"]), (), seen=found)
        plan = plan_update(
            self.params,
            settings,
            found,
            upgrade_to=self._upgrade_target(found),
            project=self._project_to_join(found),
        )
        new_pools = [pool.body for pool in plan.pools if pool.pool_id is None]
        if new_pools:
            check_offers({"node_pools": new_pools}, self.options)
        if self.check_mode:
            return self._outcome(plan, plan.predicted(found))
        return self._outcome(plan, self._apply(plan, found))

    def _apply(self, plan: ClusterPlan, cluster: JsonObject) -> JsonObject:
        cluster_id = str(cluster["id"])
        declared_pools = [pool.name for pool in plan.pools] if "node_pools" in self.params else None
        if plan.body:
            self._once_free(lambda: self.api.update_cluster(cluster_id, plan.body))
            self.done += plan.settings
        for pool in plan.pools:
            self._apply_pool(cluster_id, pool)
        changed = plan.body or any(pool.body for pool in plan.pools)
        cluster = self._settle(cluster_id, declared_pools, seen=None if changed else cluster)
        for removed in plan.removed_pools:
            self._remove_pool(cluster_id, removed)
        if plan.removed_pools:
            gone = [str(pool["name"]) for pool in plan.removed_pools]
            cluster = self._settle(cluster_id, declared_pools, gone_pools=gone)
        if plan.upgrade_to:
            cluster = self._upgrade(cluster, plan.upgrade_to, declared_pools)
        self._assign(plan, cluster)
        return cluster

    def _apply_pool(self, cluster_id: str, pool: PoolPlan) -> None:
        if pool.pool_id is None:
            what = f"node pool {pool.name!r} of cluster {self.name!r}"
            try:
                create_once(
                    what,
                    lambda: self._once_free(lambda: self.api.create_node_pool(cluster_id, pool.body)),
                    lambda: find_by_name("node pool", pool.name, self._refreshed(cluster_id).get("node_pools") or []),
                    self.waiter,
                )
            except FoundInsteadError as there:
                raise InvalidInputError(
                    f"Another run has just made {what} ({there.found.get('id')}).", "Run again: one run at a time."
                ) from there
        elif pool.body:
            pool_id = pool.pool_id
            self._once_free(lambda: self.api.update_node_pool(cluster_id, pool_id, pool.body))
        else:
            return
        self.done += pool.describe()

    def _remove_pool(self, cluster_id: str, pool: JsonObject) -> None:
        def send() -> None:
            try:
                self.api.delete_node_pool(cluster_id, str(pool["id"]))
            except ApiError:
                # The answer to the first of two tries may have been lost, and the second refused.
                left = self._refreshed(cluster_id).get("node_pools") or []
                if any(item.get("id") == pool["id"] for item in left):
                    raise

        self._once_free(send)
        self.done.append(f"remove node pool {pool['name']}")

    # versions

    def _upgrade_target(self, cluster: JsonObject) -> str:
        """The slug the cluster shall be upgraded to, "" when its version is as asked."""
        wanted, actual = self.params.get("version"), str(cluster.get("version"))
        if wanted is None or versions.is_satisfied(str(wanted), actual):
            return ""
        target = versions.resolve(str(wanted), self.options)
        if (versions.parse(target) or ()) <= (versions.parse(actual) or ()):
            return ""
        self._upgrade_step(cluster, target)
        return target

    def _upgrade_step(self, cluster: JsonObject, target: str) -> str:
        actual = str(cluster.get("version"))
        available = versions.slugs(self.api.upgrades(cluster) or [])
        step = versions.upgrade_step(actual, target, available)
        if step is None:
            raise InvalidInputError(
                f"Cluster {self.name!r} runs Kubernetes {actual} and cannot be upgraded to {target} now.",
                f"Upgrades on offer for it: {', '.join(available) or 'none'}.",
            )
        return step

    def _upgrade(self, cluster: JsonObject, target: str, pools: Collection[str] | None) -> JsonObject:
        """Upgrade in the steps DOKS offers (one minor at a time), each awaited."""
        cluster_id = str(cluster["id"])
        while cluster.get("version") != target:
            step = self._upgrade_step(cluster, target)
            try:
                self._once_free(partial(self.api.upgrade_cluster, cluster_id, step))
            except OutcomeUnknownError:
                if not self._upgrade_began(cluster_id, step):
                    raise
            self.done.append(f"upgrade cluster {self.name} to Kubernetes {step}")
            cluster = self._settle(cluster_id, pools, version=step)
            if not self.waits:
                break
        return cluster

    def _upgrade_began(self, cluster_id: str, step: str) -> bool:
        def began() -> bool | None:
            seen = self._refreshed(cluster_id)
            return (seen.get("version") == step or cluster_state.state_of(seen) == "upgrading") or None

        return bool(look_for(began, self.waiter.sleep, looks.LOOK_AGAIN_SECONDS))

    # projects

    def _project_to_join(self, cluster: JsonObject) -> JsonObject | None:
        if not self.params.get("project"):
            return None
        project = find_project(self.api, self.params["project"])
        return None if is_in_project(self.api, project, f"do:kubernetes:{cluster['id']}") else project

    def _assign(self, plan: ClusterPlan, cluster: JsonObject) -> None:
        if plan.project_id:
            self.api.assign_to_project(plan.project_id, [f"do:kubernetes:{cluster['id']}"])
            self.done.append(f"put cluster {self.name} into its project")

    # state: absent

    def absent(self) -> Outcome:
        """Remove the cluster, and of what it would leave behind only what the user named."""
        wanted = associated_resources.checked_selection(self.params.get("associated_resources"))
        with telling_what_was_done(self.done):
            return self._absent(wanted)

    def _absent(self, wanted: dict[str, list[str]]) -> Outcome:
        found = find_cluster(self.api, self.name)
        nothing: JsonObject = {"cluster": None, "destroyed": [], "kept": []}
        if found is None:
            return Outcome(data=nothing)
        if cluster_state.is_leaving(found):
            self._wait_until_gone(found)
            return Outcome(data=nothing)
        cluster_id = str(found["id"])
        there = self.api.associated_resources(found)
        if there is None:
            return Outcome(data=nothing)
        chosen = associated_resources.select(wanted, there)
        destroyed = associated_resources.describe(chosen)
        kept = associated_resources.describe(associated_resources.remaining(there, chosen))
        changes = [f"delete cluster {self.name} ({cluster_id}) in {found.get('region')}"]
        changes += [f"delete {item}" for item in destroyed]
        before = {"name": self.name, "id": cluster_id, "region": found.get("region"), "version": found.get("version")}
        before["node_pools"] = {pool.get("name"): pool.get("count") for pool in found.get("node_pools") or []}
        if destroyed:
            before["associated_resources"] = destroyed
        if not self.check_mode:
            self._delete(cluster_id, chosen, everything=associated_resources.is_everything(wanted))
            self.done += changes
            self._wait_until_gone(found)
        warnings = [f"left behind by cluster {self.name} and still billed: {', '.join(kept)}"] if kept else []
        data = {"cluster": None, "destroyed": destroyed, "kept": kept}
        return Outcome(changes, before, {}, data=data, warnings=warnings)

    def _delete(self, cluster_id: str, chosen: associated_resources.Resources, *, everything: bool) -> None:
        ids = {kind: [str(item["id"]) for item in items] for kind, items in chosen.items()}
        if everything:
            # Not by the list: what was made since it was read shall go too.
            delete = partial(self.api.delete_cluster_with_all, cluster_id)
        elif ids:
            delete = partial(self.api.delete_cluster_with_selected, cluster_id, ids)
        else:
            delete = partial(self.api.delete_cluster, cluster_id)

        def send() -> None:
            try:
                delete()
            except ApiError:
                # The answer to the first of two tries may have been lost, and the second refused.
                left = self.api.cluster(cluster_id)
                if left is not None and not cluster_state.is_leaving(left):
                    raise

        self._once_free(send)

    # looking and waiting

    def _once_free(self, send: Callable[[], T]) -> T:
        return once_free(f"cluster {self.name!r}", send, self.waiter, waits=self.waits)

    def _refreshed(self, cluster_id: str) -> JsonObject:
        """The cluster as it is now. One that is missing is looked for again: a new one may not show at once."""
        cluster = look_for(lambda: self.api.cluster(cluster_id), self.waiter.sleep, looks.LOOK_AGAIN_SECONDS)
        if cluster is not None:
            return cluster
        raise ObjectFailedError(
            f"Cluster {self.name!r} ({cluster_id}) is gone: somebody deleted it during this run.", "Run again."
        )

    def _settle(
        self,
        cluster_id: str,
        pools: Collection[str] | None,
        *,
        seen: JsonObject | None = None,
        version: str = "",
        gone_pools: Collection[str] = (),
    ) -> JsonObject:
        """Wait until the cluster runs with all nodes of these pools; the cluster as it then is.

        seen: the cluster as it was just read, None to read it first. One that is degraded by then is not waited for.
        """
        first = True

        def look() -> Observation[JsonObject]:
            nonlocal first, seen
            cluster, seen = seen or self._refreshed(cluster_id), None
            found = cluster_state.observe(cluster, pools, version=version, gone_pools=gone_pools)
            degraded, first = first and cluster_state.state_of(cluster) == cluster_state.DEGRADED, False
            return replace(found, done=True) if degraded else found

        if not self.waits:
            return look().value
        return self.waiter.until(f"cluster {self.name!r} ({cluster_id})", look)

    def _wait_until_gone(self, cluster: JsonObject) -> None:
        cluster_id = str(cluster["id"])
        if self.check_mode:
            return
        if not self.waits:
            if self.params["state"] == "present":
                raise InvalidInputError(
                    f"Cluster {self.name!r} ({cluster_id}) is being deleted, and wait is false.",
                    "Run again when it is gone, or with wait: true.",
                )
            return

        def look() -> Observation[None]:
            seen = self.api.cluster(cluster_id)
            if seen is None and self.api.is_cluster_listed(cluster_id):
                return Observation(False, "cluster not found, and listed all the same", None)
            state = cluster_state.GONE if seen is None else cluster_state.state_of(seen)
            return Observation(state == cluster_state.GONE, f"cluster {state}", None)

        self.waiter.until(f"the deletion of cluster {self.name!r} ({cluster_id})", look)

    def _outcome(self, plan: ClusterPlan, cluster: JsonObject) -> Outcome:
        warnings = list(plan.warnings)
        if cluster_state.state_of(cluster) == cluster_state.DEGRADED:
            message = (cluster.get("status") or {}).get("message") or "the service gives no reason"
            warnings.append(f"cluster {self.name} is degraded: {message}")
        return Outcome(plan.changes, plan.before, plan.after, {"cluster": cluster}, warnings)
