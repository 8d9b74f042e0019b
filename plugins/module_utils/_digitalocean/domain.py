# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A domain, which is a DNS zone of DigitalOcean: make it, or remove it with its records when the user said so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import ApiError, InvalidInputError, raise_all
from .._grammar import Rule, free, problems_of
from .._outcome import Outcome
from .._reconcile import JsonObject, declared
from .._waiter import Waiter
from . import domain_names, grammar
from .client import DigitalOcean
from .lookup import FoundInsteadError, create_once, find_by_name

DOMAIN_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "required": True},
        "ip_address": {"type": "str"},
        "records": {"type": "str", "choices": ["fail", "keep", "delete"], "default": "fail"},
    },
)
DOMAIN_RULES: Mapping[str, Rule] = {"name": free("domain_names.domain_problems"), "ip_address": grammar.IPV4}


def is_own(record: Mapping[str, Any]) -> bool:
    """Whether DigitalOcean made the record with the domain: its SOA and name servers."""
    return record.get("type") == "SOA" or (record.get("type") == "NS" and record.get("name") == "@")


class Domain:
    """One domain, by its name. check_mode: find out and say what would be done, change nothing."""

    def __init__(self, api: DigitalOcean, params: Mapping[str, Any], waiter: Waiter, *, check_mode: bool) -> None:
        self.api = api
        self.params: JsonObject = declared(params)
        self.name = domain_names.domain(str(params["name"]))
        self.waiter = waiter
        self.check_mode = check_mode

    def present(self) -> Outcome:
        """Create the domain when it is not there. An existing one has nothing that could be changed."""
        self._check()
        found = self._find()
        if found is not None:
            return self._kept(found)
        body = {"name": self.name, **{key: self.params[key] for key in ("ip_address",) if key in self.params}}
        domain: JsonObject = dict(body)
        if not self.check_mode:
            try:
                domain = self._made(body)
            except FoundInsteadError as there:
                return self._kept(there.found)
        change = f"create domain {self.name}"
        if "ip_address" in body:
            change += f" with an A record for {body['ip_address']}"
        return Outcome([change], {}, body, {"domain": domain})

    def _kept(self, found: JsonObject) -> Outcome:
        return Outcome([], {"name": self.name}, {"name": self.name}, {"domain": found})

    def _check(self) -> None:
        problems = domain_names.domain_problems("name", self.name) + problems_of(DOMAIN_RULES, self.params)
        raise_all(problems, InvalidInputError, f"Domain {self.name!r}")

    def _made(self, body: JsonObject) -> JsonObject:
        try:
            return create_once(f"domain {self.name!r}", lambda: self.api.create_domain(body), self._find, self.waiter)
        except ApiError as error:
            if error.status not in {409, 422}:
                raise
            raise InvalidInputError(
                f"{error.message} Domain {self.name!r} is not in this account.",
                "If the name is right, another account of DigitalOcean has the domain: remove it there, or use that "
                "account's token.",
            ) from error

    def absent(self) -> Outcome:
        """Remove the domain; with records that somebody made only when the user said so."""
        found = self._find()
        if found is None:
            return Outcome(data={"domain": None})
        there = self.api.domain_records(self.name)
        if there is None:
            return Outcome(data={"domain": None})
        records = [item for item in there if not is_own(item)]
        change = f"delete domain {self.name}"
        before: JsonObject = {"name": self.name}
        if records:
            held = domain_names.describe_records(records)
            before["records"] = held
            change += f" with {held}"
            if self.params["records"] == "keep":
                return Outcome(
                    data={"domain": found},
                    warnings=[f"Domain {self.name!r} has {held}. It was left as it is."],
                )
            if self.params["records"] == "fail":
                raise InvalidInputError(
                    f"Domain {self.name!r} has {held}, which would be lost.",
                    "Write records: delete to delete them too, or leave the domain (records: keep).",
                )
        if not self.check_mode:
            self.api.delete_domain(self.name)
        return Outcome([change], before, {}, {"domain": None})

    def _find(self) -> JsonObject | None:
        return find_by_name("domain", self.name, self.api.domains())
