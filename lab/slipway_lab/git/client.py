# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the Git server's endpoints, for tests and for `lab git`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from slipway_lab.api.admin import AdminClient
from slipway_lab.git.first_commit import push_first_commit


class GitClient(AdminClient):
    """Talks to the Git server of a running lab. Every call raises AdminError when it fails."""

    def server(self) -> dict[str, Any]:
        """url, username, password."""
        return self._call("GET", "/git")

    def repositories(self) -> list[dict[str, Any]]:
        """All repositories: name, url, private, branches (name: commit), webhooks."""
        found: list[dict[str, Any]] = self._call("GET", "/git/repositories")["repositories"]
        return found

    def create(self, name: str, private: bool = False) -> dict[str, Any]:
        """A new, empty repository."""
        order = {"name": name, "private": private}
        created: dict[str, Any] = self._call("POST", "/git/repositories", order)["repository"]
        return created

    def fill(self, name: str, folder: Path) -> str:
        """Push a folder as the first commit of an empty repository; the commit. Raises GitError too."""
        return push_first_commit(folder, self.url_with_password(name))

    def url_with_password(self, name: str) -> str:
        """URL of a repository that a push needs nothing else for. A secret."""
        server = self.server()
        parts = urlsplit(f"{server['url']}/{name}.git")
        login = f"{quote(server['username'])}:{quote(server['password'], safe='')}"
        return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))

    def set_private(self, name: str, private: bool) -> None:
        self._call("PATCH", _path(name), {"private": private})

    def delete(self, name: str) -> None:
        self._call("DELETE", _path(name))

    def add_webhook(self, name: str, url: str, secret: str = "", insecure_ssl: bool = False) -> dict[str, Any]:
        """Tell a URL of every push; one with the same URL is replaced. Gives id, url, insecure_ssl."""
        order = {"url": url, "secret": secret, "insecure_ssl": insecure_ssl}
        added: dict[str, Any] = self._call("POST", f"{_path(name)}/webhooks", order)["webhook"]
        return added

    def remove_webhook(self, name: str, webhook: int) -> None:
        self._call("DELETE", f"{_path(name)}/webhooks/{webhook}")

    def deliveries(self, name: str) -> list[dict[str, Any]]:
        """What was told of pushes, newest first: id, webhook, event, created, attempts, state, status, error."""
        found: list[dict[str, Any]] = self._call("GET", f"{_path(name)}/deliveries")["deliveries"]
        return found


def _path(name: str) -> str:
    return f"/git/repositories/{quote(name, safe='')}"
