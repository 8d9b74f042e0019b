# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own endpoints for its Git server, below /_lab/git."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from slipway_lab.api.admin_routes import require_admin
from slipway_lab.api.errors import not_found, unprocessable
from slipway_lab.git.errors import GitError
from slipway_lab.git.repositories import Repository, RepositorySettings, Webhook
from slipway_lab.git.server import GitServer


def _git(request: Request) -> GitServer:
    git: GitServer = request.app.state.git
    return git


GitDependency = Annotated[GitServer, Depends(_git)]
router = APIRouter(prefix="/_lab/git", dependencies=[Depends(require_admin)])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RepositoryOrder(_Body):
    name: str
    private: bool = False


class RepositoryChange(_Body):
    private: bool


class WebhookOrder(_Body):
    """See repositories.Webhook."""

    url: str
    secret: str = ""
    insecure_ssl: bool = False


@router.get("")
def get_server(git: GitDependency) -> dict[str, Any]:
    """url: base of every repository's; username and password: what pushing and private repositories take."""
    return {"url": git.url, "username": git.user, "password": git.password()}


@router.get("/repositories")
def list_repositories(git: GitDependency) -> dict[str, Any]:
    return {"repositories": [_described(git, repository) for repository in git.repositories.list()]}


@router.post("/repositories", status_code=201)
def create_repository(order: RepositoryOrder, git: GitDependency) -> dict[str, Any]:
    try:
        repository = git.repositories.create(order.name, order.private)
    except GitError as error:
        raise unprocessable(str(error)) from error
    return {"repository": _described(git, repository)}


@router.get("/repositories/{name}")
def get_repository(name: str, git: GitDependency) -> dict[str, Any]:
    return {"repository": _described(git, _find(git, name))}


@router.patch("/repositories/{name}")
def change_repository(name: str, change: RepositoryChange, git: GitDependency) -> dict[str, Any]:
    with _settings(git, name) as settings:
        settings.private = change.private
    return {"repository": _described(git, _find(git, name))}


@router.delete("/repositories/{name}", status_code=204)
def delete_repository(name: str, git: GitDependency) -> None:
    _find(git, name)
    git.repositories.delete(name)
    git.deliveries.forget(name)


@router.post("/repositories/{name}/webhooks", status_code=201)
def add_webhook(name: str, order: WebhookOrder, git: GitDependency) -> dict[str, Any]:
    """A webhook with this URL is replaced, so that the same order twice tells a push once."""
    url = urlsplit(order.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise unprocessable(f"{order.url!r} is no http or https URL")
    with _settings(git, name) as settings:
        same = next((hook for hook in settings.webhooks if hook.url == order.url), None)
        webhook = Webhook(id=same.id if same else settings.next_webhook, **order.model_dump())
        settings.webhooks = [hook for hook in settings.webhooks if hook is not same] + [webhook]
        settings.next_webhook = max(settings.next_webhook, webhook.id + 1)
    return {"webhook": webhook.model_dump(exclude={"secret"})}


@router.delete("/repositories/{name}/webhooks/{webhook_id}", status_code=204)
def remove_webhook(name: str, webhook_id: int, git: GitDependency) -> None:
    with _settings(git, name) as settings:
        kept = [hook for hook in settings.webhooks if hook.id != webhook_id]
        if len(kept) == len(settings.webhooks):
            raise not_found()
        settings.webhooks = kept


@router.get("/repositories/{name}/deliveries")
def list_deliveries(name: str, git: GitDependency) -> dict[str, Any]:
    _find(git, name)
    return {"deliveries": git.deliveries.list(name)}


def _find(git: GitServer, name: str) -> Repository:
    repository = git.repositories.find(name)
    if repository is None:
        raise not_found()
    return repository


@contextmanager
def _settings(git: GitServer, name: str) -> Iterator[RepositorySettings]:
    _find(git, name)
    with git.repositories.change(name) as settings:
        yield settings


def _described(git: GitServer, repository: Repository) -> dict[str, Any]:
    settings = repository.settings
    return {
        "name": repository.name,
        "url": f"{git.url}/{repository.name}.git",
        "private": settings.private,
        "branches": {
            ref.removeprefix("refs/heads/"): commit
            for ref, commit in repository.refs().items()
            if ref.startswith("refs/heads/")
        },
        "webhooks": [webhook.model_dump(exclude={"secret"}) for webhook in settings.webhooks],
    }
