# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""ApplicationSets: one template, an application for each cluster, folder or element that the generators find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._argument_spec import ArgumentSpec, wait_spec
from .._errors import InvalidInputError, ObjectFailedError, raise_all
from .._grammar import Rule, problems_of
from .._outcome import Outcome
from .._reconcile import JsonObject
from .._waiter import Observation, Waiter
from .application import KIND as APPLICATION_KIND
from .application import list_applications
from .application_problems import APPLICATION_RULES, find_problems
from .client import Client
from .custom_resource import METADATA_RULES, OBJECT_SPEC, Declared, Plan, declared_object, plan, public, view
from .grammar import APPLICATIONS_SYNC
from .module import Run
from .values import differences

KIND = "ApplicationSetSpec"
# What spec.syncPolicy.applicationsSync can be: what the controller may do with applications.
SYNC, CREATE_ONLY, CREATE_UPDATE, CREATE_DELETE = "sync", "create-only", "create-update", "create-delete"
APPLICATION_SET_RULES: Mapping[str, Rule] = {"syncPolicy": {"applicationsSync": APPLICATIONS_SYNC}}
# With it a deleted set waits for its controller; without, Kubernetes deletes the applications, whatever the policy.
FINALIZER = "resources-finalizer.argocd.argoproj.io"

APPLICATION_SET_SPEC = OBJECT_SPEC.merge(
    ArgumentSpec(options={"appset_namespace": {"type": "str"}}, required_if=(("state", "present", ("spec",)),)),
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


def children_of(client: Client, name: str, namespace: str | None) -> list[JsonObject]:
    """Applications that the ApplicationSet owns."""
    return [
        item
        for item in list_applications(client, appNamespace=namespace)
        for owner in item["metadata"].get("ownerReferences") or []
        if owner["kind"] == "ApplicationSet" and owner["name"] == name
    ]


def manage_application_set(run: Run) -> Outcome:
    """Bring an ApplicationSet to what is declared, or delete it with the applications that it may delete."""
    name, namespace = run.params["name"], run.params["appset_namespace"]
    wanted = declared_application_set(run.params)
    live = find_application_set(run.client, name, namespace)
    if run.params["state"] == "absent":
        return _delete(run, live)
    planned = plan(live, wanted, KIND)
    _refuse_templated_project(name, planned)
    changes = (
        [f"create ApplicationSet {name}"]
        if live is None
        else [f"ApplicationSet {name}: {change.describe()}" for change in planned.changes]
    )
    data: JsonObject = {"application_set": public(planned.body if changes else live)}
    before, after = planned.before, planned.after
    if changes:
        generated = generate(run.client, planned)
        _refuse_impossible(name, generated)
        children = children_of(run.client, name, namespace)
        expected = _as_policy_allows(planned, children, generated)
        changes += _child_changes(children, expected)
        before = {**before, "applications": _specs(children)}
        after = {**after, "applications": _specs(expected)}
        data["applications"] = sorted(after["applications"])
        if not run.check_mode:
            written = _write(run, live, planned)
            run.done += changes[:1]
            if run.params["wait"]:
                _wait_for_children(run, planned, expected)
            data["application_set"] = public(find_application_set(run.client, name, namespace) or written)
    else:
        data["applications"] = sorted(item["metadata"]["name"] for item in children_of(run.client, name, namespace))
    return Outcome(changes, before, after, data)


def declared_application_set(params: Mapping[str, Any]) -> Declared:
    """What is declared. Raises InvalidInputError naming every value that cannot be; those of the template are known
    when the applications are generated."""
    return declared_object(
        f"ApplicationSet {params['name']}",
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
    raise_all(problems, InvalidInputError, f"ApplicationSet {name} would make applications that cannot be")


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


def _specs(applications: list[JsonObject]) -> JsonObject:
    return {item["metadata"]["name"]: view(item, APPLICATION_KIND) for item in applications}


def _policy(application_set: JsonObject) -> str:
    """What the controller may do with the applications of a set."""
    spec: Any = application_set.get("spec") or {}
    return str((spec.get("syncPolicy") or {}).get("applicationsSync") or SYNC)


def _as_policy_allows(planned: Plan, children: list[JsonObject], generated: list[JsonObject]) -> list[JsonObject]:
    """The applications as they will be: a set can be told not to change or not to delete those that are there."""
    policy = _policy(planned.body)
    there = {item["metadata"]["name"]: item for item in children}
    result = {item["metadata"]["name"]: item for item in generated}
    if policy in {CREATE_ONLY, CREATE_UPDATE}:
        result = {**there, **result}
    if policy in {CREATE_ONLY, CREATE_DELETE}:
        result |= {name: there[name] for name in result.keys() & there.keys()}
    return list(result.values())


def _child_changes(children: list[JsonObject], generated: list[JsonObject]) -> list[str]:
    """What happens to the applications, in sentences."""
    before, after = _specs(children), _specs(generated)
    sentences = [f"create application {name}" for name in sorted(after.keys() - before.keys())]
    sentences += [f"delete application {name}" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        found = differences(before[name].get("spec"), after[name].get("spec"), "spec")
        sentences += [f"application {name}: {change.describe()}" for change in found]
    return sentences


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


def _wait_for_children(run: Run, planned: Plan, expected: list[JsonObject]) -> None:
    """Wait until the applications are there as expected, and no others."""
    name, namespace = run.params["name"], run.params["appset_namespace"]
    wanted = set(_specs(expected))
    spec: Any = planned.body.get("spec") or {}
    # Then the controller leaves what others write, or switches automated sync itself.
    names_only = bool(spec.get("ignoreApplicationDifferences") or (spec.get("strategy") or {}).get("type"))

    def look() -> Observation[None]:
        live = find_application_set(run.client, name, namespace) or {}
        conditions: Any = (live.get("status") or {}).get("conditions") or []
        errors = [c.get("message", "") for c in conditions if c["type"] == "ErrorOccurred" and c["status"] == "True"]
        children = children_of(run.client, name, namespace)
        have = set(_specs(children))
        if errors and not wanted <= have:
            raise ObjectFailedError(f"ApplicationSet {name} cannot make its applications: {'; '.join(errors)}.")
        to_come = [] if names_only and wanted == have else _child_changes(children, expected)
        text = f"ApplicationSet {name} has {len(wanted & have)} of {len(wanted)} applications"
        return Observation(not to_come, text + (f", to come: {'; '.join(to_come[:3])}" if to_come else ""), None)

    Waiter(run.params["wait_timeout"], run.progress).until(f"the applications of ApplicationSet {name}", look)


def _delete(run: Run, live: JsonObject | None) -> Outcome:
    name, namespace = run.params["name"], run.params["appset_namespace"]
    if live is None:
        return Outcome(data={"application_set": None})
    children = children_of(run.client, name, namespace)
    before: JsonObject = {**view(live, KIND), "applications": _specs(children)}
    changes, after = [f"delete ApplicationSet {name}"], {}
    if _policy(live) in {CREATE_ONLY, CREATE_UPDATE} and FINALIZER in (live["metadata"].get("finalizers") or []):
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
