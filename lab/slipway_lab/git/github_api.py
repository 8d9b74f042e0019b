# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of GitHub's REST API that keeps webhooks, below /api/v3 as at GitHub Enterprise.

https://docs.github.com/en/rest/repos/webhooks. The token is the Git server's password. Repositories have no owner here.
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

from slipway_lab.git.repositories import Repositories, RepositorySettings, Webhook

_HOOKS = "/api/v3/repos/{name}/hooks"


class GitHubApi:
    """password: asked for at every request, so that a change counts at once."""

    def __init__(self, repositories: Repositories, password: Callable[[], str]) -> None:
        self._repositories = repositories
        self._password = password
        self.routes = [
            Route(_HOOKS, self._hooks, methods=["GET", "POST"]),
            Route(_HOOKS + "/{number:int}", self._hook, methods=["GET", "PATCH", "DELETE"]),
        ]

    async def _hooks(self, request: Request) -> Response:
        return await self._answer(request, self._create if request.method == "POST" else self._list)

    async def _hook(self, request: Request) -> Response:
        deeds = {"GET": self._get, "PATCH": self._change, "DELETE": self._delete}
        return await self._answer(request, deeds[request.method])

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
        size, page = int(request.query_params.get("per_page", 30)), int(request.query_params.get("page", 1))
        return JSONResponse([_shown(hook) for hook in settings.webhooks[(page - 1) * size : page * size]])

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


def _refusal(status: int, message: str, detail: str = "") -> Response:
    errors = {"errors": [{"resource": "Hook", "code": "custom", "message": detail}]} if detail else {}
    return JSONResponse({"message": message, **errors}, status)
