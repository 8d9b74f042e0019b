# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A webhook of a repository, by its URL: make it, bring it to what is declared, or remove it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import env_fallback

from .. import _secrets
from .._argument_spec import ArgumentSpec
from .._errors import AmbiguousNameError, ApiError, InvalidInputError, OutcomeUnknownError, raise_all
from .._outcome import Outcome
from .._reconcile import Field, JsonObject, canonical_values, compare
from .github_api import GitHubApi

WEBHOOK_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "repository": {"type": "str", "required": True},
        "url": {"type": "str", "required": True},
        "events": {"type": "list", "elements": "str", "default": ["push", "pull_request"]},
        "secret": {"type": "str", "no_log": True},
        "update_secret": {"type": "bool", "default": False, "no_log": False},
        "insecure_ssl": {"type": "bool", "default": False},
        "api_url": {"type": "str", "default": "https://api.github.com"},
        "token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["GITHUB_TOKEN"])},
        "ca_cert": {"type": "path"},
        "api_timeout": {"type": "int", "default": 60},
    },
    required_if=(("state", "present", ("secret",)),),
)
FIELDS = (
    Field("active", bool),
    Field("events", lambda events: sorted(events or [])),
    Field("config", nested=(Field("content_type"), Field("insecure_ssl", str))),
)


class Webhook:
    """One webhook. check_mode: find out and say what would be done, change nothing."""

    def __init__(self, api: GitHubApi, params: Mapping[str, Any], *, check_mode: bool) -> None:
        self.api = api
        self.params = params
        self.url = str(params["url"])
        self.check_mode = check_mode

    def present(self) -> Outcome:
        wanted: JsonObject = {
            "active": True,
            "events": list(self.params["events"]),
            "config": {"content_type": "json", "insecure_ssl": str(int(self.params["insecure_ssl"]))},
        }
        found = self._find()
        secret = {"url": self.url, "secret": self.params["secret"]}
        if found is None:
            hook = {"id": None}
            if not self.check_mode:
                hook = self._create({**wanted, "config": {**wanted["config"], **secret}})
            return Outcome(
                [f"create webhook {self.url} of {self.api.repository}"],
                {},
                canonical_values(FIELDS, wanted),
                {"id": hook["id"]},
            )
        comparison = compare(FIELDS, wanted, found)
        changes = [f"webhook {self.url} of {self.api.repository}: {one.describe()}" for one in comparison.changes]
        if self.params["update_secret"]:
            changes.append(f"webhook {self.url} of {self.api.repository}: set its secret")
        # The API shows no secret, and takes one away that is left out of a config.
        if changes and not self.check_mode:
            self._update(int(found["id"]), {**wanted, "config": {**wanted["config"], **secret}}, wanted)
        return Outcome(changes, comparison.before, comparison.after, {"id": found["id"]})

    def _create(self, body: JsonObject) -> JsonObject:
        """Make it, or pick up the one whose creation was not answered as promised. It is not made a second time."""
        try:
            return self.api.create_hook(body)
        except OutcomeUnknownError:
            found = self._find()
            if found is None:
                raise
            return found

    def _update(self, number: int, body: JsonObject, wanted: JsonObject) -> None:
        if self.api.update_hook(number, body):
            return
        there = self._find()
        if there is None or compare(FIELDS, wanted, there).changes or self.params["update_secret"]:
            raise OutcomeUnknownError(
                f"{self.api.api_url} accepted the change of webhook {self.url} of {self.api.repository} without "
                "answering with the webhook, and it does not show.",
                "Run again, with update_secret when the secret was to change.",
            )

    def absent(self) -> Outcome:
        try:
            found = self._find()
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # GitHub says the same of a repository that is gone and of one that the token has no rights in.
            unseen = f"{self.api.repository} is gone, or the token may not see its webhooks: one that is there stays."
            return Outcome(data={"id": None}, warnings=[unseen])
        if found is None:
            return Outcome(data={"id": None})
        if not self.check_mode:
            self.api.delete_hook(int(found["id"]))
            if self._find() is not None:
                raise OutcomeUnknownError(
                    f"Webhook {self.url} of {self.api.repository} is still there after its removal was accepted.",
                    "Run again.",
                )
        return Outcome([f"delete webhook {self.url} of {self.api.repository}"], {"url": self.url}, {}, {"id": None})

    def _find(self) -> JsonObject | None:
        found = [hook for hook in self.api.hooks() if (hook.get("config") or {}).get("url") == self.url]
        if len(found) > 1:
            raise AmbiguousNameError(
                f"{self.api.repository} has {len(found)} webhooks with the URL {self.url}.",
                "Remove all but one of them at the forge.",
            )
        return found[0] if found else None


def check_options(params: Mapping[str, Any]) -> None:
    """Raise InvalidInputError with everything that cannot be used."""
    problems = []
    if not re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", params["repository"]):
        problems.append(f"repository: {params['repository']!r} is no owner/name")
    for option in ("url", "api_url"):
        try:
            parts = urlsplit(params[option])
        except ValueError:
            problems.append(f"{option}: it cannot be read as a URL")
            continue
        if parts.scheme not in ("http", "https") or not parts.hostname:
            problems.append(f"{option}: {params[option]!r} is no http or https URL")
    if params["state"] == "present" and not params["events"]:
        problems.append("events: there is none; give push, pull_request or others of GitHub's")
    if params.get("secret") == "":
        problems.append("secret: it is empty, so that anybody could send what looks like the forge's")
    flaw = _secrets.control_flaw(params.get("secret") or "")
    if flaw:
        problems.append(f"secret: it {flaw}; give it alone, on one line")
    if not params.get("token"):
        problems.append("token: there is none; give one that may write webhooks, or set GITHUB_TOKEN")
    raise_all(problems, InvalidInputError, f"Webhook {params['url']!r}")
