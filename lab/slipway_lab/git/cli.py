# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands `lab git ...`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient
from slipway_lab.git.errors import GitError

_SECRET_VARIABLE = "LAB_GIT_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable


def add_git_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `git` to the commands of `lab`."""
    git = commands.add_parser("git", help="repositories of the lab's Git server")
    actions = git.add_subparsers(required=True, metavar="ACTION")

    action = actions.add_parser("list", help="repositories, their URLs and branches")
    action.add_argument("--json", action="store_true", help="as JSON")
    action.set_defaults(run=_list)
    action = actions.add_parser("create", help="make a repository and print its URL; fine when it is there")
    action.add_argument("name")
    action.add_argument("--from", dest="folder", type=Path, help="folder that becomes the first commit on main")
    action.add_argument("--private", action="store_true", help="reading needs the password too")
    action.set_defaults(run=_create)
    action = actions.add_parser("delete", help="remove a repository")
    action.add_argument("name")
    action.set_defaults(run=_delete)
    action = actions.add_parser("url", help="print a repository's URL with username and password, to clone and push")
    action.add_argument("name")
    action.set_defaults(run=_url)
    action = actions.add_parser("login", help="print username and password as JSON")
    action.set_defaults(run=_login)
    action = actions.add_parser("webhook", help="tell a URL of every push, as GitHub does")
    action.add_argument("name")
    action.add_argument("url")
    action.add_argument("--remove", action="store_true", help="do not tell this URL any more")
    action.add_argument("--insecure-ssl", action="store_true", help="any certificate is good enough")
    action.epilog = f"Environment: {_SECRET_VARIABLE}, the key that signs what is told."
    action.set_defaults(run=_webhook)
    action = actions.add_parser("deliveries", help="what webhooks were told, newest first, as JSON")
    action.add_argument("name")
    action.set_defaults(run=_deliveries)


def _list(config: LabConfig, options: argparse.Namespace) -> None:
    repositories = GitClient(config).repositories()
    if options.json:
        _say(json.dumps(repositories, indent=2))
        return
    for repository in repositories:
        _say(f"{repository['name']}{' (private)' if repository['private'] else ''}  {repository['url']}")
        for branch, commit in repository["branches"].items():
            _say(f"  {branch}  {commit}")
        for webhook in repository["webhooks"]:
            _say(f"  webhook {webhook['id']}  {webhook['url']}")
    if not repositories:
        _say("No repositories; `lab git create NAME` makes one.")


def _create(config: LabConfig, options: argparse.Namespace) -> None:
    client = GitClient(config)
    if options.folder and not options.folder.is_dir():
        raise GitError(f"There is no folder {options.folder}.")
    repository = next((r for r in client.repositories() if r["name"] == options.name), None)
    if repository is None:
        repository = client.create(options.name, options.private)
    elif repository["private"] != options.private:
        client.set_private(options.name, options.private)
    if options.folder and not repository["branches"]:
        commit = client.fill(options.name, options.folder)
        print(f"{options.folder} is commit {commit} on main", file=sys.stderr)
    _say(repository["url"])


def _delete(config: LabConfig, options: argparse.Namespace) -> None:
    GitClient(config).delete(options.name)


def _url(config: LabConfig, options: argparse.Namespace) -> None:
    client = GitClient(config)
    names = [repository["name"] for repository in client.repositories()]
    if options.name not in names:
        raise GitError(f"There is no repository {options.name}; there are: {', '.join(names) or 'none'}.")
    _say(client.url_with_password(options.name))


def _login(config: LabConfig, _: argparse.Namespace) -> None:
    server = GitClient(config).server()
    _say(json.dumps({"username": server["username"], "password": server["password"]}))


def _webhook(config: LabConfig, options: argparse.Namespace) -> None:
    client = GitClient(config)
    if not options.remove:
        secret = os.environ.get(_SECRET_VARIABLE, "")
        webhook = client.add_webhook(options.name, options.url, secret, options.insecure_ssl)
        _say(f"webhook {webhook['id']} of {options.name}: {webhook['url']}")
        return
    known = [w for r in client.repositories() if r["name"] == options.name for w in r["webhooks"]]
    for webhook in known:
        if webhook["url"] == options.url:
            client.remove_webhook(options.name, webhook["id"])
            return
    listed = ", ".join(w["url"] for w in known) or "none"
    raise GitError(f"Repository {options.name} tells {options.url} nothing; it has these webhooks: {listed}.")


def _deliveries(config: LabConfig, options: argparse.Namespace) -> None:
    _say(json.dumps(GitClient(config).deliveries(options.name), indent=2))


def _say(message: str) -> None:
    print(message, flush=True)
