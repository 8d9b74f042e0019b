# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The options every do_* module has, and the client made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.basic import env_fallback

from .._argument_spec import ArgumentSpec
from .._progress import ProgressSink, no_progress
from .answers import TOKEN_VARIABLES
from .client import DigitalOcean
from .transport import DEFAULT_API_URL, ConnectionSettings, Transport

DIGITALOCEAN_SPEC = ArgumentSpec(
    options={
        "token": {"type": "str", "no_log": True, "fallback": (env_fallback, list(TOKEN_VARIABLES))},
        "api_url": {
            "type": "str",
            "default": DEFAULT_API_URL,
            "fallback": (env_fallback, ["DIGITALOCEAN_API_URL"]),
        },
        "ca_cert": {"type": "path", "fallback": (env_fallback, ["DIGITALOCEAN_CA_CERT"])},
        "api_timeout": {"type": "int", "default": 60},
    }
)


@contextmanager
def connect(options: Mapping[str, Any], progress: ProgressSink = no_progress) -> Iterator[DigitalOcean]:
    """A client for these options (token, api_url, ca_cert, api_timeout); closed at the end.

    Raises InvalidInputError for options that cannot be used, MissingLibraryError without pydo.
    """
    settings = ConnectionSettings(
        token=options.get("token") or "",
        api_url=options.get("api_url") or DEFAULT_API_URL,
        ca_cert=options.get("ca_cert") or "",
        api_timeout=float(options.get("api_timeout") or 60),
    )
    transport = Transport(settings, progress)
    try:
        yield DigitalOcean(transport)
    finally:
        transport.close()
