# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web application of the Git server: who may do what, and what a push sets off."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from slipway_lab.git.deliveries import Deliveries
from slipway_lab.git.errors import GitError
from slipway_lab.git.github_api import GitHubApi
from slipway_lab.git.http_backend import run_http_backend
from slipway_lab.git.login import USER
from slipway_lab.git.pull_requests import PullRequests
from slipway_lab.git.push_event import push_events
from slipway_lab.git.repositories import Repositories, Repository

_logger = logging.getLogger(__name__)

_UPLOAD, _RECEIVE = "git-upload-pack", "git-receive-pack"


class GitApp:
    """Git's smart HTTP. Anyone reads public repositories; the rest takes the user `lab` and the password.

    password: asked for at every request, so that a change counts at once; url: base of every repository's
    """

    def __init__(
        self, repositories: Repositories, deliveries: Deliveries, password: Callable[[], str], url: str
    ) -> None:
        self._repositories = repositories
        self._deliveries = deliveries
        self._password = password
        self._url = url
        self._pull_requests = PullRequests(repositories, self._deliver, url, USER)
        # Two pushes at once could each take the other's change for its own.
        self._pushes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.asgi = Starlette(
            routes=[
                Route("/{name}/info/refs", self._info_refs, methods=["GET"]),
                Route(f"/{{name}}/{_UPLOAD}", self._upload_pack, methods=["POST"]),
                Route(f"/{{name}}/{_RECEIVE}", self._receive_pack, methods=["POST"]),
                *GitHubApi(repositories, self._pull_requests, password).routes,
            ],
        )

    async def _info_refs(self, request: Request) -> Response:
        service = request.query_params.get("service")
        if service not in (_UPLOAD, _RECEIVE):
            return PlainTextResponse("only Git's smart HTTP is spoken here\n", 403)
        return await self._serve(request, "info/refs", writes=service == _RECEIVE)

    async def _upload_pack(self, request: Request) -> Response:
        return await self._serve(request, _UPLOAD, writes=False)

    async def _receive_pack(self, request: Request) -> Response:
        return await self._serve(request, _RECEIVE, writes=True)

    async def _serve(self, request: Request, path: str, writes: bool) -> Response:
        user = self._user(request)
        repository = self._repositories.find(request.path_params["name"].removesuffix(".git"))
        if user is None:
            return _unauthorized("wrong username or password")
        if repository is None:
            # As on GitHub: who has not said who they are cannot tell a private repository from none.
            return PlainTextResponse("there is no such repository\n", 404) if user else _unauthorized("who are you?")
        if not user and (writes or repository.settings.private):
            return _unauthorized(f"{'pushing' if writes else 'reading this repository'} needs a password")
        try:
            if path == _RECEIVE:
                return await self._push(request, repository, user)
            answer = await run_http_backend(request, repository, path, user)
        except GitError as error:
            _logger.error("%s", error)
            return PlainTextResponse(f"{error}\n", 500)
        return StreamingResponse(answer.body, answer.status, dict(answer.headers))

    async def _push(self, request: Request, repository: Repository, user: str) -> Response:
        async with self._pushes[repository.name]:
            before = await run_in_threadpool(repository.refs)
            answer = await run_http_backend(request, repository, _RECEIVE, user)
            content = b"".join([chunk async for chunk in answer.body])
            await run_in_threadpool(self._tell, repository, before)
        return Response(content, answer.status, dict(answer.headers))

    def _tell(self, repository: Repository, before: dict[str, str]) -> None:
        for event in push_events(repository, before, f"{self._url}/{repository.name}", USER):
            _logger.info("%s: %s is now %s", repository.name, event["ref"], event["after"])
            self._deliver(repository, "push", event)
        self._pull_requests.pushed(repository, before)

    def _deliver(self, repository: Repository, kind: str, event: dict[str, Any]) -> None:
        for webhook in repository.settings.webhooks:
            if webhook.active and kind in webhook.events:
                self._deliveries.add(repository.name, webhook, kind, event)

    def _user(self, request: Request) -> str | None:
        """Who asks: "" when nothing was said, None when what was said is wrong."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return ""
        try:
            given = base64.b64decode(value, validate=True) if scheme.lower() == "basic" else b""
        except binascii.Error:
            return None
        return USER if hmac.compare_digest(given, f"{USER}:{self._password()}".encode()) else None


def _unauthorized(reason: str) -> Response:
    return PlainTextResponse(f"{reason}\n", 401, {"WWW-Authenticate": 'Basic realm="Git of the lab"'})
