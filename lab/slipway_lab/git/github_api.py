# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of GitHub's REST API that keep webhooks and pull requests, below /api/v3 as at GitHub Enterprise.

https://docs.github.com/en/rest/repos/webhooks and https://docs.github.com/en/rest/pulls/pulls. The token is the Git
server's password. Repositories have no owner here.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from slipway_lab.git.errors import GitError
from slipway_lab.git.pull_requests import PullRequests
from slipway_lab.git.repositories import PullRequest, Repositories, Repository, RepositorySettings, Webhook

_HOOKS = "/api/v3/repos/{name}/hooks"
_PULLS = "/api/v3/repos/{name}/pulls"


class GitHubApi:
    """password: asked for at every request, so that a change counts at once."""

    def __init__(self, repositories: Repositories, pull_requests: PullRequests, password: Callable[[], str]) -> None:
        self._repositories = repositories
        self._pull_requests = pull_requests
        self._password = password
        self.routes = [
            Route(_HOOKS, self._hooks, methods=["GET", "POST"]),
            Route(_HOOKS + "/{number:int}", self._hook, methods=["GET", "PATCH", "DELETE"]),
            Route(_PULLS, self._pulls, methods=["GET", "POST"]),
            Route(_PULLS + "/{number:int}", self._pull, methods=["GET", "PATCH"]),
        ]

    async def _hooks(self, request: Request) -> Response:
        return await self._answer(request, self._create if request.method == "POST" else self._list)

    async def _hook(self, request: Request) -> Response:
        deeds = {"GET": self._get, "PATCH": self._change, "DELETE": self._delete}
        return await self._answer(request, deeds[request.method])

    async def _pulls(self, request: Request) -> Response:
        return await self._answer(request, self._open_pull if request.method == "POST" else self._list_pulls)

    async def _pull(self, request: Request) -> Response:
        return await self._answer(request, self._change_pull if request.method == "PATCH" else self._get_pull)

    async def _answer(self, request: Request, deed: Callable[[Request, RepositorySettings, Any], Response]) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not (scheme.lower() in ("bearer", "token") and hmac.compare_digest(token, self._password())):
            return _refusal(401, "Bad credentials")
        name = str(request.path_params["name"])
        if self._repositories.find(name) is None:
            return _refusal(404, "Not Found")
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            return _refusal(400, "Problems parsing JSON")

        def do() -> Response:
            with self._repositories.change(name) as settings:
                return deed(request, settings, body)

        return await run_in_threadpool(do)

    def _list(self, request: Request, settings: RepositorySettings, _body: Any) -> Response:
        return JSONResponse([_shown(hook) for hook in settings.webhooks[_page(request)]])

    def _create(self, _request: Request, settings: RepositorySettings, body: Any) -> Response:
        config = body.get("config") or {}
        if not config.get("url"):
            return _refusal(422, "Validation Failed", "url cannot be blank")
        # GitHub's rule: one webhook for the same URL and events.
        events = body.get("events") or ["push"]
        if any(hook.url == config["url"] and set(hook.events) & set(events) for hook in settings.webhooks):
            return _refusal(422, "Validation Failed", "Hook already exists on this repository")
        hook = _changed(Webhook(id=settings.next_webhook, url=config["url"]), body)
        settings.webhooks.append(hook)
        settings.next_webhook += 1
        return JSONResponse(_shown(hook), 201)

    def _get(self, request: Request, settings: RepositorySettings, _body: Any) -> Response:
        hook = _find(request, settings)
        return JSONResponse(_shown(hook)) if hook else _refusal(404, "Not Found")

    def _change(self, request: Request, settings: RepositorySettings, body: Any) -> Response:
        hook = _find(request, settings)
        if hook is None:
            return _refusal(404, "Not Found")
        changed = _changed(hook, body)
        settings.webhooks[settings.webhooks.index(hook)] = changed
        return JSONResponse(_shown(changed))

    def _delete(self, request: Request, settings: RepositorySettings, _body: Any) -> Response:
        hook = _find(request, settings)
        if hook is None:
            return _refusal(404, "Not Found")
        settings.webhooks.remove(hook)
        return Response(status_code=204)

    def _list_pulls(self, request: Request, settings: RepositorySettings, _body: Any) -> Response:
        state = request.query_params.get("state", "open")
        found = [pull for pull in reversed(settings.pull_requests) if state in (pull.state, "all")]
        repository = self._repository(request)
        return JSONResponse([self._pull_requests.described(repository, pull) for pull in found[_page(request)]])

    def _open_pull(self, request: Request, settings: RepositorySettings, body: Any) -> Response:
        missing = [field for field in ("title", "head", "base") if not body.get(field)]
        if missing:
            return _refusal(422, "Validation Failed", f"missing: {', '.join(missing)}", "PullRequest")
        repository = self._repository(request)
        try:
            pull = self._pull_requests.open(repository, settings, body["title"], body["head"], body["base"])
        except GitError as error:
            return _refusal(422, "Validation Failed", str(error), "PullRequest")
        return JSONResponse(self._pull_requests.described(repository, pull), 201)

    def _get_pull(self, request: Request, settings: RepositorySettings, _body: Any) -> Response:
        pull = _find_pull(request, settings)
        if pull is None:
            return _refusal(404, "Not Found")
        return JSONResponse(self._pull_requests.described(self._repository(request), pull))

    def _change_pull(self, request: Request, settings: RepositorySettings, body: Any) -> Response:
        pull = _find_pull(request, settings)
        if pull is None:
            return _refusal(404, "Not Found")
        repository = self._repository(request)
        try:
            self._pull_requests.change(repository, pull, body.get("state", pull.state))
        except GitError as error:
            return _refusal(422, "Validation Failed", str(error), "PullRequest")
        pull.title = body.get("title", pull.title)
        return JSONResponse(self._pull_requests.described(repository, pull))

    def _repository(self, request: Request) -> Repository:
        repository = self._repositories.find(str(request.path_params["name"]))
        if repository is None:
            raise GitError(f"Repository {request.path_params['name']} is gone.")
        return repository


def _page(request: Request) -> slice:
    size, page = int(request.query_params.get("per_page", 30)), int(request.query_params.get("page", 1))
    return slice((page - 1) * size, page * size)


def _find_pull(request: Request, settings: RepositorySettings) -> PullRequest | None:
    number = request.path_params["number"]
    return next((pull for pull in settings.pull_requests if pull.number == number), None)


def _find(request: Request, settings: RepositorySettings) -> Webhook | None:
    number = request.path_params["number"]
    return next((hook for hook in settings.webhooks if hook.id == number), None)


def _changed(hook: Webhook, body: Any) -> Webhook:
    """What is left out of a config is as new, the secret too; other fields stay as they are."""
    update: dict[str, Any] = {key: body[key] for key in ("active", "events") if key in body}
    config = body.get("config")
    if config is not None:
        update |= {
            "url": config.get("url", hook.url),
            "secret": config.get("secret", ""),
            "insecure_ssl": str(config.get("insecure_ssl", "0")) == "1",
        }
    return Webhook.model_validate(hook.model_dump() | update)


def _shown(hook: Webhook) -> dict[str, Any]:
    secret = {"secret": "********"} if hook.secret else {}
    return {
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": hook.events,
        "config": {"url": hook.url, "content_type": "json", "insecure_ssl": str(int(hook.insecure_ssl)), **secret},
    }


def _refusal(status: int, message: str, detail: str = "", resource: str = "Hook") -> Response:
    errors = {"errors": [{"resource": resource, "code": "custom", "message": detail}]} if detail else {}
    return JSONResponse({"message": message, **errors}, status)
