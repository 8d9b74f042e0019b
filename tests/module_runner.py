# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module of the collection in this process, as Ansible would start it."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

from ansible import module_utils
from ansible.module_utils import basic

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core 2.18

    @contextlib.contextmanager
    def patch_module_args(args: dict[str, Any] | None = None) -> Iterator[None]:
        before = basic._ANSIBLE_ARGS
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": args or {}}).encode()
        try:
            yield
        finally:
            basic._ANSIBLE_ARGS = before


@contextlib.contextmanager
def as_on_a_target() -> Iterator[None]:
    """From 2.19 on ansible-core's module code acts otherwise in a process that has loaded the controller, as pytest's
    has: warnings then go to the screen instead of the result."""
    internal = getattr(module_utils, "_internal", None)
    if not hasattr(internal, "is_controller"):
        yield
        return
    with mock.patch.object(internal, "is_controller", False):
        yield


PACKAGE = "ansible_collections.slipway.gitops.plugins.modules"


def run_module(module_name: str, /, *, check_mode: bool = False, diff: bool = True, **args: Any) -> dict[str, Any]:
    """The result that the module prints. failed is set when it ended in failure; a traceback fails the test."""
    module = importlib.import_module(f"{PACKAGE}.{module_name}")
    arguments = {**args, "_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_no_log": False}
    output = io.StringIO()
    code: Any = 0
    with as_on_a_target(), patch_module_args(arguments), contextlib.redirect_stdout(output):
        try:
            module.main()
        except SystemExit as ended:
            code = ended.code
    result: dict[str, Any] = json.loads(output.getvalue())
    result["failed"] = bool(code) or bool(result.get("failed"))
    return result
