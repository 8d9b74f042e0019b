# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry as part of the lab's server: its settings, its processes, its start and end.

A crash of the lab's server leaves them behind; the next start, or `lab down`, ends them.
"""

from __future__ import annotations

import secrets
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPSConnection
from pathlib import Path

import yaml

from slipway_lab.api.registry_tokens import ISSUER
from slipway_lab.api.scopes import LOGIN_PATH
from slipway_lab.backend import BackendError
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.errors import BuildError
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.cluster.addresses import loopback_address
from slipway_lab.cluster.host import set_up_host
from slipway_lab.cluster.machine import Machine
from slipway_lab.cluster.machine_config import MachineConfig, Service
from slipway_lab.config import LabConfig
from slipway_lab.load_balancers.admission_webhook import WEBHOOK_PATH
from slipway_lab.pki import CertificateAuthority, write_private
from slipway_lab.registry.address import NODE_PATH, REGISTRY_NAME, REGISTRY_PORT, registry_url
from slipway_lab.registry.errors import RegistryError
from slipway_lab.registry.storage import RegistryStorage

# Less than a start of the lab's server may take, so that its reason is told.
_START_SECONDS = 20.0


class RegistryServer:
    """The registry of a lab with real nodes, at the host's address on their network."""

    def __init__(self, config: LabConfig) -> None:
        self._config = config
        self._directory = config.home / "registry"
        self._process = _process(config)
        self.storage = RegistryStorage(self._directory / "data")

    def start(self, progress: Callable[[str], None]) -> None:
        """Start it anew and wait until it answers. Raises RegistryError."""
        try:
            set_up_host(self._config)
            self._directory.mkdir(parents=True, exist_ok=True)
            self._process.stop()
            self._require_free_ports()
            binaries = BinaryCache(self._config.cache)
            registry = binaries.ensure(UPSTREAMS["distribution"], progress)["registry"]
            front = binaries.ensure(UPSTREAMS["registry-front"], progress)["registry-front"]
            services = [self._registry(registry), self._front(front)]
            self._process.start(MachineConfig(log_directory=str(self._process.logs), services=services))
            self._wait()
        except (BackendError, BuildError, OSError) as error:
            raise RegistryError(f"The container registry cannot start: {error}") from error

    def stop(self) -> None:
        """End it; what it holds stays. BackendError if it does not end."""
        self._process.stop()

    def _front(self, program: Path) -> Service:
        authority = CertificateAuthority.load_or_create(self._config.ca_file.parent, "slipway lab")
        address = str(self._config.host_address)
        authority.issue_server(REGISTRY_NAME, [REGISTRY_NAME], [address]).write(self._directory, "tls")
        return Service(
            "front",
            (
                str(program),
                f"--listen={address}:{REGISTRY_PORT}",
                f"--certificate={self._directory / 'tls.crt'}",
                f"--key={self._directory / 'tls.key'}",
                f"--registry=http://{self._loopback}:{REGISTRY_PORT}",
                f"--api={self._config.api_url}",
                f"--api-ca={self._config.ca_file}",
                f"--api-paths={LOGIN_PATH},{NODE_PATH}/,{WEBHOOK_PATH}/",
            ),
            wait_for=f"tcp:{self._loopback}:{REGISTRY_PORT}",
        )

    def _registry(self, program: Path) -> Service:
        settings = {
            "version": 0.1,
            "log": {"accesslog": {"disabled": True}},
            # No cache: the storage is changed beside the registry, see storage.py.
            "storage": {
                "filesystem": {"rootdirectory": str(self.storage.directory)},
                "delete": {"enabled": True},
            },
            "http": {
                "addr": f"{self._loopback}:{REGISTRY_PORT}",
                "secret": secrets.token_hex(32),
                # It is reached under a name by pods and under an address by others.
                "relativeurls": True,
            },
            "auth": {
                "token": {
                    "realm": f"{registry_url(self._config)}{LOGIN_PATH}",
                    # At the host that the client named; the realm is not used then, and has to be there.
                    "autoredirect": True,
                    "autoredirectpath": LOGIN_PATH,
                    "service": REGISTRY_NAME,
                    "issuer": ISSUER,
                    "rootcertbundle": str(self._config.ca_file),
                }
            },
        }
        file = self._directory / "config.yml"
        write_private(file, yaml.safe_dump(settings, sort_keys=False).encode())
        # Without the variable it looks for a collector of traces on this host.
        return Service("registry", (str(program), "serve", str(file)), environment={"OTEL_TRACES_EXPORTER": "none"})

    @property
    def _loopback(self) -> str:
        """Where the front finds the registry: an address that no other lab uses."""
        return loopback_address(self._config.network, 0)

    def _require_free_ports(self) -> None:
        """The services would try for ever."""
        for address in (str(self._config.host_address), self._loopback):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((address, REGISTRY_PORT))
                except OSError as error:
                    raise RegistryError(
                        f"The container registry cannot listen on {address}:{REGISTRY_PORT} ({error.strerror}): "
                        f"end what listens there, or on port {REGISTRY_PORT} of every address of this host."
                    ) from error

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process.init is None:
                raise RegistryError(
                    f"The container registry did not start: "
                    f"{self._process.last_log_line('registry')}; in front of it: {self._process.last_log_line('front')}"
                )
            time.sleep(0.05)

    def _answers(self) -> bool:
        """Whether it asks for a login, as it does with everybody."""
        context = ssl.create_default_context(cafile=str(self._config.ca_file))
        connection = HTTPSConnection(str(self._config.host_address), REGISTRY_PORT, timeout=2.0, context=context)
        try:
            connection.request("GET", "/v2/")
            return connection.getresponse().status == 401
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def stop_registry(config: LabConfig) -> None:
    """End the registry when a server that ended without a word left it behind; fine when it is not running."""
    _process(config).stop()


def _process(config: LabConfig) -> Machine:
    return Machine(config.home / "registry", "The container registry")
