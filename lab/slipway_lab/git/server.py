# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Git server as part of the lab's server: where it listens, and its start and end."""

from __future__ import annotations

import functools
import secrets
import shutil
import socket
import threading
import time

import uvicorn

from slipway_lab.backend import BackendError
from slipway_lab.cluster.host import set_up_host
from slipway_lab.config import LabConfig, NodeKind
from slipway_lab.dns.lookup import find_address
from slipway_lab.git.address import GIT_PORT, port_file
from slipway_lab.git.app import GitApp
from slipway_lab.git.deliveries import Deliveries
from slipway_lab.git.errors import GitError
from slipway_lab.git.login import USER, password, password_file
from slipway_lab.git.repositories import Repositories
from slipway_lab.pki import write_private

_START_SECONDS = 10.0


class GitServer:
    """Serves LAB_HOME/git over plain HTTP from a thread of this process.

    With real nodes at the host's address on their network, so that pods and the host use one URL; otherwise on
    a port of 127.0.0.1 that stays the same from start to start.
    """

    def __init__(self, config: LabConfig) -> None:
        self._config = config
        self._directory = config.home / "git"
        self._directory.mkdir(parents=True, exist_ok=True)
        self.repositories = Repositories(self._directory)
        self.deliveries = Deliveries(
            self._directory / "deliveries.sqlite3", self.repositories, functools.partial(find_address, config)
        )
        self._thread: threading.Thread | None = None
        self._server: uvicorn.Server | None = None
        self.url = ""

    def start(self) -> None:
        """Listen and serve. Raises GitError."""
        if shutil.which("git") is None:
            raise GitError("git, which the lab's Git server runs, is missing: apt install git")
        listener = self._listen()
        address, port = listener.getsockname()
        self.url = f"http://{address}:{port}"
        if not password_file(self._config).exists():
            write_private(password_file(self._config), secrets.token_urlsafe(24).encode())
        app = GitApp(self.repositories, self.deliveries, self.password, self.url)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app.asgi,
                # The default loop of uvicorn is made for the main thread when it comes to subprocesses.
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="git-server", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise GitError("the Git server did not start; see the log of the lab's server")
            time.sleep(0.01)
        self.deliveries.start()

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self.deliveries.stop()

    @property
    def user(self) -> str:
        return USER

    def password(self) -> str:
        """Of the user that may push."""
        return password(self._config)

    def _listen(self) -> socket.socket:
        if self._config.nodes is NodeKind.REAL:
            try:
                set_up_host(self._config)
            except (BackendError, OSError) as error:
                raise GitError(
                    f"the network of the machines, on which the Git server listens, cannot be made: {error}. "
                    "Real nodes need root; LAB_NODES=kwok does without."
                ) from error
            return _bind(str(self._config.host_address), GIT_PORT)
        kept_port = port_file(self._config)
        try:
            listener = _bind("127.0.0.1", int(kept_port.read_text()))
        except (FileNotFoundError, ValueError):
            listener = _bind("127.0.0.1", 0)
            kept_port.write_text(str(listener.getsockname()[1]))
        return listener


def _bind(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise GitError(f"the Git server cannot listen on {address}:{port}: {error.strerror}") from error
    return listener
