# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Helm repository as part of the lab's server: index.yaml and packages over plain HTTP.

Charts are packaged when they are first asked for, and again when a chart of this checkout changed.
"""

from __future__ import annotations

import logging
import threading
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

from slipway_lab.backend import BackendError
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.charts import ChartCache
from slipway_lab.build.errors import BuildError
from slipway_lab.charts.address import CHARTS_PORT, charts_url
from slipway_lab.charts.errors import ChartsError
from slipway_lab.cluster.host import set_up_host
from slipway_lab.config import LabConfig
from slipway_lab.file_answers import FileAnswers

_logger = logging.getLogger(__name__)
_TYPES = {".yaml": "application/yaml", ".tgz": "application/gzip"}


class ChartServer:
    """Serves the charts from a thread of this process, at the host's address on the network of real nodes."""

    def __init__(self, config: LabConfig) -> None:
        self._config = config
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen and serve. Raises ChartsError."""
        try:
            set_up_host(self._config)
            address = (str(self._config.host_address), CHARTS_PORT)
            self._server = _Server(address, ChartCache(self._config.cache, BinaryCache(self._config.cache)))
        except (BackendError, OSError) as error:
            raise ChartsError(
                f"the Helm repository cannot listen at {charts_url(self._config)}: {error}. End what listens there, "
                f"or on port {CHARTS_PORT} of every address of this host."
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="charts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], charts: ChartCache) -> None:
        self.charts = charts
        # One request packages, the others wait for it.
        self.packaging = threading.Lock()
        super().__init__(address, _Handler)


class _Handler(FileAnswers):
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        _logger.debug(format, *args)

    def answer(self) -> None:
        try:
            with self.server.packaging:
                folder = self.server.charts.ensure(_logger.info)
        except BuildError as error:
            _logger.error("charts: %s", error)
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
            return
        name = urlsplit(self.path).path.removeprefix("/")
        # By its name in the folder, so that no path leads out of it.
        found = next((file for file in folder.iterdir() if file.name == name and file.suffix in _TYPES), None)
        if found is None:
            self._say(HTTPStatus.NOT_FOUND, f"the lab has no chart {name}; see index.yaml")
            return
        self.send(HTTPStatus.OK, found, _TYPES[found.suffix])

    def _say(self, status: HTTPStatus, message: str) -> None:
        self.send(status, f"{message}\n".encode(), "text/plain; charset=utf-8")
