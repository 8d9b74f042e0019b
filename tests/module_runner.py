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

from ansible.module_utils import _internal
from ansible.module_utils.common import warnings
from ansible.module_utils.testing import patch_module_args


@contextlib.contextmanager
def as_on_a_target() -> Iterator[None]:
    """ansible-core's module code acts otherwise in a process that has loaded the controller, as pytest's has: warnings
    then go to the screen instead of the result."""
    with mock.patch.object(_internal, "is_controller", False):
        yield


PACKAGE = "ansible_collections.slipway.gitops.plugins.modules"


def run_module(module_name: str, /, *, check_mode: bool = False, diff: bool = True, **args: Any) -> dict[str, Any]:
    """The result that the module prints. failed is set when it ended in failure; a traceback fails the test."""
    module = importlib.import_module(f"{PACKAGE}.{module_name}")
    arguments = {**args, "_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_no_log": False}
    # A module is a process that begins with none of an earlier one's.
    warnings._global_warnings.clear()
    warnings._global_deprecations.clear()
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
