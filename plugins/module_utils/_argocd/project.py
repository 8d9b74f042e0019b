# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""AppProjects: what applications may deploy from where to where, roles with policies and tokens, sync windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError
from .._outcome import Outcome
from .._reconcile import JsonObject
from .client import Client
from .custom_resource import OBJECT_SPEC, Declared, Plan, declared_object, plan, public, view
from .module import Run
from .project_problems import find_problems
from .tokens import TOKEN_OPTIONS, WantedToken, apply_tokens, wanted_tokens

KIND = "AppProjectSpec"
REFUSED = {"ProjectRole": frozenset({"jwtTokens"})}
# The API refuses an update that carries an old resourceVersion with this status.
CONFLICT = 409
UPDATE_ATTEMPTS = 3

PROJECT_SPEC = OBJECT_SPEC.merge(
    ArgumentSpec(
        options={
            "tokens": {
                "type": "list",
                "elements": "dict",
                "no_log": False,
                "options": {"role": {"type": "str", "required": True}, **TOKEN_OPTIONS},
            },
        }
    )
)
PROJECT_INFO_SPEC = ArgumentSpec(options={"name": {"type": "str"}})


def manage_project(run: Run) -> Outcome:
    """Bring a project to what is declared, or remove it."""
    name = run.params["name"]
    wanted = declared_project(run.params)
    tokens = wanted_tokens(run.params["tokens"])
    live = find_project(run.client, name)
    if run.params["state"] == "absent":
        return _remove(run, name, live)
    before = live
    planned = plan(live, wanted, KIND)
    changes = _sentences(name, live, planned)
    if changes and not run.check_mode:
        live = _create(run.client, planned) if live is None else _update(run.client, wanted)
        run.done += changes
    known = live if live is not None else planned.body
    token_changes, token_results = _apply_tokens(run, name, tokens, known, planned)
    if token_changes and not run.check_mode:
        known = run.client.get(f"read project {name}", "projects", name)
    data: JsonObject = {"project": public(planned.body if run.check_mode and changes else known)}
    if run.params["tokens"] is not None:
        data["tokens"] = token_results
    shown_before = view(before, KIND) if before else {}
    return Outcome(changes + token_changes, shown_before, planned.after, data)


def declared_project(params: Mapping[str, Any]) -> Declared:
    """What is declared. Raises InvalidInputError naming everything that Argo CD would refuse of it."""
    return declared_object(
        f"Project {params['name']}", params, KIND, lambda wanted: find_problems(wanted.name, wanted.spec), REFUSED
    )


def find_project(client: Client, name: str) -> JsonObject | None:
    return client.find(f"read project {name}", "projects", name)


def project_info(run: Run) -> Outcome:
    """All projects, or the one of this name."""
    name = run.params["name"]
    if name:
        found = find_project(run.client, name)
        return Outcome(data={"projects": [public(found)] if found else []})
    return Outcome(data={"projects": [public(item) for item in run.client.items("list projects", "projects")]})


def _sentences(name: str, live: JsonObject | None, planned: Plan) -> list[str]:
    if live is None:
        return [f"create project {name}"]
    return [f"project {name}: {change.describe()}" for change in planned.changes]


def _create(client: Client, planned: Plan) -> JsonObject:
    name = planned.body["metadata"]["name"]
    return client.change(f"create project {name}", "POST", "projects", body={"project": planned.body})


def _update(client: Client, wanted: Declared) -> JsonObject:
    """Write the whole object as it was read, with the declared keys put in.

    Without its status the server would forget, and so revoke, every token of the project's roles.
    """
    for attempt in range(1, UPDATE_ATTEMPTS + 1):
        live = client.get(f"read project {wanted.name}", "projects", wanted.name)
        body = _with_tokens(plan(live, wanted, KIND).body, live)
        answer = client.call("PUT", "projects", wanted.name, body={"project": body})
        if answer.status != CONFLICT or attempt == UPDATE_ATTEMPTS:
            return client.must(f"update project {wanted.name}", answer)
    raise AssertionError("unreachable")


def _with_tokens(body: JsonObject, live: JsonObject) -> JsonObject:
    """The body with the live roles' records of tokens, which the user does not declare."""
    kept = {role["name"]: role["jwtTokens"] for role in _roles(live) if role.get("jwtTokens")}
    for role in _roles(body):
        if role["name"] in kept:
            role["jwtTokens"] = kept[role["name"]]
    return body


def _roles(project: JsonObject) -> list[JsonObject]:
    roles: Any = (project.get("spec") or {}).get("roles")
    return list(roles or [])


def _remove(run: Run, name: str, live: JsonObject | None) -> Outcome:
    if live is None:
        return Outcome(data={"project": None})
    query = {"projects": name}
    used_by = run.client.items("list applications", "applications", query=query)
    if used_by:
        names = ", ".join(sorted(item["metadata"]["name"] for item in used_by))
        raise InvalidInputError(
            f"Project {name} cannot be deleted: applications belong to it: {names}.",
            "Delete them or move them to another project first.",
        )
    change = f"delete project {name}"
    if not run.check_mode:
        run.client.change(change, "DELETE", "projects", name)
    return Outcome([change], view(live, KIND), {}, {"project": None})


def token_records(project: JsonObject, role: str) -> list[JsonObject]:
    """The API's records of a role's tokens."""
    by_role = (project.get("status") or {}).get("jwtTokensByRole") or {}
    return list((by_role.get(role) or {}).get("items") or [])


def _apply_tokens(
    run: Run, name: str, tokens: list[WantedToken], project: JsonObject, planned: Plan
) -> tuple[list[str], list[JsonObject]]:
    if not tokens:
        return [], []
    roles = {role.get("name") for role in _roles(planned.body)}
    unknown = sorted({token.role for token in tokens if token.present} - roles)
    if unknown:
        raise InvalidInputError(
            f"Project {name} has no role {', '.join(unknown)}, so it can have no tokens.", "Declare it in spec.roles."
        )

    def records(token: WantedToken) -> list[JsonObject]:
        current = project if run.check_mode else run.client.get(f"read project {name}", "projects", name)
        return token_records(current, token.role)

    def delete(token: WantedToken, record: JsonObject) -> None:
        path = ("projects", name, "roles", token.role, "token", str(record.get("iat") or 0))
        run.client.change(f"delete {token.name}", "DELETE", *path, query={"id": token.id})

    def create(token: WantedToken) -> str:
        body = {"expiresIn": token.expires_in, "id": token.id}
        path = ("projects", name, "roles", token.role, "token")
        return run.client.new_token(f"create {token.name}", *path, body=body)

    return apply_tokens(f"project {name}", tokens, records, delete, create, check_mode=run.check_mode, done=run.done)
