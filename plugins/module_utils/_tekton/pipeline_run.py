# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Starts, follows, cancels and removes runs of Tekton Pipelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._argument_spec import ArgumentSpec, wait_spec
from .._errors import InvalidInputError, ObjectFailedError, SlipwayError, WaitTimeoutError, numbered
from .._kubernetes.calls import Calls
from .._outcome import Outcome
from .._waiter import Observation, Waiter
from .declared_run import declared_run, problems_of, same_run
from .run_state import FailedStep, RunState, state_of

JsonObject = dict[str, Any]

PIPELINE_RUN_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "cancelled", "absent"], "default": "present"},
        "kubeconfig": {"type": "path", "required": True},
        "kubeconfig_context": {"type": "str"},
        "namespace": {"type": "str", "required": True},
        "name": {"type": "str"},
        "pipeline": {"type": "str"},
        "params": {"type": "dict", "default": {}},
        "secret_params": {"type": "dict", "default": {}, "no_log": True},
        "workspaces": {"type": "list", "elements": "dict", "default": []},
        "service_account": {"type": "str"},
        "labels": {"type": "dict", "default": {}},
        "annotations": {"type": "dict", "default": {}},
        "spec": {"type": "dict", "default": {}},
        "log_lines": {"type": "int", "default": 20},
    },
    required_if=(
        ("state", "present", ("pipeline",)),
        ("state", "cancelled", ("name",)),
        ("state", "absent", ("name",)),
    ),
).merge(wait_spec(1800))

_GROUP, _VERSION = "tekton.dev", "v1"
_RUN_LABEL = "tekton.dev/pipelineRun"
_OWN_SPEC_KEYS = ("pipelineRef", "pipelineSpec", "params", "workspaces")


class PipelineRuns:
    """The runs of one namespace of one cluster."""

    def __init__(self, cluster: Calls, options: Mapping[str, Any], waiter: Waiter, *, check_mode: bool) -> None:
        self._cluster = cluster
        self._options = options
        self._waiter = waiter
        self._check_mode = check_mode
        self._namespace: str = options["namespace"]

    def present(self) -> Outcome:
        """Start the run unless one of its name is there, and follow it to its end."""
        self._check_spec()
        declared = declared_run(self._options)
        found = self._read("pipelineruns", self._options["name"]) if self._options["name"] else None
        if found is not None:
            self._check_same(found, declared)
            return self._outcome([], self._follow(found))
        self._check_pipeline(declared)
        changes = [f"start PipelineRun {self._options['name'] or 'of ' + self._options['pipeline']}"]
        created = self._create(declared)
        if self._check_mode:
            return self._outcome(changes, None, after=declared)
        changes = [f"start PipelineRun {created['metadata']['name']}"]
        try:
            return self._outcome(changes, self._follow(created), after=declared)
        except SlipwayError as error:
            error.done = tuple(changes)
            raise

    def cancelled(self) -> Outcome:
        """End a run that has not ended; its finally tasks run."""
        name = self._options["name"]
        found = self._read("pipelineruns", name)
        if found is None:
            raise InvalidInputError(f"There is no PipelineRun {self._namespace}/{name}.", "Check name and namespace.")
        state = self._state(found)
        if state.done:
            return self._outcome([], state)
        changes = [f"cancel PipelineRun {name}"]
        before, after = {"status": state.status}, {"status": "cancelled"}
        if self._check_mode:
            return self._outcome(changes, state, before, after)
        self._cluster.call(
            f"cancel PipelineRun {self._namespace}/{name}",
            self._cluster.custom.patch_namespaced_custom_object,
            _GROUP, _VERSION, self._namespace, "pipelineruns", name, {"spec": {"status": "CancelledRunFinally"}},
            _content_type="application/merge-patch+json",
        )  # fmt: skip
        return self._outcome(changes, self._wait(name) if self._options["wait"] else state, before, after)

    def absent(self) -> Outcome:
        """Remove the run, with its pods and their logs."""
        name = self._options["name"]
        found = self._read("pipelineruns", name)
        if found is None:
            return self._outcome([], None)
        if not self._check_mode:
            self._cluster.call(
                f"delete PipelineRun {self._namespace}/{name}",
                self._cluster.custom.delete_namespaced_custom_object,
                _GROUP, _VERSION, self._namespace, "pipelineruns", name,
            )  # fmt: skip
        return self._outcome([f"delete PipelineRun {name}"], None, before={"spec": found["spec"]})

    def _check_spec(self) -> None:
        twice = [key for key in _OWN_SPEC_KEYS if key in self._options["spec"]]
        if twice:
            raise InvalidInputError(
                f"spec has {', '.join(twice)}, which the options pipeline, params and workspaces say.",
                "Take it from spec.",
            )
        both = sorted(set(self._options["params"]) & set(self._options["secret_params"]))
        if both:
            raise InvalidInputError(f"{', '.join(both)} is in params and in secret_params.", "Give it in one of them.")

    def _check_same(self, found: JsonObject, declared: JsonObject) -> None:
        differing = same_run(found, declared)
        if differing:
            raise InvalidInputError(
                f"There is a PipelineRun {self._namespace}/{self._options['name']} with another "
                f"{', '.join(differing)}. A run cannot be changed.",
                "Give this run another name, or none.",
            )

    def _check_pipeline(self, declared: JsonObject) -> None:
        name = self._options["pipeline"]
        pipeline = self._read("pipelines", name)
        if pipeline is None:
            known = ", ".join(sorted(item["metadata"]["name"] for item in self._list("pipelines"))) or "none"
            raise InvalidInputError(
                f"There is no Pipeline {name} in namespace {self._namespace} of {self._cluster.host}; "
                f"there are: {known}.",
                "Check pipeline and namespace, and that Tekton is installed there.",
            )
        problems = problems_of(pipeline, declared)
        if problems:
            raise InvalidInputError(numbered(f"Pipeline {self._namespace}/{name} cannot be run like this", problems))

    def _create(self, declared: JsonObject) -> JsonObject:
        options = {"dry_run": "All"} if self._check_mode else {}
        created = self._cluster.call(
            f"start a PipelineRun in namespace {self._namespace}",
            self._cluster.custom.create_namespaced_custom_object,
            _GROUP, _VERSION, self._namespace, "pipelineruns", declared,
            # One without a name gets another one at each sending.
            repeatable=self._check_mode, **options,
        )  # fmt: skip
        if created is None:
            raise InvalidInputError(f"{self._cluster.host} has no namespace {self._namespace}.")
        return created

    def _follow(self, run: JsonObject) -> RunState:
        if not self._options["wait"] or self._check_mode:
            return self._state(run)
        state = self._wait(run["metadata"]["name"])
        if state.status != "succeeded":
            raise ObjectFailedError(self._failure(state))
        return state

    def _wait(self, name: str) -> RunState:
        def look() -> Observation[RunState]:
            found = self._read("pipelineruns", name)
            if found is None:
                raise ObjectFailedError(f"PipelineRun {self._namespace}/{name} was deleted while it was followed.")
            state = self._state(found)
            return Observation(state.done, state.describe(), state)

        try:
            return self._waiter.until(f"PipelineRun {self._namespace}/{name}", look)
        except WaitTimeoutError as error:
            raise WaitTimeoutError(
                error.message, f"The run goes on: follow it with name {name}, or end it with state cancelled."
            ) from None

    def _failure(self, state: RunState) -> str:
        """What went wrong, with the last lines of each step that failed."""
        parts = [f"PipelineRun {self._namespace}/{state.name} {state.status}: {state.message.rstrip('.')}."]
        if self._options["name"]:
            parts[0] += " It stays as it is: give the next run another name, or remove this one with state absent."
        for step in state.failed_steps:
            parts.append(
                f"Task {step.task}, step {step.step} ended with exit code {step.exit_code}"
                f"{f' ({step.reason})' if step.reason not in ('', 'Error') else ''}. {self._last_lines(step)}"
            )
        reported = {step.task for step in state.failed_steps}
        parts += [
            f"Task {task['name']} failed ({task['reason']}): {task['message'].rstrip('.')}."
            for task in state.tasks
            if task["status"] == "failed" and task["name"] not in reported
        ]
        return "\n".join(parts)

    def _last_lines(self, step: FailedStep) -> str:
        try:
            log = self._cluster.content(
                f"read the log of {self._namespace}/{step.pod}",
                self._cluster.core.read_namespaced_pod_log,
                step.pod, self._namespace, container=step.container, tail_lines=self._options["log_lines"],
            )  # fmt: skip
        except SlipwayError as error:
            # Why the run failed is the news; that its log cannot be shown comes second.
            return error.message
        if log is None:
            return "Its pod is gone, and its log with it."
        lines = log.decode("utf-8", "replace").rstrip().splitlines()
        return "Its last lines:\n" + "\n".join(f"    {line}" for line in lines) if lines else "It wrote nothing."

    def _state(self, run: JsonObject) -> RunState:
        return state_of(run, self._list("taskruns", f"{_RUN_LABEL}={run['metadata']['name']}"))

    def _read(self, plural: str, name: str) -> JsonObject | None:
        return self._cluster.call(
            f"read {plural} {self._namespace}/{name}",
            self._cluster.custom.get_namespaced_custom_object,
            _GROUP, _VERSION, self._namespace, plural, name,
        )  # fmt: skip

    def _list(self, plural: str, selector: str = "") -> Sequence[JsonObject]:
        found = self._cluster.call(
            f"list {plural} of namespace {self._namespace}",
            self._cluster.custom.list_namespaced_custom_object,
            _GROUP, _VERSION, self._namespace, plural, label_selector=selector,
        )  # fmt: skip
        return list(found["items"]) if found else []

    def _outcome(
        self,
        changes: list[str],
        state: RunState | None,
        before: JsonObject | None = None,
        after: JsonObject | None = None,
    ) -> Outcome:
        data: JsonObject = {"name": None, "status": None, "results": {}, "tasks": []}
        if state is not None:
            data = {
                "name": state.name, "status": state.status,
                "results": dict(state.results), "tasks": [dict(task) for task in state.tasks],
            }  # fmt: skip
        return Outcome(changes, before or {}, after or {}, data)
