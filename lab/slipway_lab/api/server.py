# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's server: `python -m slipway_lab.api.server` serves the API until SIGTERM; clusters outlive it."""

from __future__ import annotations

import fcntl
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from slipway_lab.api import scopes, versions
from slipway_lab.api.admin_routes import DEFAULT_TOKEN
from slipway_lab.api.app import create_app
from slipway_lab.api.connection import TransportAwareProtocol
from slipway_lab.api.context import Lab
from slipway_lab.api.faults import FaultPlan
from slipway_lab.api.provisioner import Provisioner
from slipway_lab.api.rate_limits import RateLimiter
from slipway_lab.api.registry_images import NotedImages, StoredImages
from slipway_lab.api.request_log import RequestLog
from slipway_lab.api.resources.projects import ensure_default_project
from slipway_lab.api.store import Store, StoreError
from slipway_lab.backend import BackendError
from slipway_lab.build import available_kubernetes_versions
from slipway_lab.charts.errors import ChartsError
from slipway_lab.charts.server import ChartServer
from slipway_lab.cluster import create_backend
from slipway_lab.config import ConfigError, LabConfig, NodeKind
from slipway_lab.dns.errors import DnsError
from slipway_lab.dns.server import DnsServer
from slipway_lab.git.errors import GitError
from slipway_lab.git.server import GitServer
from slipway_lab.load_balancers.cloud_controller import CloudControllers
from slipway_lab.load_balancers.edge_keeper import EdgeKeeper
from slipway_lab.pki import CertificateAuthority, write_private
from slipway_lab.registry.errors import RegistryError
from slipway_lab.registry.routes import PullRoutes
from slipway_lab.registry.server import RegistryServer

_HOST = "127.0.0.1"


class ServerError(Exception):
    """The server can not start; the message says why and what to do."""


def _kubernetes_versions(config: LabConfig) -> Sequence[str]:
    if config.nodes is NodeKind.NONE:
        return versions.RECORDED_KUBERNETES_VERSIONS
    return available_kubernetes_versions()


@contextmanager
def _only_server(config: LabConfig) -> Iterator[None]:
    """Hold the lab's lock: two servers on one home would provision everything twice."""
    config.home.mkdir(parents=True, exist_ok=True)
    with (config.home / "server.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServerError(f"a server of the lab in {config.home} is already running") from error
        yield


def _listen(config: LabConfig) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, config.port))
    except OSError as error:
        listener.close()
        raise ServerError(
            f"port {config.port} of {_HOST} can not be used ({error.strerror}); set LAB_PORT to a free one"
        ) from error
    return listener


def _admin_token(config: LabConfig) -> str:
    """The secret of LAB_HOME/admin.token, made on first start."""
    file = config.home / "admin.token"
    if not file.exists():
        write_private(file, secrets.token_hex(32).encode())
    return file.read_text().strip()


def _ensure_default_token(config: LabConfig, store: Store) -> None:
    """LAB_HOME/token holds a token with full access; a new one when it is missing or not known (any more)."""
    file = config.home / "token"
    if file.exists() and scopes.find_token(store, f"Bearer {file.read_text().strip()}"):
        return
    write_private(file, scopes.create_token(store, DEFAULT_TOKEN, list(scopes.FULL_ACCESS)).encode())


def _server_certificate(config: LabConfig) -> tuple[Path, Path]:
    authority = CertificateAuthority.load_or_create(config.ca_file.parent, "slipway lab")
    pair = authority.issue_server("localhost", ["localhost"], ["127.0.0.1", "::1"])
    pair.write(config.ca_file.parent, "api")
    return config.ca_file.parent / "api.crt", config.ca_file.parent / "api.key"


def serve(config: LabConfig) -> None:
    """Serve until SIGTERM or SIGINT.

    ServerError, StoreError, DnsError, GitError, ChartsError, RegistryError or BackendError when that can not begin.
    """
    with _only_server(config):
        listener = _listen(config)
        certificate, key = _server_certificate(config)
        store = Store(config.database)
        versions.offer(store, _kubernetes_versions(config))
        ensure_default_project(store)
        _ensure_default_token(config, store)
        backend = create_backend(config)
        registry = RegistryServer(config) if config.nodes is NodeKind.REAL else None
        provisioner = Provisioner(store, backend, config.provision_seconds)
        lab = Lab(
            config=config,
            store=store,
            backend=backend,
            provisioner=provisioner,
            limiter=RateLimiter(),
            faults=FaultPlan(),
            log=RequestLog(store),
            images=StoredImages(registry.storage) if registry else NotedImages(store),
            admin_token=_admin_token(config),
        )
        git = GitServer(config)
        git.start()
        charts = ChartServer(config) if config.nodes is NodeKind.REAL else None
        if charts:
            charts.start()
        dns = DnsServer(config, store)
        dns.start()
        app = create_app(lab)
        app.state.git = git
        if registry:
            app.state.pull_routes = PullRoutes(config, registry.storage)
            registry.start(logging.getLogger(__name__).info)
        provisioner.resume()
        controllers = CloudControllers(lab)
        controllers.start()
        edge = EdgeKeeper(config, store, backend) if config.nodes is NodeKind.REAL else None
        if edge:
            edge.start()
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=TransportAwareProtocol,
                ssl_certfile=str(certificate),
                ssl_keyfile=str(key),
                log_config=None,
                access_log=False,
                server_header=False,
                # A client that asks again after a pause of its own finds its connection open, as behind a proxy.
                timeout_keep_alive=75,
                # Requests under way get this long after SIGTERM; provisioning is picked up by the next start.
                timeout_graceful_shutdown=1,
            )
        )
        # uvicorn hands a caught signal on when it is done; the process is to end in order instead.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        server.run(sockets=[listener])
        controllers.stop()
        if edge:
            edge.stop()
        git.stop()
        if charts:
            charts.stop()
        dns.stop()
        if registry:
            registry.stop()


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        serve(LabConfig.from_environment())
    except (
        ConfigError,
        ServerError,
        StoreError,
        DnsError,
        GitError,
        ChartsError,
        RegistryError,
        BackendError,
    ) as error:
        print(f"The lab's server can not start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
