# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults at every call of what the collection does: `make faults` runs all, `make test` a sample."""

from __future__ import annotations

from collections.abc import Iterator

import figures
import pytest
from book import Book
from cells import Matrix
from fast_time import fast_time
from lab_server import LabServer
from scene import Scene

# Of the account and of progress lines; a test says what it means to use.
VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "DO_API_TOKEN")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    with LabServer(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def scene(server: LabServer, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("scene")
    return Scene(server, folder / "files", folder / "progress")


@pytest.fixture(scope="session")
def matrix(scene: Scene) -> Matrix:
    return Matrix(scene)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> Iterator[None]:
    """Pauses are short, and progress is kept."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLIPWAY_PROGRESS_FILE", str(scene.progress))
    with fast_time() as clock:
        monkeypatch.setattr(scene, "clock", clock.monotonic)
        yield


@pytest.fixture
def book(request: pytest.FixtureRequest) -> Book:
    run = request.node.get_closest_marker("figures")
    return Book(run.args[0], request.node.user_properties)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for found in terminalreporter.stats.values() for report in found]
    cells = [
        value
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == figures.PROPERTY
    ]
    if cells:
        terminalreporter.write_line(figures.table(cells))
