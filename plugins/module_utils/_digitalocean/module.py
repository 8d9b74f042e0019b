# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What the main() of every module does that brings one object of DigitalOcean to what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule

from .. import _module
from .._argument_spec import ArgumentSpec
from .._outcome import Outcome
from .._progress import progress_from_environment
from .._waiter import Waiter
from .client import DigitalOcean
from .connection import DIGITALOCEAN_SPEC, connect


class Resource(Protocol):
    """An object of DigitalOcean and what is declared of it."""

    def present(self) -> Outcome: ...

    def absent(self) -> Outcome: ...


class MakeResource(Protocol):
    def __call__(
        self, api: DigitalOcean, params: Mapping[str, Any], waiter: Waiter, /, *, check_mode: bool
    ) -> Resource: ...


def run_resource(spec: ArgumentSpec, make: MakeResource) -> None:
    """Connect, bring the object to its state, exit. Modules without a wait_timeout do not wait."""

    def deed(module: AnsibleModule) -> Outcome:
        progress = progress_from_environment()
        with connect(module.params, progress) as api:
            waiter = Waiter(module.params.get("wait_timeout", 0), progress)
            resource = make(api, module.params, waiter, check_mode=module.check_mode)
            return resource.absent() if module.params["state"] == "absent" else resource.present()

    _module.run_module(spec.merge(DIGITALOCEAN_SPEC), deed)
