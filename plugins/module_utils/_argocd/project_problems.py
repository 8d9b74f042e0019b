# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What Argo CD refuses of a project, all of it at once (argo-cd 3.5.7: AppProject.ValidateProject, validatePolicy).

Pure. All these fields are lists, which are replaced whole: what is declared is what Argo CD will see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._go_duration import DURATION
from .._grammar import Each, Grammar, Rule, matching, one_of, problems_of
from . import grammar
from .cron import SCHEDULE
from .time_zones import TIME_ZONE

PROJECT_RULES: Mapping[str, Rule] = {
    "destinations": Each(dict.fromkeys(("name", "server", "namespace"), grammar.PATTERN)),
    "sourceRepos": Each(grammar.PATTERN),
    "roles": Each({"name": grammar.ROLE_NAME, "groups": Each(grammar.GROUP)}, "role"),
    "syncWindows": Each(
        {
            "kind": grammar.WINDOW_KIND,
            "schedule": SCHEDULE,
            "duration": DURATION,
            "timeZone": TIME_ZONE,
            "description": grammar.WINDOW_DESCRIPTION,
        }
    ),
    "destinationServiceAccounts": Each(
        {
            "server": grammar.PLAIN_PATTERN,
            "namespace": grammar.PLAIN_PATTERN,
            "defaultServiceAccount": grammar.SERVICE_ACCOUNT,
        }
    ),
}
# util/rbac/rbac.go: ProjectScoped and the actions.
RESOURCES = ("applications", "applicationsets", "logs", "exec", "clusters", "repositories")
ACTIONS = ("get", "create", "update", "delete", "sync", "override", "*")
ACTION = Grammar(
    f"{' or '.join(ACTIONS)}, or like action/apps/Deployment/restart",
    lambda value: value in ACTIONS or re.search(r"(action|update|delete)/", value) is not None,
    f"{grammar.TYPES}, isValidAction",
)
# What tells two windows apart (SyncWindow.HashIdentity).
_WINDOW_IDENTITY = ("kind", "schedule", "duration", "applications", "namespaces", "clusters", "timeZone", "andOperator")


def find_problems(name: str, spec: Mapping[str, Any] | None) -> list[str]:
    """name: the project's; spec: what is declared of it, in the API's form and of the right types."""
    if not spec:
        return []
    problems = problems_of(PROJECT_RULES, spec, "spec")
    problems += [
        f"spec.{field}: {text} is there twice"
        for field, keys in (
            ("destinations", [_destination(item) for item in spec.get("destinations") or []]),
            ("sourceRepos", spec.get("sourceRepos") or []),
            ("sourceNamespaces", spec.get("sourceNamespaces") or []),
            ("roles", [str(role.get("name")) for role in spec.get("roles") or []]),
            ("destinationServiceAccounts", [_account(item) for item in spec.get("destinationServiceAccounts") or []]),
        )
        for text in _repeated(keys)
    ]
    for role in spec.get("roles") or []:
        problems += [f"role {role.get('name')!r}: {problem}" for problem in _of_role(name, role)]
    return problems + list(_of_windows(spec.get("syncWindows") or []))


def _destination(item: Mapping[str, Any]) -> str:
    return f"{item.get('server') or item.get('name') or ''}/{item.get('namespace') or ''}"


def _account(item: Mapping[str, Any]) -> str:
    return f"{item.get('server') or ''}/{item.get('namespace') or ''}"


def _repeated(keys: Sequence[str]) -> list[str]:
    return sorted({key for key in keys if keys.count(key) > 1})


def _of_role(project: str, role: Mapping[str, Any]) -> Iterator[str]:
    policies = [",".join(part.strip(" ") for part in str(line).split(",")) for line in role.get("policies") or []]
    for line in _repeated(policies):
        yield f"the policy {line!r} is there twice"
    for group in _repeated(role.get("groups") or []):
        yield f"the group {group!r} is there twice"
    for line in policies:
        problem = _policy_problem(project, str(role.get("name")), line.split(","))
        if problem:
            yield f"policy {line!r}: {problem}"


def _policy_problem(project: str, role: str, parts: Sequence[str]) -> str:
    """What is wrong with a policy, "" for nothing: p, subject, resource, action, object, effect."""
    if len(parts) != 6 or parts[0] != "p":
        return f"it must be like p, proj:{project}:{role}, applications, sync, {project}/*, allow"
    scope = rf"{re.escape(project)}(/[*\w.-]+)?/[*\w.-]+"
    rules = {
        "subject": one_of(f"proj:{project}:{role}"),
        "resource": one_of(*RESOURCES),
        "action": ACTION,
        "object": matching(scope, f"{project}/* or {project}/<application>"),
        "effect": one_of("allow", "deny"),
    }
    found = (rule.problem(f"its {name}", given) for (name, rule), given in zip(rules.items(), parts[1:], strict=True))
    return next((problem for problem in found if problem), "")


def _of_windows(windows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    seen: list[tuple[Any, ...]] = []
    for number, window in enumerate(windows):
        identity = tuple(window.get(field) or None for field in _WINDOW_IDENTITY)
        if identity in seen:
            yield f"spec.syncWindows[{number}] is spec.syncWindows[{seen.index(identity)}] again"
        seen.append(identity)
        yield from (
            f"spec.syncWindows[{number}].{field} is not given"
            for field in ("kind", "schedule", "duration")
            if not window.get(field)
        )
        if not any(window.get(field) for field in ("applications", "namespaces", "clusters")):
            yield f"spec.syncWindows[{number}] needs one of applications, namespaces and clusters"
