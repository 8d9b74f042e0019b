# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of lists: per_page is 20 unless asked and 200 at most; links.pages and meta.total as in the OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

PER_PAGE_DEFAULT = 20
PER_PAGE_MAX = 200


def _positive(text: str | None, default: int) -> int:
    try:
        number = int(text) if text is not None else default
    except ValueError:
        return default
    return number if number > 0 else default


def paginate(request: Request, key: str, items: Sequence[Any]) -> dict[str, Any]:
    """The answer of a list: the asked page under its key, with links and meta.

    Numbers that make no sense count as not given, and per_page above 200 as 200.
    """
    per_page = min(_positive(request.query_params.get("per_page"), PER_PAGE_DEFAULT), PER_PAGE_MAX)
    page = _positive(request.query_params.get("page"), 1)
    last = max(1, -(-len(items) // per_page))
    others = [(k, v) for k, v in request.query_params.multi_items() if k != "page"]

    def link(number: int) -> str:
        return f"{request.url.scheme}://{request.url.netloc}{request.url.path}?" + urlencode(
            [("page", number), *others]
        )

    pages: dict[str, str] = {}
    if page > 1:
        pages |= {"first": link(1), "prev": link(min(page - 1, last))}
    if page < last:
        pages |= {"next": link(page + 1), "last": link(last)}
    start = (page - 1) * per_page
    return {
        key: list(items[start : start + per_page]),
        "links": {"pages": pages} if pages else {},
        "meta": {"total": len(items)},
    }
