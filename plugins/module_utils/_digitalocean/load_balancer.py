# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A load balancer: bring it to what was declared, or remove it.

One that a cluster's cloud controller has taken over is left to that: the controller writes it whole from its Service,
and would undo whatever is changed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .._errors import ApiError, InvalidInputError, ObjectFailedError, RefusalKind, raise_all, telling_what_was_done
from .._outcome import Outcome
from .._reconcile import (
    Comparison,
    JsonObject,
    canonical_values,
    compare,
    declared,
    drift_problems,
    refuse_immutable_drift,
)
from .._waiter import Observation, Waiter
from . import cluster_state, looks
from .busy import once_free
from .client import DigitalOcean
from .load_balancer_fields import BALANCER_FIELDS, IMMUTABLE_FIELDS, cluster_of, replacement
from .load_balancer_problems import find_problems
from .looks import look_for
from .lookup import FoundInsteadError, create_once, find_by_name
from .projects import find_project, is_in_project
from .vpc import resolve_vpc, with_vpc_as_asked

T = TypeVar("T")


class LoadBalancer:
    """One load balancer, by its id or its name. check_mode: find out and say what would be done, change nothing."""

    def __init__(self, api: DigitalOcean, params: Mapping[str, Any], waiter: Waiter, *, check_mode: bool) -> None:
        self.api = api
        self.params: JsonObject = declared(params)
        self.id = str(params.get("id") or "")
        self.name = str(params.get("name") or "")
        called = self.name or self.id
        self.subject, self.label = f"Load balancer {called!r}", f"load balancer {called}"
        self.waiter = waiter
        self.check_mode = check_mode
        self.done: list[str] = []

    # state: present

    def present(self) -> Outcome:
        """Create the load balancer, or change what differs. Raises a SlipwayError that says what had been done."""
        with telling_what_was_done(self.done):
            return self._present()

    def _present(self) -> Outcome:
        found = self._find()
        if found is None and self.id:
            raise InvalidInputError(
                f"There is no load balancer with the id {self.id}.", "Leave id out to find or create one by its name."
            )
        wanted = {item.name: self.params[item.name] for item in BALANCER_FIELDS if item.name in self.params}
        raise_all(find_problems(self.params, found), InvalidInputError, self.subject)
        vpc_uuid = resolve_vpc(self.api, self.params.get("vpc"), check_mode=self.check_mode)
        if vpc_uuid:
            wanted["vpc_uuid"] = vpc_uuid
        project = find_project(self.api, self.params["project"]) if "project" in self.params else None
        return self._create(wanted, project) if found is None else self._update(found, wanted, project)

    def _create(self, wanted: JsonObject, project: JsonObject | None) -> Outcome:
        body = {**wanted, **({"project_id": project["id"]} if project else {})}
        if "tag" not in body and "droplet_ids" not in body:
            body["droplet_ids"] = []  # the API wants one of the two
        where = wanted.get("region", "all regions")
        change = f"create {self.label} of type {wanted.get('type', 'REGIONAL')} in {where}"
        after = with_vpc_as_asked(canonical_values(BALANCER_FIELDS, wanted), self.params.get("vpc"))
        if project:
            change += f" and in project {project['name']}"
            after["project"] = project["name"]
        balancer: JsonObject = body
        if not self.check_mode:
            try:
                balancer = create_once(self.label, lambda: self.api.create_load_balancer(body), self._find, self.waiter)
            except FoundInsteadError as there:
                return self._update(there.found, wanted, project)
            self.done.append(change)
            balancer = self._settle(balancer)
        return Outcome([change], {}, after, self._data(balancer))

    def _update(self, found: JsonObject, wanted: JsonObject, project: JsonObject | None) -> Outcome:
        refuse_immutable_drift(drift_problems(self.label, compare(IMMUTABLE_FIELDS, wanted, found).changes))
        comparison = compare(BALANCER_FIELDS, wanted, found)
        left: list[str] = []
        if cluster_of(found):
            left = sorted({change.path.split(".")[0] for change in comparison.changes})
            comparison = _without(comparison, left)
        changes = [f"{self.label}: {change.describe()}" for change in comparison.changes]
        before, after = dict(comparison.before), dict(comparison.after)
        joins = project is not None and not self._is_in(project, found)
        moves = [f"put {self.label} into project {project['name']}"] if project is not None and joins else []
        if project is not None:
            before["project"], after["project"] = None if joins else project["name"], project["name"]
        balancer = {**found, **comparison.body}
        if not self.check_mode:
            balancer = found
            if comparison.body:
                balancer = self._replace(found, comparison.body)
                self.done += changes
            if project is not None and joins:
                self.api.assign_to_project(str(project["id"]), [f"do:loadbalancer:{found['id']}"])
                self.done += moves
                balancer = {**balancer, "project_id": project["id"]}
            balancer = self._settle(balancer)
        return Outcome(changes + moves, before, after, self._data(balancer, left))

    def _is_in(self, project: JsonObject, balancer: JsonObject) -> bool:
        if balancer.get("project_id"):
            return bool(balancer["project_id"] == project["id"])
        return is_in_project(self.api, project, f"do:loadbalancer:{balancer['id']}")

    def _replace(self, found: JsonObject, changes: JsonObject) -> JsonObject:
        """Send the whole load balancer, as it is the moment it takes the changes."""
        balancer_id = str(found["id"])
        # While it is new it takes none.
        self._settle(found)

        def send() -> JsonObject:
            return self.api.replace_load_balancer(balancer_id, replacement(self._refreshed(balancer_id), changes))

        try:
            return self._once_free(send)
        except ApiError as error:
            if "size_unit" in changes and error.kind in {RefusalKind.NOT_YET, RefusalKind.OTHER}:
                error.next_step = (
                    "A load balancer can be resized once an hour, and not in its first hour: try again later, or leave "
                    f"size_unit as it is. {error.next_step}"
                ).strip()
            raise

    # state: absent

    def absent(self) -> Outcome:
        """Remove the load balancer; while a cluster uses it, only when the user said so."""
        found = self._find()
        if found is None:
            return Outcome(data=self._data(None))
        address = f" ({found['ip']})" if found.get("ip") else ""
        before = {key: found.get(key) for key in ("name", "id", "ip")}
        user = self._user_of(found)
        if user and self.params["in_use"] != "delete":
            message = f"{self.subject}{address} is used by cluster {user}, which would lose its address."
            if self.params["in_use"] == "keep":
                return Outcome(data=self._data(found), warnings=[f"{message} It was left as it is."])
            raise InvalidInputError(
                message,
                "Remove the Service of type LoadBalancer or the cluster first, or write in_use: delete (the cluster "
                "will make another one) or in_use: keep.",
            )
        if not self.check_mode:
            self._once_free(lambda: self.api.delete_load_balancer(str(found["id"])))
        return Outcome([f"delete {self.label}{address}"], before, {}, self._data(None))

    def _user_of(self, balancer: JsonObject) -> str:
        """The name of the cluster that keeps it, "" when there is none (any more)."""
        cluster_id = cluster_of(balancer)
        if not cluster_id:
            return ""
        leaving = self.params["leaving_clusters"] if self.check_mode else ()
        for cluster in self.api.clusters():
            gone = cluster_state.is_leaving(cluster) or cluster_state.state_of(cluster) == cluster_state.GONE
            if cluster.get("id") == cluster_id and not gone and cluster.get("name") not in leaving:
                return str(cluster.get("name"))
        return ""

    # looking and waiting

    def _once_free(self, send: Callable[[], T]) -> T:
        return once_free(self.label, send, self.waiter, waits=self.params["wait"])

    def _find(self) -> JsonObject | None:
        if self.id:
            found = self.api.load_balancer(self.id)
            # A 404 alone does not say that it is gone.
            return found or next((item for item in self.api.load_balancers() if item.get("id") == self.id), None)
        return find_by_name("load balancer", self.name, self.api.load_balancers())

    def _refreshed(self, balancer_id: str) -> JsonObject:
        """The load balancer as it is now. One that is missing is looked for again: a new one may not show at once."""
        balancer = look_for(lambda: self.api.load_balancer(balancer_id), self.waiter.sleep, looks.LOOK_AGAIN_SECONDS)
        if balancer is not None:
            return balancer
        raise ObjectFailedError(f"{self.subject} is gone: somebody deleted it during this run.", "Run again.")

    def _settle(self, balancer: JsonObject) -> JsonObject:
        """Wait until it is active and has its address; the load balancer as it then is."""
        if not self.params["wait"]:
            return balancer
        return self.waiter.until(
            f"{self.label} to be active with an address",
            lambda: self._observe(self._refreshed(str(balancer["id"]))),
            first=self._observe(balancer),
        )

    def _observe(self, balancer: JsonObject) -> Observation[JsonObject]:
        status, address = str(balancer.get("status")), str(balancer.get("ip") or "")
        if status == "errored":
            raise ObjectFailedError(
                f"DigitalOcean says that {self.label} ({balancer.get('id')}) is errored.",
                "Look at it in the control panel, or remove it (state: absent) and run again.",
            )
        return Observation(
            status == "active" and bool(address), f"{self.label} {status}, {address or 'no address yet'}", balancer
        )

    def _data(self, balancer: JsonObject | None, left: list[str] | None = None) -> JsonObject:
        return {
            "load_balancer": balancer,
            "ip": (balancer or {}).get("ip") or None,
            "cluster_id": cluster_of(balancer or {}) or None,
            "left_to_cluster": left or [],
        }


def _without(comparison: Comparison, names: list[str]) -> Comparison:
    """The comparison as if these fields had not been declared."""
    return Comparison(
        changes=tuple(change for change in comparison.changes if change.path.split(".")[0] not in names),
        before={key: value for key, value in comparison.before.items() if key not in names},
        after={key: value for key, value in comparison.after.items() if key not in names},
        body={key: value for key, value in comparison.body.items() if key not in names},
    )
