# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A PipelineRun as declared: what the module's options make of it, and what a Pipeline asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

JsonObject = dict[str, Any]

API_VERSION = "tekton.dev/v1"
_GENERATED_NAME_LENGTH = 52  # Tekton makes names of pods from it, which have 63 characters


def declared_params(values: Mapping[str, Any]) -> list[JsonObject]:
    """Parameters as Tekton has them, by name: texts, lists of texts or objects of texts."""
    return [{"name": name, "value": _text_of(values[name])} for name in sorted(values)]


def _text_of(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _text_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_text_of(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def declared_run(options: Mapping[str, Any]) -> JsonObject:
    """The object to create. options: those of the module tekton_pipeline_run."""
    metadata: JsonObject = {"namespace": options["namespace"]}
    if options["name"]:
        metadata["name"] = options["name"]
    else:
        metadata["generateName"] = options["pipeline"][:_GENERATED_NAME_LENGTH] + "-"
    for key in ("labels", "annotations"):
        if options[key]:
            metadata[key] = {str(name): _text_of(value) for name, value in options[key].items()}
    spec: JsonObject = dict(options["spec"])
    spec["pipelineRef"] = {"name": options["pipeline"]}
    params = declared_params({**options["params"], **options["secret_params"]})
    if params:
        spec["params"] = params
    if options["workspaces"]:
        spec["workspaces"] = options["workspaces"]
    if options["service_account"]:
        spec["taskRunTemplate"] = {
            **(spec.get("taskRunTemplate") or {}), "serviceAccountName": options["service_account"]
        }  # fmt: skip
    return {"apiVersion": API_VERSION, "kind": "PipelineRun", "metadata": metadata, "spec": spec}


def problems_of(pipeline: Mapping[str, Any], run: Mapping[str, Any]) -> list[str]:
    """Why the Pipeline cannot be run like this, one sentence each."""
    spec, wanted = pipeline["spec"], run["spec"]
    name = pipeline["metadata"]["name"]
    problems = []
    given = {item["name"]: item["value"] for item in wanted.get("params", [])}
    params = {item["name"]: item for item in spec.get("params") or []}
    for param in sorted(set(params) - set(given)):
        if "default" not in params[param]:
            problems.append(f"params.{param} is missing, and Pipeline {name} has no default for it.")
    for param in sorted(set(given) - set(params)):
        known = ", ".join(sorted(params)) or "none"
        problems.append(f"params.{param}: Pipeline {name} has no such parameter; it has {known}.")
    for param in sorted(set(given) & set(params)):
        declared, found = params[param].get("type", "string"), _type_of(given[param])
        if declared != found:
            problems.append(f"params.{param} is of type {found}; Pipeline {name} takes {declared}.")
    problems += _workspace_problems(name, spec.get("workspaces") or [], wanted.get("workspaces") or [])
    return problems


def _workspace_problems(
    pipeline: str, declared: Sequence[Mapping[str, Any]], bound: Sequence[Mapping[str, Any]]
) -> list[str]:
    names = {item.get("name") for item in bound}
    problems = [
        f"workspaces has no {item['name']}, which Pipeline {pipeline} needs."
        for item in declared
        if item["name"] not in names and not item.get("optional")
    ]
    known = {item["name"] for item in declared}
    problems += [
        f"workspaces: Pipeline {pipeline} has no workspace {name}; it has {', '.join(sorted(known)) or 'none'}."
        for name in sorted(str(name) for name in names - known)
    ]
    return problems


def _type_of(value: Any) -> str:
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, Mapping) else "string"


def same_run(found: Mapping[str, Any], declared: Mapping[str, Any]) -> list[str]:
    """What a run that is there has of another Pipeline or other parameters: names of fields."""
    differing = []
    if (found["spec"].get("pipelineRef") or {}).get("name") != declared["spec"]["pipelineRef"]["name"]:
        differing.append("pipeline")
    before = {item["name"]: item["value"] for item in found["spec"].get("params") or []}
    after = {item["name"]: item["value"] for item in declared["spec"].get("params") or []}
    differing += [f"params.{name}" for name in sorted(set(before) | set(after)) if before.get(name) != after.get(name)]
    return differing
