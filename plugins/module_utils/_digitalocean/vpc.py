# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A VPC: bring it to what was declared, or remove it when nothing is in it any more."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import ApiError, InvalidInputError, RefusalKind, SlipwayError, WaitTimeoutError, raise_all
from .._grammar import Rule, free, problems_of
from .._outcome import Outcome
from .._patience import briefly
from .._reconcile import (
    Field,
    JsonObject,
    canonical_values,
    compare,
    declared,
    drift_problems,
    immutable,
    refuse_immutable_drift,
)
from .._waiter import Observation, Waiter
from . import canonical, cluster_state, grammar
from .address_ranges import vpc_range
from .busy import with_way_to_wait
from .client import DigitalOcean
from .lookup import FoundInsteadError, create_once, find_by_name
from .suggest import suggest

VPC_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "required": True},
        "region": {"type": "str"},
        "ip_range": {"type": "str"},
        "description": {"type": "str"},
        "members": {"type": "str", "choices": ["fail", "keep"], "default": "fail"},
        "leaving_clusters": {"type": "list", "elements": "str", "default": []},
    },
)
VPC_RULES: Mapping[str, Rule] = {
    "name": grammar.VPC_NAME,
    "region": grammar.SLUG,
    "ip_range": free("address_ranges.vpc_range"),
    "description": grammar.DESCRIPTION,
    "leaving_clusters": free("names of clusters, as do_kubernetes_cluster takes them"),
}

ANOTHER_VPC = "make a VPC with another name, or write the value that is there"
VPC_FIELDS = (
    Field("region", refuse=immutable(ANOTHER_VPC)),
    Field("ip_range", canonical.network, refuse=immutable(ANOTHER_VPC)),
    Field("description", lambda value: value or ""),
)
# "Can not delete VPC with members", 409 and 403: members leave the service's own books a little after the list.
PASSES_WITH_TIME = frozenset({RefusalKind.IN_USE, RefusalKind.BUSY})


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def with_vpc_as_asked(after: Mapping[str, Any], wanted: str | None) -> JsonObject:
    """What the diff of a creation shows: a VPC that is yet to come has no UUID that check mode could tell."""
    kept = {key: value for key, value in after.items() if key != "vpc_uuid"}
    return {**kept, "vpc": wanted} if wanted else kept


def resolve_vpc(api: DigitalOcean, wanted: str | None, *, check_mode: bool) -> str:
    """The UUID of the VPC with this name (or this UUID), "" when none is asked for.

    In check mode a name that is not there yet is returned as it is: a task before may be about to create it.
    Raises InvalidInputError naming the VPCs there are.
    """
    if not wanted or is_uuid(wanted):
        return wanted or ""
    vpcs = api.vpcs()
    found = find_by_name("VPC", wanted, vpcs)
    if found is not None:
        return str(found["id"])
    if check_mode:
        return wanted
    names = sorted(str(item.get("name")) for item in vpcs)
    raise InvalidInputError(
        f"There is no VPC named {wanted!r}{suggest(wanted, names)}.",
        f"VPCs of this account: {', '.join(names) or 'none'}; make it with slipway.gitops.do_vpc.",
    )


def staying_clusters(
    members: Iterable[JsonObject], clusters: Iterable[JsonObject], leaving: Collection[str] = ()
) -> list[str]:
    """Names of the clusters among the members that nobody is deleting: waiting for those is in vain.

    leaving: names of clusters to count as being deleted
    """
    inside = {str(member.get("urn")) for member in members}
    return sorted(
        str(cluster.get("name"))
        for cluster in clusters
        if f"do:kubernetes:{cluster.get('id')}" in inside
        and cluster.get("name") not in leaving
        and not cluster_state.is_leaving(cluster)
    )


def list_members(members: list[JsonObject]) -> str:
    return ", ".join(sorted(f"{item.get('name') or 'unnamed'} ({item.get('urn')})" for item in members))


class Vpc:
    """One VPC, by its name, which is unique in an account."""

    def __init__(self, api: DigitalOcean, params: Mapping[str, Any], waiter: Waiter, *, check_mode: bool) -> None:
        self.api = api
        self.params: JsonObject = declared(params)
        self.name = str(params["name"])
        self.waiter = waiter
        self.check_mode = check_mode

    def present(self) -> Outcome:
        """Create the VPC, or change its description."""
        self._check()
        desired = {item.name: self.params[item.name] for item in VPC_FIELDS if item.name in self.params}
        found = self._find()
        return self._create(desired) if found is None else self._update(found, desired)

    def _update(self, found: JsonObject, desired: JsonObject) -> Outcome:
        comparison = compare(VPC_FIELDS, desired, found)
        refuse_immutable_drift(drift_problems(f"VPC {self.name!r}", comparison.changes))
        changes = [f"VPC {self.name}: {change.describe()}" for change in comparison.changes]
        vpc = {**found, **comparison.body}
        if changes and not self.check_mode:
            vpc = self.api.update_vpc(str(found["id"]), {"name": self.name, **comparison.body})
        return Outcome(changes, comparison.before, comparison.after, {"vpc": vpc})

    def _check(self) -> None:
        problems = problems_of(VPC_RULES, self.params)
        if "ip_range" in self.params:
            problems += vpc_range("ip_range", self.params["ip_range"])[1]
        raise_all(problems, InvalidInputError, f"VPC {self.name!r} cannot be as asked")

    def _create(self, desired: JsonObject) -> Outcome:
        if "region" not in desired:
            raise InvalidInputError(f"VPC {self.name!r} does not exist yet, and to create it region must be given.")
        body = {"name": self.name, **desired}
        where = desired.get("ip_range") or "a range that DigitalOcean chooses"
        change = f"create VPC {self.name} in {desired['region']} with {where}"
        vpc: JsonObject = body
        if not self.check_mode:
            try:
                vpc = create_once(f"VPC {self.name!r}", lambda: self.api.create_vpc(body), self._find, self.waiter)
            except FoundInsteadError as there:
                return self._update(there.found, desired)
        after = {"name": self.name, **canonical_values(VPC_FIELDS, desired)}
        return Outcome([change], {}, after, {"vpc": vpc})

    def absent(self) -> Outcome:
        """Remove the VPC once it is empty; with members: keep it stays, with a word about it, when it is not."""
        found = self._find()
        if found is None:
            return Outcome(data={"vpc": None})
        change = f"delete VPC {self.name} ({found['id']}) in {found.get('region')}"
        before = {key: found.get(key) for key in ("name", "id", "region", "ip_range")}
        obstacle = self._obstacle(found)
        if not obstacle and not self.check_mode:
            obstacle = self._delete(found)
        if not obstacle:
            return Outcome([change], before, {}, {"vpc": None})
        if self.params["members"] == "keep":
            return Outcome(data={"vpc": found}, warnings=[f"{obstacle.message} It was left as it is."])
        raise obstacle

    def _obstacle(self, found: JsonObject) -> SlipwayError | None:
        """What keeps the VPC from being deleted, after waiting for members that are about to leave."""
        if found.get("default"):
            return InvalidInputError(
                f"VPC {self.name!r} is the default of region {found.get('region')}, which cannot be deleted.",
                "Make another VPC the default of the region first, or leave it (members: keep).",
            )
        members = self.api.vpc_members(found)
        if not members:
            return None
        leaving = self.params["leaving_clusters"] if self.check_mode else ()
        staying = staying_clusters(members, self.api.clusters(), leaving)
        if staying:
            return InvalidInputError(
                f"VPC {self.name!r} still has members: {list_members(members)}; "
                f"nobody is deleting the cluster {', '.join(staying)}.",
                "Remove what is in it first, or leave it (members: keep).",
            )
        if self.check_mode:
            return None
        if not self.params["wait"]:
            return self._still_has(members)
        return self._wait_until_empty(found, members)

    def _wait_until_empty(self, vpc: JsonObject, members: list[JsonObject]) -> SlipwayError | None:
        last = members

        def look() -> Observation[None]:
            nonlocal last
            last = self.api.vpc_members(vpc) or []
            return Observation(not last, f"VPC {self.name} has {len(last)} members left", None)

        first: Observation[None] = Observation(False, f"VPC {self.name} has {len(members)} members left", None)
        try:
            self.waiter.until(f"VPC {self.name!r} to be empty", look, first=first)
        except WaitTimeoutError as error:
            return self._still_has(last, f" after {self.waiter.timeout:.0f} s", error.trouble)
        return None

    def _still_has(self, members: list[JsonObject], after: str = "", trouble: str = "") -> SlipwayError:
        return WaitTimeoutError(
            f"VPC {self.name!r} still has members{after}: {list_members(members)}.{trouble}",
            "Remove them or run again when they are gone, or leave the VPC (members: keep).",
        )

    def _delete(self, vpc: JsonObject) -> SlipwayError | None:
        """Delete an empty VPC. Members may still be seen by the service for a moment after they left the list."""
        refusal: ApiError | None = None

        def look() -> Observation[None]:
            nonlocal refusal
            try:
                self.api.delete_vpc(str(vpc["id"]))
            except ApiError as error:
                if error.kind not in PASSES_WITH_TIME:
                    raise
                refusal = error
                return Observation(False, f"VPC {self.name} cannot be deleted yet", None)
            return Observation(True, f"VPC {self.name} deleted", None)

        if not self.params["wait"]:
            look()
            return with_way_to_wait(refusal) if refusal is not None else None
        try:
            self.waiter.until(f"the deletion of VPC {self.name!r}", look)
        except WaitTimeoutError as late:
            with briefly(), suppress(SlipwayError):
                members = self.api.vpc_members(vpc)
                if members:
                    return self._still_has(members, f" after {self.waiter.timeout:.0f} s", late.trouble)
            if refusal is None or late.trouble:
                # Not even what became of the last call is known.
                raise
            return refusal
        return None

    def _find(self) -> JsonObject | None:
        return find_by_name("VPC", self.name, self.api.vpcs())
