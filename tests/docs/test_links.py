# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every link of a page that is in the tarball leads to something that is in the tarball too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import shipped_files

SHIPPED = shipped_files.shipped()
PAGES = sorted(path for path in SHIPPED if path.endswith(".md"))


def links(page: str) -> list[str]:
    """Targets of links and images, outside of code."""
    text = re.sub(r"^```.*?^```$|^    .*?$|`[^`\n]*`", "", (shipped_files.ROOT / page).read_text(), flags=re.M | re.S)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(page: str) -> set[str]:
    """Names of the headings, as forges and Galaxy make them."""
    headings = re.findall(r"^#+ (.+)$", (shipped_files.ROOT / page).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead(page: str, target: str) -> bool:
    """Whether a link of the page leads nowhere; a folder is somewhere when something in it is shipped."""
    path, _hash, anchor = target.partition("#")
    where = page
    if path:
        absolute = (shipped_files.ROOT / page).parent / path
        where = str(Path(absolute).resolve().relative_to(shipped_files.ROOT))
    if where not in SHIPPED:
        return not any(file.startswith(f"{where.rstrip('/')}/") for file in SHIPPED)
    return bool(anchor) and anchor not in anchors(where)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_what_is_shipped(page: str) -> None:
    inside = [target for target in links(page) if not re.match(r"https?://|mailto:", target)]
    assert [target for target in inside if dead(page, target)] == []


def test_there_are_pages_and_links_to_look_at() -> None:
    assert {"README.md", "docs/getting-started.md", "roles/argocd/README.md"} <= set(PAGES)
    assert "docs/getting-started.md" in links("README.md")
    assert dead("README.md", "docs/no-such-page.md") and dead("docs/operations.md", "#no-such-heading")


@pytest.mark.parametrize("page", sorted(set(PAGES) - {"CONTRIBUTING.md", "docs/releasing.md"}))
def test_pages_name_no_program_of_the_checkout_as_if_it_were_there(page: str) -> None:
    """A reader of the tarball has no tests/, tools/ or Makefile to run."""
    text = (shipped_files.ROOT / page).read_text()
    assert re.findall(r"`python (?:tests|tools)/[^`]*`", text) == []


def test_what_is_of_use_in_a_checkout_alone_stays_there() -> None:
    folders = {path.split("/")[0] for path in SHIPPED}
    assert not folders & {"molecule", "lab", "tools", "examples", "collections"}
    assert not {"ansible.cfg", "site.yml", "Makefile", "galaxy.yml"} & SHIPPED
    assert {"README.md", "LICENSE", "CHANGELOG.rst", "bindep.txt", "inventories/platform/hosts"} <= SHIPPED
