# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""From options to result: what the main() of every argocd_* module does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .. import _module
from .._argument_spec import ArgumentSpec
from .._errors import telling_what_was_done
from .._outcome import Outcome
from .._progress import ProgressSink, progress_from_environment
from .access import ACCESS_SPEC, connect
from .client import Client


@dataclass
class Run:
    """One module run.

    params: the module's options; done: sentences on what was written so far, for the message of a later failure
    """

    client: Client
    params: Mapping[str, Any]
    check_mode: bool
    progress: ProgressSink
    done: list[str] = field(default_factory=list)


def run_module(spec: ArgumentSpec, deed: Callable[[Run], Outcome]) -> None:
    """Make the module, connect, do the deed, exit."""

    def connected(module: AnsibleModule) -> Outcome:
        progress = progress_from_environment()
        client = connect(module.params, progress)
        done: list[str] = []
        try:
            with telling_what_was_done(done):
                return deed(Run(client, module.params, module.check_mode, progress, done))
        finally:
            client.close()

    _module.run_module(ACCESS_SPEC.merge(spec), connected)
