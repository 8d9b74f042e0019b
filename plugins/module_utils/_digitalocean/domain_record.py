# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The records of one name and type in a domain, reconciled as a set. No other record is ever touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, raise_all, telling_what_was_done
from .._grammar import problems_of
from .._outcome import Outcome
from .._reconcile import JsonObject, declared
from .._waiter import Waiter
from . import domain_names, record_values
from .client import DigitalOcean
from .looks import looks
from .lookup import FoundInsteadError, create_once
from .record_values import CAA_TAGS, PARTS, RECORD_RULES, Action, Step, Target
from .suggest import suggest

RECORD_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "domain": {"type": "str", "required": True},
        "name": {"type": "str", "default": "@"},
        "type": {"type": "str", "choices": sorted(PARTS), "required": True},
        "values": {"type": "list", "elements": "str"},
        "records": {
            "type": "list",
            "elements": "dict",
            "options": {
                "data": {"type": "str", "required": True},
                "priority": {"type": "int"},
                "weight": {"type": "int"},
                "port": {"type": "int"},
                "flags": {"type": "int"},
                "tag": {"type": "str", "choices": list(CAA_TAGS)},
            },
        },
        "ttl": {"type": "int"},
        "exclusive": {"type": "bool", "default": True},
        "replace_name_servers": {"type": "bool", "default": False},
    },
    mutually_exclusive=(("values", "records"),),
    required_if=(("state", "present", ("values", "records"), True),),
)


# The name servers that answer for the domain; DigitalOcean makes their records with it.
# https://docs.digitalocean.com/products/networking/dns/how-to/manage-records/#ns-records
NAME_SERVERS = ("ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com")


class DomainRecord:
    """The records of one name and type. check_mode: find out and say what would be done, change nothing."""

    def __init__(self, api: DigitalOcean, params: Mapping[str, Any], waiter: Waiter, *, check_mode: bool) -> None:
        self.api = api
        self.params: JsonObject = declared(params)
        self.waiter = waiter
        self.check_mode = check_mode
        self.zone = domain_names.domain(str(params["domain"]))
        self.target = Target(
            self.zone,
            domain_names.relative(str(params["name"]), self.zone),
            str(params["type"]),
            self.params.get("ttl"),
        )

    def present(self) -> Outcome:
        """Bring the records to the declared values. Raises a SlipwayError that says what had been done."""
        wanted = self._checked_values()
        there = self._records()
        if there is None:
            return self._for_a_domain_to_come(wanted)
        same = self._of_target(there)
        plan = record_values.plan_values(self.target, wanted, same, exclusive=self.params["exclusive"])
        self._refuse_conflicts(there)
        return self._carry_out(plan, same)

    def absent(self) -> Outcome:
        """Remove the declared values, or all records of the name and type when none is declared."""
        unwanted = self._checked_values()
        same = self._of_target(self._records() or [])
        return self._carry_out(record_values.plan_removal(self.target, unwanted, same), same)

    def _checked_values(self) -> list[JsonObject]:
        """The declared values in canonical form, each once. Raises InvalidInputError naming all that is wrong."""
        kind, problems = self.target.kind, domain_names.domain_problems("domain", self.zone)
        problems += domain_names.relative_problems("name", str(self.params["name"]), self.zone)
        given = [("values", {"data": value}) for value in self.params.get("values") or []]
        given += [("records", value) for value in self.params.get("records") or []]
        removing = self.params["state"] == "absent"
        values: dict[tuple[Any, ...], JsonObject] = {}
        for number, (option, one) in enumerate(given):
            where = f"{option}[{number}]"
            foreign = record_values.foreign_parts(kind, one)
            if foreign:
                problems.append(f"{where}: a record of type {kind} has no {', '.join(foreign)}")
            value = record_values.canonical(kind, one, self.zone)
            problems += [] if removing else record_values.value_problems(kind, value, self.zone, where)
            values[record_values.identity(kind, value)] = value
        problems += problems_of(RECORD_RULES, self.params)
        if not removing:
            problems += self._problems_of_the_set(list(values.values()))
        raise_all(problems, InvalidInputError, f"{self.target.title}")
        return list(values.values())

    def _problems_of_the_set(self, values: list[JsonObject]) -> list[str]:
        problems = []
        if not values:
            problems.append("values: there are none; to remove the records write state: absent")
        if self.target.kind == "CNAME" and len(values) > 1:
            problems.append("values: a CNAME has one value only")
        if self.target.kind == "CNAME" and self.target.name == domain_names.APEX:
            problems.append("name: the domain itself cannot be a CNAME, for it has name servers; use A and AAAA")
        return problems

    def _records(self) -> list[JsonObject] | None:
        return self.api.domain_records(self.zone)

    def _of_target(self, records: list[JsonObject]) -> list[JsonObject]:
        return [
            item for item in records if (item.get("name"), item.get("type")) == (self.target.name, self.target.kind)
        ]

    def _refuse_conflicts(self, there: list[JsonObject]) -> None:
        """Nothing can be at the name of a CNAME but the CNAME."""
        others = [
            item for item in there if item.get("name") == self.target.name and item.get("type") != self.target.kind
        ]
        clashing = [item for item in others if "CNAME" in (self.target.kind, item.get("type"))]
        if clashing:
            raise InvalidInputError(
                f"{self.target.title} cannot be made: the name has {domain_names.describe_records(clashing)}, "
                "and a CNAME is alone at its name.",
                "Remove the other record, or choose another name.",
            )

    def _for_a_domain_to_come(self, wanted: list[JsonObject]) -> Outcome:
        """Without the domain: in check mode a task before may be about to make it."""
        if not self.check_mode:
            names = [str(item.get("name")) for item in self.api.domains()]
            raise InvalidInputError(
                f"There is no domain {self.zone!r} in this account{suggest(self.zone, names)}.",
                "Create it with slipway.gitops.do_domain first.",
            )
        made = [{"id": name, "name": "@", "type": "NS", "data": name} for name in NAME_SERVERS]
        if self.target.name == domain_names.APEX and self.target.kind == "NS":
            plan = record_values.plan_values(self.target, wanted, made, exclusive=self.params["exclusive"])
            self._refuse_lost_name_servers(plan)
        return self._carry_out(record_values.plan_values(self.target, wanted, [], exclusive=False), [])

    def _refuse_lost_name_servers(self, steps: list[Step]) -> None:
        """Without their records the domain's own name servers do not answer for it as its delegation says."""
        if self.target.name != domain_names.APEX or self.target.kind != "NS" or self.params["replace_name_servers"]:
            return
        lost = [
            str(step.record["data"]).rstrip(".")
            for step in steps
            if step.record is not None
            and str(step.record["data"]).rstrip(".") in NAME_SERVERS
            and (step.action is Action.REMOVE or str(step.body["data"]).rstrip(".") not in NAME_SERVERS)
        ]
        if lost:
            raise InvalidInputError(
                f"{self.target.title} would lose {', '.join(sorted(lost))}, which answer for {self.zone} as long as it "
                "is at DigitalOcean.",
                "Declare them too, or set exclusive to false to keep them; or, when the domain goes elsewhere, set "
                "replace_name_servers to true.",
            )

    def _carry_out(self, steps: list[Step], there: list[JsonObject]) -> Outcome:
        self._refuse_lost_name_servers(steps)
        bodies = {step.record["id"]: step.body for step in steps if step.record is not None}
        records = [{**item, **bodies.get(item["id"], {})} for item in there]
        gone = {step.record["id"] for step in steps if step.record is not None and step.action is Action.REMOVE}
        records = [item for item in records if item["id"] not in gone]
        records += [step.body for step in steps if step.action is Action.CREATE]
        before, after = self._shown(there), self._shown(records)
        if not self.check_mode and steps:
            records = self._send(steps, there)
        fqdn = domain_names.full(self.target.name, self.zone)
        return Outcome([step.text for step in steps], before, after, {"records": records, "fqdn": fqdn})

    def _shown(self, records: list[JsonObject]) -> JsonObject:
        """The values for the diff; a TTL that only DigitalOcean knows yet is left out."""
        values = [self.target.of_record(item) for item in records]
        known = [{key: item for key, item in value.items() if item is not None} for value in values]
        ordered = sorted(known, key=lambda value: (str(value["data"]), value.get("port", 0)))
        return {"name": self.target.name, "type": self.target.kind, "records": ordered} if known else {}

    def _send(self, steps: list[Step], there: list[JsonObject]) -> list[JsonObject]:
        """Carry the steps out; the records as they are then. Raises a SlipwayError that says what had been done."""
        records = {item["id"]: item for item in there}
        done: list[str] = []
        own: set[Any] = set()
        with telling_what_was_done(done):
            for step in steps:
                if step.record is None:
                    made = self._create(step, set(records), own)
                    records[made["id"]] = made
                elif step.action is Action.REMOVE:
                    self.api.delete_domain_record(self.zone, int(step.record["id"]))
                    del records[step.record["id"]]
                else:
                    changed = self.api.update_domain_record(self.zone, int(step.record["id"]), step.body)
                    records[step.record["id"]] = changed
                done.append(step.text)
            if own:
                records |= self._without_twins(records, own)
        return list({item["id"]: item for item in records.values()}.values())

    def _without_twins(self, records: Mapping[Any, JsonObject], own: set[Any]) -> dict[Any, JsonObject]:
        """The API takes a value twice, and two runs at once make it twice: the record that was made first stays.

        own: ids of the records that this run itself made; only those are ever removed. Returns what takes their places.
        """
        there: list[JsonObject] = []
        for _look in looks(self.waiter.sleep):
            there = self._of_target(self._records() or [])
            if own <= {item["id"] for item in there}:
                break
        first: dict[Any, JsonObject] = {}
        for item in sorted(there, key=lambda item: int(item["id"])):
            first.setdefault(self.target.identity_of(item), item)
        kept = {}
        for item_id in own:
            older = first.get(self.target.identity_of(records[item_id]))
            if older is not None and int(older["id"]) < int(item_id):
                self.api.delete_domain_record(self.zone, int(item_id))
                kept[item_id] = older
        return kept

    def _create(self, step: Step, known: set[Any], own: set[Any]) -> JsonObject:
        """The record, whose id is put among own when the API's answer says that this run made it."""
        wanted = self.target.identity_of(step.body)

        def find() -> JsonObject | None:
            fresh = [item for item in self._of_target(self._records() or []) if item["id"] not in known]
            return next((item for item in fresh if self.target.identity_of(item) == wanted), None)

        def create() -> JsonObject:
            made = self.api.create_domain_record(self.zone, step.body)
            own.add(made["id"])
            return made

        try:
            return create_once(f"{self.target.title} {record_values.describe(step.body)}", create, find, self.waiter)
        except FoundInsteadError as there:
            return there.found
