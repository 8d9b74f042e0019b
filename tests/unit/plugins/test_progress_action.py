# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress lines on the controller. The whole way is tested with a real ansible-playbook in tests/integration."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from ansible.utils.display import Display
from ansible_collections.slipway.gitops.plugins.module_utils._progress import progress_from_environment
from ansible_collections.slipway.gitops.plugins.plugin_utils._progress_action import ProgressPrinter


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []

    def display(_self: Display, message: str, stderr: bool = False) -> None:
        assert stderr, "stdout belongs to the callbacks"
        lines.append(message)

    monkeypatch.setattr(Display, "display", display)
    return lines


def test_lines_are_printed_while_they_come(tmp_path: Path, printed: list[str]) -> None:
    path = tmp_path / "lines"
    path.touch()
    sink = progress_from_environment({"SLIPWAY_PROGRESS_FILE": str(path)})
    arrived = threading.Event()
    with ProgressPrinter(path, "hub"):
        sink("cluster provisioning, 0 of 3 nodes ready, 0 s")
        for _ in range(100):
            if printed:
                break
            arrived.wait(0.05)
        assert printed == ["hub: cluster provisioning, 0 of 3 nodes ready, 0 s"]
        sink("cluster running, 3 of 3 nodes ready, 9 s")
    assert printed[1:] == ["hub: cluster running, 3 of 3 nodes ready, 9 s"]


def test_a_line_that_is_half_written_waits_for_its_end(tmp_path: Path, printed: list[str]) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\nzw")
    printer = ProgressPrinter(path, "h")
    printer._print_new_lines()
    assert printed == ["h: one"]
    with path.open("ab") as stream:
        stream.write("ei ä\n".encode())
    printer._print_new_lines()
    assert printed == ["h: one", "h: zwei ä"]
