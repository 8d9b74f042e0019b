# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Operations of an application: sync, wait, refresh, rollback, terminate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .._argument_spec import ArgumentSpec, wait_spec
from .._errors import (
    ApiError,
    InvalidInputError,
    ObjectFailedError,
    SlipwayError,
    WaitTimeoutError,
    numbered,
    raise_all,
)
from .._grammar import problems_of
from .._outcome import Outcome
from .._patience import briefly
from .._reconcile import JsonObject
from .._waiter import Observation, Waiter
from .application import find_application, project_of
from .application_preview import preview
from .application_state import (
    FAILED_PHASES,
    HEALTHY,
    SYNCED,
    State,
    describe_resources,
    failed_resources,
    prunes,
    state_of,
)
from .application_trouble import explain
from .custom_resource import public
from .grammar import RETRY_RULES
from .module import Run
from .schema import check
from .transport import Answer, to_error

# A workload that restarts can be Degraded for a moment, and a sync that failed be tried again; this many looks in a row
# are a verdict.
VERDICT_LOOKS = 3
AGAIN = "Mend what it says, then sync the application (operation sync); Argo CD tries again only for another revision."

SYNC_SPEC = ArgumentSpec(
    options={
        "name": {"type": "str", "required": True},
        "app_namespace": {"type": "str"},
        "operation": {
            "type": "str",
            "choices": ["sync", "wait", "refresh", "rollback", "terminate"],
            "default": "sync",
        },
        "revision": {"type": "str"},
        "prune": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "resources": {"type": "list", "elements": "dict"},
        "sync_options": {"type": "list", "elements": "str"},
        "strategy": {"type": "dict"},
        "retry": {"type": "dict"},
        "infos": {"type": "list", "elements": "dict"},
        "hard": {"type": "bool", "default": False},
        "history_id": {"type": "int"},
        "wait_for_health": {"type": "bool", "default": True},
        "wait_for_sync": {"type": "bool", "default": True},
    },
).merge(wait_spec(600))


class ApplicationOperation:
    """One application and what is to be done with it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.client = run.client
        self.name: str = run.params["name"]
        self.namespace: str | None = run.params["app_namespace"]
        self.application = self._find()
        self.query: JsonObject = {"appNamespace": self.namespace, "project": project_of(self.application)}
        self.warnings: list[str] = []

    def _find(self) -> JsonObject:
        found = find_application(self.client, self.name, self.namespace)
        if found is None:
            raise InvalidInputError(
                f"There is no application {self.name}, or the account may not see it.",
                "Check its name, and app_namespace when it is not in Argo CD's own namespace.",
            )
        return found

    def read(self, refresh: str = "") -> JsonObject:
        """The application as it is now; refresh (normal, hard) has Argo CD compare it with Git first."""
        query = {**self.query, "refresh": refresh or None}
        self.application = self.client.get(f"read application {self.name}", "applications", self.name, query=query)
        return self.application

    def compare_now(self, refresh: str = "normal") -> JsonObject:
        """Have Argo CD compare the application with Git, and read it when it has.

        A refresh can end with a comparison that had begun before it was asked for. A second one cannot: Argo CD
        compares an application once at a time.
        """
        self.read("normal")
        return self.read(refresh)

    def outcome(self, changes: list[str], before: JsonObject | None = None, after: JsonObject | None = None) -> Outcome:
        state = state_of(self.application)
        data = {
            "application": public(self.application),
            "sync": state.sync,
            "health": state.health,
            "revision": state.revision,
        }
        return Outcome(changes, before or {}, after or {}, data, self.warnings)

    def sync(self) -> Outcome:
        """Sync when something differs from the wanted revision."""
        self._checked_parts()
        self.compare_now()
        state = state_of(self.application)
        if self._in_place(state):
            self._settle(state)
            state = state_of(self.application)
            if self._in_place(state):
                return self.outcome([])
        planned = self._preview()
        if (
            state.sync == "OutOfSync"
            and not planned.changes
            and state.only_pruning_left
            and not self.run.params["prune"]
        ):
            return self._pruning_left(state)
        changes = list(planned.changes) or [f"sync application {self.name}"]
        if self.run.check_mode:
            return self.outcome(changes, planned.before, planned.after)
        started = state.started
        answer = self.client.call("POST", "applications", self.name, "sync", body=self._request())
        if not answer.ok:
            raise self._refused(answer)
        self.run.done.append(f"sync of application {self.name} started")
        if self.run.params["wait"]:
            self._wait(lambda now: now.started != started and not now.operating)
        return self.outcome(changes, planned.before, planned.after)

    def _checked_parts(self) -> None:
        subject = f"Sync of application {self.name}"
        for option, kind in (
            ("strategy", "SyncStrategy"), ("retry", "RetryStrategy"),
            ("resources", "list of SyncOperationResource"), ("infos", "list of Info"),
        ):  # fmt: skip
            check(subject, self.run.params[option], kind, option)
        problems = problems_of({"retry": RETRY_RULES}, self.run.params)
        raise_all(problems, InvalidInputError, f"{subject} cannot be as asked")

    def _preview(self) -> Any:
        params = self.run.params
        return preview(
            self.client, self.application, self.query,
            prune=params["prune"], revision=params["revision"] or "", only=params["resources"],
        )  # fmt: skip

    def _in_place(self, state: State) -> bool:
        """Whether what the sync would bring is there already. What a failed operation was for may be a hook's work."""
        if state.failed:
            return False
        if self.run.params["resources"]:
            return not self._preview().changes
        if state.operating or state.sync != "Synced":
            revision = self.run.params["revision"]
            # A sync to another revision than the target leaves the application OutOfSync, and still is in place.
            return bool(revision) and not state.operating and not self._preview().changes
        return not self.run.params["revision"] or not self._preview().changes

    def _settle(self, state: State) -> None:
        """Nothing is to be done: wait until that is believable and the application is healthy."""
        if self.run.params["wait"] and not self.run.check_mode and not (state.good and state.settled):
            self._wait(lambda _now: True)

    def _pruning_left(self, state: State) -> Outcome:
        names = describe_resources([{**item, "health": {}} for item in state.out_of_sync])
        self.warnings.append(f"Application {self.name} is OutOfSync only because these must be pruned: {names}")
        return self.outcome([])

    def _request(self) -> JsonObject:
        params = self.run.params
        request: JsonObject = {"name": self.name, "prune": params["prune"], "project": self.query["project"]}
        if self.namespace:
            request["appNamespace"] = self.namespace
        if params["revision"]:
            request["revision"] = params["revision"]
        if params["strategy"]:
            request["strategy"] = params["strategy"]
        elif params["force"]:
            request["strategy"] = {"hook": {"force": True}}
        if params["sync_options"] is not None:
            request["syncOptions"] = {"items": params["sync_options"]}
        for option, field in (("resources", "resources"), ("retry", "retryStrategy"), ("infos", "infos")):
            if params[option] is not None:
                request[field] = params[option]
        return request

    def _refused(self, answer: Answer) -> ApiError:
        steps = {
            "another operation is already in progress": "Wait for it, or end it with operation terminate.",
            "automated": "Turn automated sync off first (spec.syncPolicy.automated: null), or change targetRevision.",
            "auto-sync": "Turn automated sync off first (spec.syncPolicy.automated: null).",
        }
        step = next((text for words, text in steps.items() if words in answer.error.lower()), "")
        if "blocked by sync window" in answer.error:
            step = (
                f"Sync when {self._windows()} of project {self.query['project']} allows it, or change its syncWindows."
            )
        return to_error(answer, f"{self.run.params['operation']} application {self.name}", step)

    def _windows(self) -> str:
        """The windows that apply to the application now, or any time when none does."""
        answer = self.client.call("GET", "applications", self.name, "syncwindows", query=self.query)
        found: Any = answer.body.get("activeWindows") or answer.body.get("assignedWindows") or []
        texts = [f"{one.get('kind')} {one.get('schedule')} for {one.get('duration')}" for one in found]
        return f"the sync window ({'; '.join(texts)})" if texts else "the sync windows"

    def wait(self) -> Outcome:
        """Wait until the application is as asked; changes nothing."""
        if not self.run.check_mode:
            self._wait(lambda _now: True)
        return self.outcome([])

    def refresh(self) -> Outcome:
        """Have Argo CD compare the application with Git now; hard forgets rendered manifests too."""
        if not self.run.check_mode:
            self.compare_now("hard" if self.run.params["hard"] else "normal")
        return self.outcome([])

    def terminate(self) -> Outcome:
        """End the operation that runs, if one does."""
        if not state_of(self.application).operating:
            return self.outcome([])
        change = f"terminate the operation of application {self.name}"
        if not self.run.check_mode:
            answer = self.client.call("DELETE", "applications", self.name, "operation", query=self.query)
            # It may have ended by itself since it was read.
            if not answer.ok and "No operation is in progress" not in answer.error:
                raise self._refused(answer)
            self._until("its operation to end", lambda now: not now.operating)
        return self.outcome([change])

    def rollback(self) -> Outcome:
        """Bring back what was deployed as history_id says, or before the last deployment."""
        entry = self._history_entry()
        current = self._history()[-1]
        if _content(entry) == _content(current):
            return self.outcome([])
        revision = entry.get("revision") or ", ".join(entry.get("revisions") or [])
        change = f"roll application {self.name} back to {revision} (history {entry.get('id', 0)})"
        if self.run.check_mode:
            planned = preview(
                self.client, self.application, self.query, prune=self.run.params["prune"], revision=revision
            )
            return self.outcome([change, *planned.changes], planned.before, planned.after)
        started = state_of(self.application).started
        body = {"name": self.name, "id": entry.get("id", 0), "prune": self.run.params["prune"], **self.query}
        body = {key: value for key, value in body.items() if value is not None}
        answer = self.client.call("POST", "applications", self.name, "rollback", body=body)
        if not answer.ok:
            raise self._refused(answer)
        self.run.done.append(change)
        if self.run.params["wait"]:
            # An old revision is not the target's, so OutOfSync is what is to be expected.
            self._wait(lambda now: now.started != started and not now.operating, sync=False)
        return self.outcome([change])

    def _history(self) -> list[JsonObject]:
        return list((self.application.get("status") or {}).get("history") or [])

    def _history_entry(self) -> JsonObject:
        history, wanted = self._history(), self.run.params["history_id"]
        if wanted is None and len(history) >= 2:
            return next((e for e in reversed(history) if _content(e) != _content(history[-1])), history[-1])
        for entry in history:
            if wanted is not None and entry.get("id", 0) == wanted:
                return entry
        known = ", ".join(str(entry.get("id", 0)) for entry in history) or "none"
        raise InvalidInputError(
            f"Application {self.name} cannot be rolled back to {'what was before' if wanted is None else wanted}: "
            f"its history has {known}.",
            "Give one of these as history_id.",
        )

    def _until(self, what: str, reached: Callable[[State], bool]) -> None:
        def look() -> Observation[None]:
            state = state_of(self.read())
            return Observation(reached(state), f"application {self.name} is {state.describe()}", None)

        Waiter(self.run.params["wait_timeout"], self.run.progress).until(f"application {self.name}: {what}", look)

    def _wait(self, operation_over: Callable[[State], bool], *, sync: bool | None = None) -> None:
        """Wait until the operation is over, the comparison is newer, and sync and health are as asked.

        Raises ObjectFailedError when the operation failed or the application stays Degraded, WaitTimeoutError with
        the reason when it does not get there in time.
        """
        params = self.run.params
        need_sync = params["wait_for_sync"] if sync is None else sync
        other_revision = bool(params["revision"] or params["resources"])
        degraded = gave_up = 0
        failed = ""

        def look() -> Observation[None]:
            nonlocal degraded, gave_up, failed
            state = state_of(self.read())
            # A retry begins by forgetting what failed, so this may be the only look that tells.
            reason = failed_resources(self.application)
            failed = reason or failed
            over = operation_over(state) and not state.operating
            if over and state.phase in FAILED_PHASES and params["operation"] != "wait":
                raise self._failed(f"{params['operation']} failed: {state.message}", [reason] if reason else [])
            if over and not state.settled:
                self.compare_now()
                state = state_of(self.application)
            believable = over and state.settled
            if believable and state.errors and state.sync == "Unknown":
                raise self._failed("it cannot be compared", state.errors)
            # Of a wait it may be the operation before the one that is about to start.
            gave_up = gave_up + 1 if believable and state.failed and need_sync else 0
            if gave_up == 1:
                self.compare_now()
            if gave_up >= VERDICT_LOOKS:
                raise self._failed(f"its last operation failed: {state.message}", [reason] if reason else [], AGAIN)
            degraded = degraded + 1 if believable and state.health == "Degraded" and params["wait_for_health"] else 0
            if degraded >= VERDICT_LOOKS:
                raise self._failed("it is Degraded", explain(self.client, self.application, self.query))
            return Observation(
                believable and self._as_asked(state, need_sync and not other_revision), self._text(state), None
            )

        waiter = Waiter(params["wait_timeout"], self.run.progress)
        try:
            waiter.until(f"application {self.name}", look)
        except WaitTimeoutError as error:
            with briefly():
                reasons = explain(self.client, self.application, self.query)
            reasons = [failed, *reasons] if failed and failed.rstrip(".") not in reasons else reasons
            text = f"{error.message} {_sentences('What is in the way', reasons)}" if reasons else error.message
            raise WaitTimeoutError(text, error.next_step) from None

    def _as_asked(self, state: State, need_sync: bool) -> bool:
        params = self.run.params
        if need_sync and state.only_pruning_left and not params["prune"] and params["operation"] == "sync":
            need_sync = False
        if (
            need_sync
            and state.only_pruning_left
            and not prunes(self.application["spec"])
            and params["operation"] == "wait"
        ):
            state = replace(state, sync=SYNCED)
        synced = not need_sync or (state.sync == SYNCED and not state.errors and not state.failed)
        return synced and (not params["wait_for_health"] or state.health == HEALTHY)

    def _text(self, state: State) -> str:
        waiting = describe_resources(state.unhealthy, 2)
        return f"application {self.name} is {state.describe()}" + (f": {waiting}" if waiting else "")

    def _failed(self, what: str, reasons: Sequence[str], next_step: str = "") -> SlipwayError:
        text = _sentences(f"Application {self.name}: {what}", reasons)
        project = self.query["project"]
        if f"not permitted in project {project}" not in text:
            return ObjectFailedError(text, next_step)
        return ObjectFailedError(
            text,
            f"Add the kind to clusterResourceWhitelist or namespaceResourceWhitelist of project {project} "
            "(a namespace that CreateNamespace=true makes is of kind Namespace, group '').",
        )


def _sentences(heading: str, reasons: Sequence[str]) -> str:
    """The heading and its reasons, each on a line of its own when there are several."""
    text = numbered(heading, reasons) if reasons else heading
    return text if text.endswith(".") else text + "."


def _content(entry: JsonObject) -> tuple[Any, ...]:
    return (entry.get("revision"), entry.get("revisions"), entry.get("source"), entry.get("sources"))


def operate_application(run: Run) -> Outcome:
    """Do what operation says."""
    name, operation = run.params["name"], run.params["operation"]
    if run.check_mode and find_application(run.client, name, run.params["app_namespace"]) is None:
        # A task before this one may be about to create it.
        changes = [f"sync application {name}, which does not exist yet"] if operation == "sync" else []
        return Outcome(changes, data={"application": None, "sync": "", "health": "", "revision": ""})
    application = ApplicationOperation(run)
    deeds: dict[str, Callable[[], Outcome]] = {
        "sync": application.sync,
        "wait": application.wait,
        "refresh": application.refresh,
        "rollback": application.rollback,
        "terminate": application.terminate,
    }
    return deeds[operation]()
