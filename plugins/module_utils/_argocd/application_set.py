# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""ApplicationSets: one template, an application for each cluster, folder or element that the generators find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._argument_spec import ArgumentSpec, wait_spec
from .._errors import InvalidInputError, ObjectFailedError, raise_all
from .._grammar import Rule, problems_of
from .._outcome import Outcome
from .._reconcile import JsonObject
from .._waiter import Observation, Waiter
from .application_problems import APPLICATION_RULES, find_problems
from .application_set_children import (
    CREATE_ONLY,
    CREATE_UPDATE,
    SET,
    as_policy_allows,
    child_changes,
    children_of,
    owner_of,
    policy_of,
    specs,
    strangers_of,
    take_over,
    taking_over,
)
from .application_set_pruning import endangered, without_pruning, would_be_pruned
from .client import Client
from .custom_resource import METADATA_RULES, OBJECT_SPEC, Declared, Plan, declared_object, plan, public, view
from .grammar import APPLICATIONS_SYNC
from .module import Run

KIND = "ApplicationSetSpec"
APPLICATION_SET_RULES: Mapping[str, Rule] = {"syncPolicy": {"applicationsSync": APPLICATIONS_SYNC}}
# With it a deleted set waits for its controller; without, Kubernetes deletes the applications, whatever the policy.
FINALIZER = "resources-finalizer.argocd.argoproj.io"
# What the controller says of an application that another set has (controller-runtime: controllerutil.go).
ALREADY_OWNED = "already owned by another"

# What argocd_objects has of an ApplicationSet beside what every object has.
CARE = ArgumentSpec(
    options={
        "take_over": {"type": "list", "elements": "str", "default": []},
        "hold_pruning": {"type": "bool", "default": False},
    }
)
APPLICATION_SET_SPEC = OBJECT_SPEC.merge(
    ArgumentSpec(options={"appset_namespace": {"type": "str"}}, required_if=(("state", "present", ("spec",)),)),
    CARE,
    wait_spec(120),
)
APPLICATION_SET_INFO_SPEC = ArgumentSpec(
    options={
        "name": {"type": "str"},
        "appset_namespace": {"type": "str"},
        "projects": {"type": "list", "elements": "str"},
        "selector": {"type": "str"},
    }
)


def find_application_set(client: Client, name: str, namespace: str | None) -> JsonObject | None:
    query = {"appsetNamespace": namespace}
    return client.find(f"read ApplicationSet {name}", "applicationsets", name, query=query)


@dataclass(frozen=True)
class _Step:
    """An ApplicationSet as it is to be next.

    children, expected: its applications before and after, with those that it takes over
    changes: what happens, in sentences
    """

    planned: Plan
    children: list[JsonObject]
    expected: list[JsonObject]
    changes: list[str]

    def outcome(self, data: JsonObject, changes: list[str] | None = None) -> Outcome:
        before = {**self.planned.before, "applications": specs(self.children)}
        after = {**self.planned.after, "applications": specs(self.expected)}
        names = sorted(after["applications"])
        return Outcome(self.changes if changes is None else changes, before, after, {**data, "applications": names})


def manage_application_set(run: Run) -> Outcome:
    """Bring an ApplicationSet to what is declared, or delete it with the applications that it may delete."""
    name, namespace = run.params["name"], run.params["appset_namespace"]
    wanted = declared_application_set(run.params)
    live = find_application_set(run.client, name, namespace)
    if run.params["state"] == "absent":
        return _delete(run, live)
    planned = plan(live, wanted, KIND)
    _refuse_templated_project(name, planned)
    children = children_of(run.client, name, namespace)
    strangers = strangers_of(run.client, name, namespace, run.params["take_over"])
    if not planned.changes and not strangers:
        names = sorted(item["metadata"]["name"] for item in children)
        return Outcome(data={"application_set": public(live), "applications": names, "held": []})
    step = _step(run, live, planned, children, strangers)
    careful = without_pruning(wanted) if run.params["hold_pruning"] else None
    at_risk = endangered(step.children, step.expected) if careful else []
    if careful and at_risk:
        first = _step(run, live, plan(live, careful, KIND), children, strangers)
        names = [item["metadata"]["name"] for item in at_risk]
        return _prune_only_nothing(run, live, wanted, first, step, at_risk=names)
    written = planned.body if run.check_mode else _bring(run, live, step, strangers)
    return step.outcome({"application_set": public(written), "held": []})


def _prune_only_nothing(
    run: Run, live: JsonObject | None, wanted: Declared, first: _Step, last: _Step, *, at_risk: list[str]
) -> Outcome:
    """Bring the set to what is declared without pruning, and to pruning only when that removes nothing.

    wanted: what is declared; first, last: without pruning, and as declared; at_risk: names of applications that may
    lose something
    """
    name, namespace = run.params["name"], run.params["appset_namespace"]
    if not run.params["wait"]:
        raise InvalidInputError(
            f"{SET} {name}: hold_pruning without wait cannot look at what its applications would lose.",
            "Set wait to true.",
        )
    if run.check_mode and first.changes:
        # What it would remove can be seen only when that has been done.
        return last.outcome({"application_set": public(last.planned.body), "held": []})
    if first.changes:
        strangers = [item for item in first.children if owner_of(item) != name]
        live = _bring(run, live, first, strangers)
    there = [item for item in children_of(run.client, name, namespace) if item["metadata"]["name"] in at_risk]
    held = would_be_pruned(run.client, there)
    if held:
        return first.outcome({"application_set": public(live), "held": held})
    # Against the set as it is by now: what was declared before all of this may be what is declared still.
    again = replace(last, planned=plan(live, wanted, KIND))
    written = last.planned.body if run.check_mode else _bring(run, live, again, [])
    return last.outcome({"application_set": public(written), "held": []})


def _step(
    run: Run, live: JsonObject | None, planned: Plan, children: list[JsonObject], strangers: list[JsonObject]
) -> _Step:
    """What is to be written, and what that does to the applications."""
    name = run.params["name"]
    changes = (
        [f"create {SET} {name}"]
        if live is None
        else [f"{SET} {name}: {change.describe()}" for change in planned.changes]
    )
    generated = generate(run.client, planned)
    _refuse_impossible(name, generated)
    taken = _generated_only(name, strangers, generated)
    all_children = [*children, *taken]
    expected = as_policy_allows(policy_of(planned.body), all_children, generated)
    changes += [taking_over(item["metadata"]["name"], owner_of(item), name) for item in taken]
    names = {item["metadata"]["name"] for item in taken}
    changes += child_changes(children, [item for item in expected if item["metadata"]["name"] not in names])
    return _Step(planned, all_children, expected, changes)


def _generated_only(name: str, strangers: list[JsonObject], generated: list[JsonObject]) -> list[JsonObject]:
    """The applications to take over. One that the set does not make would belong to nobody."""
    made = {item["metadata"]["name"] for item in generated}
    others = sorted(item["metadata"]["name"] for item in strangers if item["metadata"]["name"] not in made)
    if others:
        raise InvalidInputError(
            f"{SET} {name} cannot take {', '.join(others)} over, which its generators do not make.",
            "Leave them out of take_over, or let the generators find them first.",
        )
    return strangers


def _bring(run: Run, live: JsonObject | None, step: _Step, strangers: list[JsonObject]) -> JsonObject:
    """Write the set, take applications over, and wait; the set as it is then."""
    name, namespace = run.params["name"], run.params["appset_namespace"]
    written = live or {}
    if live is None or step.planned.changes:
        written = _write(run, live, step.planned)
        run.done += step.changes[:1]
    if strangers:
        take_over(run.client, name, namespace, strangers)
        run.done += [taking_over(item["metadata"]["name"], owner_of(item), name) for item in strangers]
    if run.params["wait"]:
        _wait_for_children(run, step.planned, step.expected, taking=bool(strangers))
    return find_application_set(run.client, name, namespace) or written


def declared_application_set(params: Mapping[str, Any]) -> Declared:
    """What is declared. Raises InvalidInputError naming every value that cannot be; those of the template are known
    when the applications are generated."""
    return declared_object(
        f"{SET} {params['name']}",
        params,
        KIND,
        lambda wanted: problems_of(APPLICATION_SET_RULES, wanted.spec, "spec"),
    )


def _refuse_impossible(name: str, generated: list[JsonObject]) -> None:
    """The controller would fail at each of these, again and again."""
    problems = []
    for application in generated:
        metadata: Any = application["metadata"]
        found = problems_of(METADATA_RULES, metadata) + problems_of(APPLICATION_RULES, application["spec"], "spec")
        found += find_problems(application)
        problems += [f"application {metadata.get('name')!r}: {problem}" for problem in found]
    raise_all(problems, InvalidInputError, f"{SET} {name} would make applications that cannot be")


def application_set_info(run: Run) -> Outcome:
    """ApplicationSets, filtered."""
    namespace = run.params["appset_namespace"]
    if run.params["name"]:
        found = find_application_set(run.client, run.params["name"], namespace)
        return Outcome(data={"application_sets": [public(found)] if found else []})
    filters = {key: run.params[key] for key in ("projects", "selector") if run.params[key]}
    query = {"appsetNamespace": namespace, **filters}
    found_all = run.client.items("list ApplicationSets", "applicationsets", query=query)
    return Outcome(data={"application_sets": [public(item) for item in found_all]})


def generate(client: Client, planned: Plan) -> list[JsonObject]:
    """The applications that an ApplicationSet would have, as Argo CD's own generators say."""
    name = planned.body["metadata"]["name"]
    body = {"applicationSet": _body(planned)}
    answer = client.change(f"generate the applications of {name}", "POST", "applicationsets", "generate", body=body)
    found: Any = answer.get("applications")
    return list(found or [])


def _body(planned: Plan) -> JsonObject:
    kept = ("name", "namespace", "labels", "annotations", "finalizers")
    metadata = {key: value for key, value in planned.body["metadata"].items() if key in kept}
    return {"metadata": metadata, "spec": planned.body["spec"]}


def _refuse_templated_project(name: str, planned: Plan) -> None:
    template: Any = (planned.body.get("spec") or {}).get("template") or {}
    project = str((template.get("spec") or {}).get("project", ""))
    if "{{" in project:
        raise InvalidInputError(
            f"ApplicationSet {name}: spec.template.spec.project is {project!r}, and Argo CD's API refuses a project "
            "that comes from a template.",
            "Write one ApplicationSet for each project.",
        )


def _write(run: Run, live: JsonObject | None, planned: Plan) -> JsonObject:
    name, namespace = planned.body["metadata"]["name"], run.params["appset_namespace"]
    body = _body(planned)
    if namespace:
        body["metadata"]["namespace"] = namespace
    if live is None:
        return run.client.change(f"create ApplicationSet {name}", "POST", "applicationsets", body=body)
    removed = planned.removed_keys
    if removed and run.client.kubernetes is None:
        raise InvalidInputError(
            f"ApplicationSet {name}: {', '.join(removed)} cannot be removed over Argo CD's API, which only adds and "
            "changes labels and annotations of ApplicationSets.",
            "Give kubeconfig in place of server_url: then they are removed through the Kubernetes API.",
        )
    query = {"upsert": True}
    written = run.client.change(f"update ApplicationSet {name}", "POST", "applicationsets", query=query, body=body)
    if removed and run.client.kubernetes is not None:
        run.client.kubernetes.remove_metadata("applicationsets", name, namespace, removed)
    return written


def _wait_for_children(run: Run, planned: Plan, expected: list[JsonObject], *, taking: bool) -> None:
    """Wait until the applications are there as expected, and no others.

    taking: some of them were another set's; the controller's complaint of that is of before they were let go
    """
    name, namespace = run.params["name"], run.params["appset_namespace"]
    wanted = set(specs(expected))
    spec: Any = planned.body.get("spec") or {}
    # Then the controller leaves what others write, or switches automated sync itself.
    names_only = bool(spec.get("ignoreApplicationDifferences") or (spec.get("strategy") or {}).get("type"))

    def look() -> Observation[None]:
        live = find_application_set(run.client, name, namespace) or {}
        conditions: Any = (live.get("status") or {}).get("conditions") or []
        errors = [c.get("message", "") for c in conditions if c["type"] == "ErrorOccurred" and c["status"] == "True"]
        children = children_of(run.client, name, namespace)
        have = set(specs(children))
        errors = [text for text in errors if not (taking and ALREADY_OWNED in text)]
        if errors and not wanted <= have:
            raise ObjectFailedError(f"ApplicationSet {name} cannot make its applications: {'; '.join(errors)}.")
        to_come = [] if names_only and wanted == have else child_changes(children, expected)
        text = f"ApplicationSet {name} has {len(wanted & have)} of {len(wanted)} applications"
        return Observation(not to_come, text + (f", to come: {'; '.join(to_come[:3])}" if to_come else ""), None)

    Waiter(run.params["wait_timeout"], run.progress).until(f"the applications of ApplicationSet {name}", look)


def _delete(run: Run, live: JsonObject | None) -> Outcome:
    name, namespace = run.params["name"], run.params["appset_namespace"]
    if live is None:
        return Outcome(data={"application_set": None})
    children = children_of(run.client, name, namespace)
    before: JsonObject = {**view(live, KIND), "applications": specs(children)}
    changes, after = [f"delete ApplicationSet {name}"], {}
    if policy_of(live) in {CREATE_ONLY, CREATE_UPDATE} and FINALIZER in (live["metadata"].get("finalizers") or []):
        # The controller lets go of them; they stay, and belong to nobody (applicationset_controller.go, Reconcile).
        after = {"applications": before["applications"]}
    else:
        changes += [f"delete application {child['metadata']['name']}" for child in children]
    if not run.check_mode:
        query = {"appsetNamespace": namespace}
        run.client.change(changes[0], "DELETE", "applicationsets", name, query=query)
        run.done += changes[:1]
        if run.params["wait"]:
            _wait_until_gone(run, name, namespace)
    return Outcome(changes, before, after, {"application_set": None})


def _wait_until_gone(run: Run, name: str, namespace: str | None) -> None:
    def look() -> Observation[None]:
        left = [child["metadata"]["name"] for child in children_of(run.client, name, namespace)]
        there = find_application_set(run.client, name, namespace) is not None
        text = f"ApplicationSet {name} is being deleted, applications left: {', '.join(left) or 'none'}"
        return Observation(not left and not there, text, None)

    Waiter(run.params["wait_timeout"], run.progress).until(f"ApplicationSet {name} to be gone", look)
