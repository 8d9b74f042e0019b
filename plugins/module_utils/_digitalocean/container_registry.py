# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A container registry: bring it, its tier and its clusters to what was declared, or remove it.

Only the API for several registries is used, every call of which names the registry: the older one acts on whatever
registry the account has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .._argument_spec import ArgumentSpec
from .._errors import ApiError, InvalidInputError, raise_all, telling_what_was_done
from .._grammar import Rule, free, problems_of
from .._outcome import Outcome
from .._reconcile import Field, JsonObject, compare, declared, drift_problems, immutable, refuse_immutable_drift, show
from .._waiter import Waiter
from . import grammar, looks
from .busy import once_free
from .client import DigitalOcean
from .looks import look_for
from .lookup import FoundInsteadError, create_once, find_by_name
from .registry_clusters import Integration, plan_integration
from .suggest import suggest

REGISTRY_SERVER = "registry.digitalocean.com"
# How many registries an account may have with a tier; the API does not say it.
# https://docs.digitalocean.com/products/container-registry/reference/api/container-registries
TIERS = {"starter": 1, "basic": 1, "professional": 10}

REGISTRY_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "required": True},
        "region": {"type": "str"},
        "tier": {"type": "str", "choices": list(TIERS)},
        "clusters": {"type": "list", "elements": "str"},
        "detached_clusters": {"type": "list", "elements": "str"},
        "force_integration": {"type": "bool", "default": False},
        "images": {"type": "str", "choices": ["fail", "keep", "delete"], "default": "fail"},
    },
)
REGISTRY_FIELDS = (
    Field("region", refuse=immutable("make a registry with another name, or write the value that is there")),
)
REGISTRY_RULES: Mapping[str, Rule] = {
    "name": grammar.REGISTRY_NAME,
    "region": grammar.SLUG,
    "clusters": free("registry_clusters.plan_integration"),
    "detached_clusters": free("registry_clusters.plan_integration"),
}
# The API's words for why an account cannot have a tier (OpenAPI, eligibility_reasons).
REASONS = {
    "OverRepositoryLimit": "it has more repositories than the tier includes",
    "OverStorageLimit": "it stores more than the tier includes",
}


def tier_problem(tier: str, options: Mapping[str, Any]) -> str:
    """Why the account cannot have the tier, "" when it can."""
    found = next((item for item in options.get("subscription_tiers") or [] if item.get("slug") == tier), None)
    if found is None or found.get("eligible", True):
        return ""
    reasons = [REASONS.get(str(reason), str(reason)) for reason in found.get("eligibility_reasons") or []]
    return f"tier: the account cannot have {tier} now, since {' and '.join(reasons) or 'DigitalOcean refuses it'}"


def room_problem(tier: str, registries: list[JsonObject]) -> str:
    """Why there can be no registry beside these, "" when there can."""
    limit = TIERS.get(tier, 0)
    if not limit or len(registries) < limit:
        return ""
    names = ", ".join(sorted(str(item.get("name")) for item in registries))
    way_out = "" if tier == "professional" else "; give tier: professional, which has ten, or remove one"
    return f"tier: the account's tier {tier} is full, it includes {limit} and the account has {names}{way_out}"


def describe_images(repositories: list[JsonObject]) -> str:
    """How much is in a registry, and the first names of it."""
    images = sum(int(item.get("manifest_count") or 0) for item in repositories)
    names = sorted(str(item.get("name")) for item in repositories)
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{images} image{'' if images == 1 else 's'} in {', '.join(names[:5])}{more}"


T = TypeVar("T")


class ContainerRegistry:
    """One registry, by its name. check_mode: find out and say what would be done, change nothing."""

    def __init__(self, api: DigitalOcean, params: Mapping[str, Any], waiter: Waiter, *, check_mode: bool) -> None:
        self.api = api
        self.params: JsonObject = declared(params)
        self.name = str(params["name"])
        self.waiter = waiter
        self.check_mode = check_mode
        self.done: list[str] = []

    def present(self) -> Outcome:
        """Create the registry, or change what differs. Raises a SlipwayError that says what had been done."""
        self._refuse(problems_of(REGISTRY_RULES, self.params), "cannot be as asked")
        with telling_what_was_done(self.done):
            return self._present()

    def _present(self) -> Outcome:
        registries = self.api.registries()
        found = find_by_name("container registry", self.name, registries)
        if found is None:
            return self._create(registries)
        return self._update(found, alone=len(registries) == 1)

    def _update(self, found: JsonObject, *, alone: bool) -> Outcome:
        desired = {item.name: self.params[item.name] for item in REGISTRY_FIELDS if item.name in self.params}
        comparison = compare(REGISTRY_FIELDS, desired, found)
        refuse_immutable_drift(drift_problems(f"container registry {self.name!r}", comparison.changes))
        integration = self._integration(alone=alone, is_new=False)
        before, after = comparison.before, comparison.after
        tier_changes = []
        if "tier" in self.params:
            before["tier"], after["tier"] = self._current_tier(), self.params["tier"]
            tier_changes = self._tier_changes(before["tier"])
        if tier_changes:
            self._refuse(self._tier_problems(self.api.registry_options()), "cannot be changed")
        if not self.check_mode:
            self._apply_tier(tier_changes)
            self._apply(integration)
        return Outcome(
            tier_changes + integration.changes,
            before | integration.before,
            after | integration.after,
            self._data(found),
            integration.warnings,
        )

    def _create(self, registries: list[JsonObject]) -> Outcome:
        integration = self._integration(alone=not registries, is_new=True)
        options = self.api.registry_options()
        problems = self._region_problems(options)
        tier_changes = []
        if registries:
            current = self._current_tier()
            if "tier" in self.params:
                tier_changes = self._tier_changes(current)
                problems += self._tier_problems(options) if tier_changes else []
            full = room_problem(self.params.get("tier", current), registries)
            problems += [full] if full else []
        if self._is_taken():
            found = look_for(self._find, self.waiter.sleep, looks.NEEDED_SECONDS)
            if found is not None:
                return self._update(found, alone=not registries)
            problems.append(
                f"name: {self.name!r} is taken, by another account since this one has no registry of that name; names "
                "are unique in the whole of DigitalOcean, so choose another"
            )
        self._refuse(problems, "cannot be created")
        body = {"name": self.name, **({"region": self.params["region"]} if "region" in self.params else {})}
        if not registries and "tier" in self.params:
            body["subscription_tier_slug"] = self.params["tier"]
        where = self.params.get("region", "a region that DigitalOcean chooses")
        create = f"create container registry {self.name} in {where}"
        registry: JsonObject = dict(body)
        if not self.check_mode:
            self._apply_tier(tier_changes)
            try:
                registry = self._made(body, registries)
            except FoundInsteadError as there:
                return self._update(there.found, alone=not registries)
            self.done.append(create)
            self._apply(integration)
        after = {key: self.params[key] for key in ("name", "region", "tier") if key in self.params}
        return Outcome(
            [*tier_changes, create, *integration.changes],
            {},
            after | integration.after,
            self._data(registry),
            integration.warnings,
        )

    def _is_taken(self) -> bool:
        try:
            self.api.validate_registry_name(self.name)
        except ApiError as error:
            if error.status != 409:
                raise
            return True
        return False

    def _refuse(self, problems: list[str], what: str) -> None:
        raise_all(problems, InvalidInputError, f"Container registry {self.name!r} {what}")

    def _made(self, body: JsonObject, registries: list[JsonObject]) -> JsonObject:
        try:
            return create_once(
                f"container registry {self.name!r}", lambda: self.api.create_registry(body), self._find, self.waiter
            )
        except ApiError as error:
            if error.status in {412, 422} and registries:
                names = ", ".join(sorted(str(item.get("name")) for item in registries))
                raise InvalidInputError(
                    f"{error.message} The account has {len(registries)} container registries already ({names}).",
                    "The tiers starter and basic include one registry and professional ten: give tier: professional, "
                    "or remove one.",
                ) from error
            raise

    # the tier, which is the account's

    def _current_tier(self) -> str:
        subscription = self.api.registry_subscription() or {}
        return str((subscription.get("tier") or {}).get("slug") or "")

    def _tier_changes(self, current: str) -> list[str]:
        wanted = self.params["tier"]
        return [] if wanted == current else [f"tier of all registries of the account {show(current)} -> {wanted}"]

    def _tier_problems(self, options: Mapping[str, Any]) -> list[str]:
        problem = tier_problem(self.params["tier"], options)
        return [problem] if problem else []

    def _apply_tier(self, changes: list[str]) -> None:
        if changes:
            self._once_free(lambda: self.api.update_registry_subscription(self.params["tier"]))
            self.done += changes

    # clusters

    def _integration(self, *, alone: bool, is_new: bool) -> Integration:
        return plan_integration(
            self.api, self.name, self.params, alone=alone, is_new=is_new, check_mode=self.check_mode
        )

    def _apply(self, integration: Integration) -> None:
        if integration.attach:
            self._once_free(lambda: self.api.integrate_registry(self.name, list(integration.attach)))
            self.done += integration.attach_changes
        if integration.detach:
            self._once_free(lambda: self.api.disintegrate_registry(self.name, list(integration.detach)))
            self.done += integration.detach_changes

    # state: absent

    def absent(self) -> Outcome:
        """Remove this registry and no other; with images in it only when the user said so."""
        found = self._find()
        if found is None:
            return Outcome(data=self._data(None))
        repositories = self.api.registry_repositories(found)
        if repositories is None:
            return Outcome(data=self._data(None))
        before = {"name": self.name, "region": found.get("region")}
        change = f"delete container registry {self.name}"
        if repositories:
            held = describe_images(repositories)
            before["images"] = held
            change += f" with {held}"
            if self.params["images"] == "keep":
                return Outcome(
                    before=before,
                    after=before,
                    data=self._data(found),
                    warnings=[f"Container registry {self.name!r} holds {held}. It was left as it is."],
                )
            if self.params["images"] == "fail":
                raise self._would_lose(held)
        if not self.check_mode:
            self._delete(found)
        return Outcome([change], before, {}, self._data(None))

    def _would_lose(self, held: str) -> InvalidInputError:
        return InvalidInputError(
            f"Container registry {self.name!r} holds {held}, which would be lost.",
            "Write images: delete to delete them too, or leave the registry (images: keep).",
        )

    def _delete(self, registry: JsonObject) -> None:
        tries = 0

        def send() -> None:
            nonlocal tries
            tries += 1
            # Between two tries minutes may pass, in which an image may have been pushed.
            pushed = tries > 1 and self.params["images"] != "delete" and self.api.registry_repositories(registry)
            if pushed:
                raise self._would_lose(describe_images(pushed))
            self.api.delete_registry(self.name)

        self._once_free(send)

    def _once_free(self, send: Callable[[], T]) -> T:
        what = f"container registry {self.name}"
        return once_free(what, send, self.waiter, waits=self.params["wait"])

    def _find(self) -> JsonObject | None:
        return find_by_name("container registry", self.name, self.api.registries())

    def _region_problems(self, options: Mapping[str, Any]) -> list[str]:
        region = self.params.get("region")
        regions = [str(item) for item in options.get("available_regions") or []]
        if region is None or region in regions:
            return []
        near = suggest(region, regions)
        return [f"region: there are no registries in {region!r}{near}; regions are {', '.join(sorted(regions))}"]

    def _data(self, registry: JsonObject | None) -> JsonObject:
        endpoint = f"{REGISTRY_SERVER}/{self.name}" if registry is not None else None
        return {"registry": registry, "endpoint": endpoint}
