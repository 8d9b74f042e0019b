# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A kubeconfig for one DOKS cluster: built from the credentials endpoint, read back, judged. Pure.

The endpoint that renders a kubeconfig is not used: pydo cannot read its YAML, and on clusters with single sign-on it
answers one that needs doctl.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .._errors import UnreadableAnswerError
from .._reconcile import JsonObject

# kubectl keeps extensions it does not know; this one says whose file it is and until when the token is valid.
EXTENSION = "slipway.gitops"


@dataclass(frozen=True)
class KubeconfigFacts:
    """What a file that was written here says about itself. Never the token."""

    cluster_id: str
    endpoint: str
    context: str
    expires_at: datetime


def context_name(cluster: Mapping[str, Any]) -> str:
    """The name doctl gives: do-<region>-<name>."""
    return f"do-{cluster.get('region')}-{cluster.get('name')}"


def parse_time(value: Any) -> datetime | None:
    """An RFC 3339 time of the API, which has nine digits of a second; None when it is none."""
    text = str(value or "").strip().replace("Z", "+00:00")
    if "." in text:
        whole, rest = text.split(".", 1)
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        text = f"{whole}.{digits[:6]:0<6}{rest[len(digits) :]}"
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def format_time(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def build(cluster: Mapping[str, Any], credentials: Mapping[str, Any]) -> JsonObject:
    """The kubeconfig as an object. Raises UnreadableAnswerError when the API's credentials lack something."""
    wanted = ("server", "certificate_authority_data", "token", "expires_at")
    missing = [name for name in wanted if not credentials.get(name)]
    expires_at = parse_time(credentials.get("expires_at"))
    if missing or expires_at is None:
        raise UnreadableAnswerError(
            f"The credentials of cluster {cluster.get('name')!r} lack {', '.join(missing) or 'a readable expires_at'}.",
            "Run again; if it stays so, the cluster may be too old for tokens.",
        )
    context = context_name(cluster)
    facts = {
        "cluster_id": str(cluster["id"]),
        "endpoint": str(cluster.get("endpoint")),
        "expires_at": format_time(expires_at),
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": context,
                "cluster": {
                    "certificate-authority-data": credentials["certificate_authority_data"],
                    "server": credentials["server"],
                },
            }
        ],
        "contexts": [
            {
                "name": context,
                "context": {
                    "cluster": context,
                    "user": f"{context}-admin",
                    "extensions": [{"name": EXTENSION, "extension": facts}],
                },
            }
        ],
        "current-context": context,
        "preferences": {},
        "users": [{"name": f"{context}-admin", "user": {"token": credentials["token"]}}],
    }


def read_facts(document: Any) -> KubeconfigFacts | None:
    """What a parsed file says about itself, None when it was not written here or lacks what makes it work."""
    try:
        entry = document["contexts"][0]
        facts = next(item["extension"] for item in entry["context"]["extensions"] if item["name"] == EXTENSION)
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        expires_at = parse_time(facts["expires_at"])
        usable = cluster["server"] and cluster["certificate-authority-data"] and user["token"]
        if not usable or expires_at is None:
            return None
        return KubeconfigFacts(str(facts["cluster_id"]), str(facts["endpoint"]), str(entry["name"]), expires_at)
    except (KeyError, IndexError, TypeError, StopIteration):
        return None


def reason_to_renew(
    facts: KubeconfigFacts | None, cluster: Mapping[str, Any], now: datetime, renew_before: float
) -> str:
    """Why a new file is needed, "" when the one that is there is good for longer than renew_before seconds."""
    if facts is None:
        return "there is none"
    if facts.cluster_id != str(cluster.get("id")):
        return "it is for another cluster"
    if facts.endpoint != str(cluster.get("endpoint")):
        return "the cluster's endpoint is another now"
    if facts.context != context_name(cluster):
        return "its context has another name"
    if (facts.expires_at - now).total_seconds() <= renew_before:
        return "its token has expired" if facts.expires_at <= now else "its token expires soon"
    return ""
