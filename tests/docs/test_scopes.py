# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token that docs/getting-started.md tells people to make may do all that is ever called, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.operations import (
    OPERATIONS,
    RESOURCE_SCOPES,
)

PAGE = Path(__file__).resolve().parents[2] / "docs/getting-started.md"


def test_the_documented_scopes_are_those_of_the_calls() -> None:
    text = PAGE.read_text()
    documented = re.findall(
        r"`([a-z_]+:[a-z_]+)`", text[text.index("| scope |") : text.index("What the token may not do")]
    )
    needed = {scope for operation in OPERATIONS.values() for scope in operation.scopes}
    needed |= {scope for operation in OPERATIONS.values() for scopes in operation.fields.values() for scope in scopes}
    assert set(documented) == needed | set(RESOURCE_SCOPES.values())
