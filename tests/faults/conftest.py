# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults at every call of what the collection does: `make faults` runs all, `make test` a sample."""

from __future__ import annotations

from collections.abc import Iterator

import figures
import pytest
from cells import Matrix
from fast_time import fast_time
from judging import Verdict
from lab_server import LabServer
from scene import Scene

# Of the account and of progress lines; a test says what it means to use.
VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "DO_API_TOKEN")


class Book:
    """Where a test writes its verdicts; they are counted when all tests have ended."""

    def __init__(self, run: str, properties: list[tuple[str, object]]) -> None:
        self._run = run
        self._properties = properties
        self._defects: list[str] = []

    def write(self, verdict: Verdict) -> None:
        self._properties.append((figures.PROPERTY, {"run": self._run, **verdict.as_json()}))
        self._defects += [f"{verdict.where}: {defect}" for defect in verdict.defects]

    def say(self, right: bool, defect: str) -> None:
        """Note a defect of a cell that was counted already, unless it is right."""
        if not right:
            self._defects.append(defect)

    def close(self) -> None:
        """Fail with all defects at once."""
        if self._defects:
            pytest.fail(f"{len(self._defects)} defects:\n" + "\n".join(self._defects), pytrace=False)


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
