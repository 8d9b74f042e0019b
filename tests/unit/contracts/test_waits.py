# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that waits does so by the one waiter, which outlasts trouble of the API and knows the deadline."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PLUGINS = Path(__file__).parents[3] / "plugins"
# Loops that sleep, and why they are not waits of an object.
LOOPS = {
    "_waiter.py:until": "the waiter",
    "_digitalocean/transport.py:_repeated": "one call sent again, as retry.py says",
    "_argocd/transport.py:send": "one call sent again, as _patience.py says",
    "_kubernetes/connection.py:_send": "one call sent again, as _patience.py says",
    "_git/keep_files.py:run": "a push that others were quicker than, begun again a number of times",
    "_digitalocean/looks.py:looks": "a few looks at what lags",
    "_text_file.py:alone": "for another run of the same machine, with a deadline of its own",
}


def sleeping_loops() -> Iterator[str]:
    """Path below module_utils and function of every loop of the collection that sleeps."""
    for path in sorted(PLUGINS.rglob("*.py")):
        where = path.relative_to(PLUGINS).as_posix().removeprefix("module_utils/")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            loops = [node for node in ast.walk(function) if isinstance(node, (ast.For, ast.While))]
            if any(_sleeps(node) for loop in loops for node in ast.walk(loop)):
                yield f"{where}:{function.name}"


def _sleeps(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sleep")


def test_nothing_has_a_wait_of_its_own() -> None:
    assert set(sleeping_loops()) == set(LOOPS)
