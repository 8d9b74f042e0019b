# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module hands to AnsibleModule, without running it."""

from __future__ import annotations

import importlib
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic


class Captured(Exception):  # noqa: N818 - no error, but the way out of main()
    """The arguments a module gave to AnsibleModule."""


def arguments_of(name: str) -> dict[str, Any]:
    """What main() of this module hands to AnsibleModule."""

    def capture(_self: Any, **kwargs: Any) -> None:
        raise Captured(kwargs)

    module = importlib.import_module(f"ansible_collections.slipway.gitops.plugins.modules.{name}")
    with mock.patch.object(basic.AnsibleModule, "__init__", capture), pytest.raises(Captured) as caught:
        module.main()
    arguments: dict[str, Any] = caught.value.args[0]
    return arguments
