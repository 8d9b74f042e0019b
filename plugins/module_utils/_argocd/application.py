# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Applications: what is deployed from which repository to which cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._argument_spec import ArgumentSpec, wait_spec
from .._errors import AmbiguousNameError, InvalidInputError, raise_all
from .._grammar import problems_of
from .._outcome import Outcome
from .._reconcile import JsonObject
from .._waiter import Observation, Waiter
from .application_problems import APPLICATION_RULES, find_problems
from .client import Client
from .custom_resource import OBJECT_SPEC, Declared, Plan, declared_object, plan, public, view
from .module import Run

KIND = "ApplicationSpec"
DEFAULT_PROJECT = "default"

APPLICATION_SPEC = OBJECT_SPEC.merge(
    ArgumentSpec(
        options={
            "app_namespace": {"type": "str"},
            "validate": {"type": "bool", "default": True},
            "move_project": {"type": "bool", "default": False},
            "cascade": {"type": "bool", "default": True},
            "propagation_policy": {"type": "str", "choices": ["foreground", "background"]},
        },
        required_if=(("state", "present", ("spec",)),),
    ),
    wait_spec(300),
)
APPLICATION_INFO_SPEC = ArgumentSpec(
    options={
        "name": {"type": "str"},
        "app_namespace": {"type": "str"},
        "projects": {"type": "list", "elements": "str"},
        "selector": {"type": "str"},
        "repo": {"type": "str"},
    }
)


def list_applications(client: Client, **filters: Any) -> list[JsonObject]:
    """Applications that match: name, appNamespace, projects, selector, repo."""
    return client.items("list applications", "applications", query=filters)


def find_application(client: Client, name: str, namespace: str | None) -> JsonObject | None:
    """The application, whatever its project. A GET would answer 403 for a missing one, or 404 for one of another
    project than asked for; the list says which it is.
    """
    listed = list_applications(client, name=name, appNamespace=namespace)
    found = [item for item in listed if item["metadata"]["name"] == name]
    if len(found) > 1:
        namespaces = ", ".join(sorted(str(item["metadata"].get("namespace")) for item in found))
        raise AmbiguousNameError(f"There is an application {name} in each of {namespaces}.", "Give app_namespace.")
    return found[0] if found else None


def project_of(application: JsonObject) -> str:
    return str(application["spec"].get("project") or DEFAULT_PROJECT)


def manage_application(run: Run) -> Outcome:
    """Bring an application to what is declared, or delete it."""
    name, namespace = run.params["name"], run.params["app_namespace"]
    wanted = declared_application(run.params)
    live = find_application(run.client, name, namespace)
    if run.params["state"] == "absent":
        return _delete(run, live)
    planned = plan(live, wanted, KIND)
    if planned.changes or live is None:
        raise_all(find_problems(planned.body), InvalidInputError, f"Application {name} cannot be as asked")
    if live is not None:
        _refuse_takeover(run, live, wanted)
        _refuse_generated(live, planned)
    changes = (
        [f"create application {name}"]
        if live is None
        else [f"application {name}: {change.describe()}" for change in planned.changes]
    )
    result = planned.body if changes else live
    if changes and not run.check_mode:
        result = _write(run, live, planned)
        run.done += changes
    return Outcome(changes, planned.before, planned.after, {"application": public(result)})


def declared_application(params: Mapping[str, Any]) -> Declared:
    """What is declared. Raises InvalidInputError naming every value that cannot be."""
    return declared_object(
        f"Application {params['name']}",
        params,
        KIND,
        lambda wanted: problems_of(APPLICATION_RULES, wanted.spec, "spec"),
    )


def application_info(run: Run) -> Outcome:
    """Applications, filtered."""
    names = ("name", "projects", "selector", "repo")
    filters = {key: run.params[key] for key in names if run.params[key]}
    found = list_applications(run.client, appNamespace=run.params["app_namespace"], **filters)
    return Outcome(data={"applications": [public(item) for item in found]})


def _refuse_takeover(run: Run, live: JsonObject, wanted: Declared) -> None:
    """An application of this name in another project is most likely somebody else's."""
    project = (wanted.spec or {}).get("project")
    if project and project != project_of(live) and not run.params["move_project"]:
        raise InvalidInputError(
            f"Application {wanted.name} exists already, in project {project_of(live)}, not in {project}.",
            "Take another name, or set move_project to true when it is yours and shall move.",
        )


def _refuse_generated(live: JsonObject, planned: Plan) -> None:
    """The controller of ApplicationSets would undo a change of the spec at once."""
    owner = next(
        (item["name"] for item in live["metadata"].get("ownerReferences") or [] if item["kind"] == "ApplicationSet"), ""
    )
    if owner and any(change.path.startswith("spec") for change in planned.changes):
        changed = ", ".join(change.path for change in planned.changes)
        raise InvalidInputError(
            f"Application {live['metadata']['name']} is generated by ApplicationSet {owner}, which would undo the "
            f"change of {changed}.",
            f"Change the ApplicationSet {owner}.",
        )


def _write(run: Run, live: JsonObject | None, planned: Plan) -> JsonObject:
    name = planned.body["metadata"]["name"]
    query: JsonObject = {"validate": run.params["validate"]}
    if live is None:
        body = planned.body
        if run.params["app_namespace"]:
            body["metadata"]["namespace"] = run.params["app_namespace"]
        return run.client.change(f"create application {name}", "POST", "applications", query=query, body=body)
    # PUT replaces labels, annotations and finalizers, so the body holds all of them as they were read.
    kept = ("name", "namespace", "labels", "annotations", "finalizers", "resourceVersion")
    metadata = {key: value for key, value in planned.body["metadata"].items() if key in kept}
    body = {"metadata": metadata, "spec": planned.body["spec"]}
    query["project"] = project_of(live)
    return run.client.change(f"update application {name}", "PUT", "applications", name, query=query, body=body)


def _delete(run: Run, live: JsonObject | None) -> Outcome:
    if live is None:
        return Outcome(data={"application": None})
    name, namespace = live["metadata"]["name"], run.params["app_namespace"]
    going = bool(live["metadata"].get("deletionTimestamp"))
    what = "with what it deployed" if run.params["cascade"] else "and keep what it deployed"
    changes = [] if going else [f"delete application {name} {what}"]
    if run.check_mode:
        return Outcome(changes, view(live, KIND), {}, {"application": None})
    if not going:
        query = {
            "cascade": run.params["cascade"],
            "propagationPolicy": run.params["propagation_policy"],
            "project": project_of(live),
            "appNamespace": namespace,
        }
        run.client.change(f"delete application {name}", "DELETE", "applications", name, query=query)
        run.done += changes
    if run.params["wait"]:
        _wait_until_gone(run, name, namespace)
    return Outcome(changes, view(live, KIND), {}, {"application": None})


def _wait_until_gone(run: Run, name: str, namespace: str | None) -> None:
    def look() -> Observation[None]:
        found = find_application(run.client, name, namespace)
        if found is None:
            return Observation(True, f"application {name} is gone", None)
        resources = (found.get("status") or {}).get("resources") or []
        why = "".join(f", {text}" for text in error_conditions(found))
        return Observation(False, f"application {name} is being deleted, {len(resources)} resources known{why}", None)

    Waiter(run.params["wait_timeout"], run.progress).until(f"application {name} to be gone", look)


def error_conditions(application: JsonObject) -> list[str]:
    """What Argo CD says is wrong with an application."""
    conditions: Any = (application.get("status") or {}).get("conditions") or []
    return [f"{item['type']}: {item.get('message', '')}" for item in conditions if item["type"].endswith("Error")]
