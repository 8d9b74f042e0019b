# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the unit tests: no network but the loopback, no waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from module_runner import run_module
from scripted_api import TOKEN, ModuleRun, ScriptedApi, make_certificate

VARIABLES = (
    "DIGITALOCEAN_TOKEN",
    "DIGITALOCEAN_ACCESS_TOKEN",
    "DO_API_TOKEN",
    "DIGITALOCEAN_API_URL",
    "DIGITALOCEAN_CA_CERT",
    "SLIPWAY_PROGRESS_FILE",
    "HTTPS_PROXY",
    "https_proxy",
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own account and proxy are no part of a unit test."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nothing sleeps, but the clock moves on as if; the list says how long it would have slept."""
    durations: list[float] = []
    monotonic = time.monotonic
    monkeypatch.setattr(time, "sleep", durations.append)
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + sum(durations))
    return durations


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("scripted-api"))


@pytest.fixture
def api(certificate: tuple[Path, Path]) -> Iterator[ScriptedApi]:
    """The DigitalOcean API, playing a script. At the end of the test the script must have been played."""
    with ScriptedApi(certificate) as server:
        yield server
        server.verify()


@pytest.fixture
def run(api: ScriptedApi, slept: list[float]) -> ModuleRun:
    """Run a module against the scripted API; the token must never be in what it returns.

    An argument of None is left out, also token, api_url and ca_cert.
    """

    def run_against_script(module_name: str, /, **args: Any) -> dict[str, Any]:
        arguments = {"token": TOKEN, "api_url": api.url, "ca_cert": api.ca_cert, **args}
        result = run_module(module_name, **{name: value for name, value in arguments.items() if value is not None})
        assert TOKEN not in repr(result)
        return result

    return run_against_script
