# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""From options to result: what the main() of every module that changes something does."""

from __future__ import annotations

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ._argument_spec import ArgumentSpec
from ._errors import SlipwayError
from ._outcome import Outcome


def run_module(spec: ArgumentSpec, deed: Callable[[AnsibleModule], Outcome]) -> None:
    """Make the module, do the deed, exit with its outcome or, after a SlipwayError, with what that says."""
    module = AnsibleModule(**spec.to_kwargs(), supports_check_mode=True)
    try:
        outcome = deed(module)
    except SlipwayError as error:
        module.fail_json(**error.as_result())
        return
    for warning in outcome.warnings:
        module.warn(warning)
    module.exit_json(**outcome.as_result())
