# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names near a wrong one."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.suggest import suggest

REGIONS = ["ams3", "blr1", "fra1"]


@pytest.mark.parametrize(
    ("wrong", "known", "said"),
    [
        ("ams4", REGIONS, "; near it: ams3"),
        ("AMS3", REGIONS, "; near it: ams3"),
        ("Fra1", REGIONS, "; near it: fra1"),
        ("S-2VCPU-4GB", ["s-2vcpu-4gb", "s-4vcpu-8gb"], "; near it: s-2vcpu-4gb"),
        ("1.36.3-DO.1", ["1.36", "1.36.3-do.1"], "; near it: 1.36.3-do.1"),
        ("shop", ["Shop", "SHOP"], "; near it: SHOP, Shop"),
        ("here", REGIONS, ""),
        ("ams3", ["ams3"], ""),
    ],
)
def test_near_names(wrong: str, known: list[str], said: str) -> None:
    assert suggest(wrong, known) == said
