# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Why the API refused a call, from its status and its words, and what to do about it. Pure.

The status alone does not tell: 403 is a missing scope, a load balancer at work, a VPC that is a region's default or a
full registry; 409, 412 and 422 are as wide. Words that are not known here are shown as they are, without a guess.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from .._errors import RefusalKind

REFUSED = frozenset({400, 403, 409, 412, 422, 423})
# By status alone.
_STATUSES = {401: RefusalKind.LOGIN, 404: RefusalKind.MISSING, 429: RefusalKind.RATE}
# The first that fits counts. Each line's words are the API's own, where they were seen.
_WORDS: tuple[tuple[RefusalKind, str], ...] = (
    # "a load balancer can be resized once an hour" (docs.digitalocean.com, load balancers, how to resize)
    (RefusalKind.NOT_YET, r"once (an|a|per|every) (hour|day|minute)|too (soon|recently)|again (in|after) \d+ hour"),
    # "Can not delete VPC with members", 409 (pulumi-digitalocean#753), 403 earlier
    # "Make sure the certificate is not in use before deleting it", "being used by one or more load balancers", 403
    # "cannot delete a project with resources. move or remove the resources first", 412 (OpenAPI, projects_delete)
    (
        RefusalKind.IN_USE,
        r"with (members|resources)|has members|\bin use (before|by)\b|\b(still|being|is) (used|in use) by\b|"
        r"\bstill (in use|used|attached|has)\b",
    ),
    # "Load Balancer can't be updated while it processes previous actions", 403 (digitalocean/openapi#1173)
    # "Droplet already has a pending event.", 422 (terraform-provider-digitalocean, volume attachments)
    # "cluster can not be upgraded while it is provisioning"
    (
        RefusalKind.BUSY,
        r"previous actions?|pending|in progress|is (currently )?(being|locked|busy|processing|upgrading|provisioning)|"
        r"\bwhile (it|the \w+) (is|are)\b|not (yet )?(ready|running|active)\b|must be (running|active)\b|"
        r"try again (later|shortly|in a)",
    ),
    # "A VPC with this name already exists in your account.", "There is already a load balancer with that name", 422
    (
        RefusalKind.TAKEN,
        r"already (exists|taken|in use|used)|there is already|must be unique|has (already )?been taken",
    ),
    # "creating this/these droplet(s) will exceed your droplet limit", 422
    # "autoscale desired max nodes exceed limits, 24 additional nodes but not enough available droplet limit", 422
    # (doctl#1619); "registry is not eligible for tier because: [OverRegistryLimit]", 412 (OpenAPI)
    # "denied: registry contains 1 repositories, limit is 1", 403 (docker/build-push-action#586)
    (
        RefusalKind.LIMIT,
        r"\b(droplet|volume|balancer|registr(y|ies)|repositor(y|ies)|storage|cluster|vpc|domain|node|pool|account|"
        r"resource)s? limits?\b|exceeds? limits\b|\blimits? (is |was |has been )?(reached|exceeded|\d+)|\bquota\b|"
        r"Over\w+Limit|maximum number of|not (enough|eligible)|(exceeds?|reached) your|no room",
    ),
)
# "You are not authorized to perform this operation" (doctl#1635)
# "you do not have access for the attempted action" (doctl#1444, action-doctl#83)
_SCOPE = re.compile(
    r"not authori[sz]ed|(not|n't) have (access|(the )?permission)|permissions?\b|\bscopes?\b|"
    r"not (allowed|permitted) to|access (is )?denied|^forbidden\.?$",
    re.IGNORECASE,
)


def kind_of(status: int, message: str) -> RefusalKind:
    """Why a call was refused.

    message: the API's own words; "" when it gave none
    """
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500:
        return RefusalKind.SERVER
    if status not in REFUSED:
        return RefusalKind.OTHER
    for kind, words in _WORDS:
        if re.search(words, message, re.IGNORECASE):
            return kind
    # Only a 403 is about what a token may do: "has no permission" in a 422 is about something else.
    return RefusalKind.SCOPE if status == 403 and _SCOPE.search(message) else RefusalKind.OTHER


# What to do, where it does not depend on the call.
_STEPS = {
    RefusalKind.BUSY: "It is at work on something else: run again when that is done.",
    RefusalKind.IN_USE: "Remove what uses it first, then run again.",
    RefusalKind.NOT_YET: "Run again when that time has passed, or leave the value as it is.",
    RefusalKind.LIMIT: (
        "A limit of the account or of its tier is reached: remove what is not needed, or ask DigitalOcean for a higher "
        "limit (https://cloud.digitalocean.com/support)."
    ),
    RefusalKind.TAKEN: "If it was just made, run again; otherwise give another name, or remove the one that is there.",
    RefusalKind.LOGIN: (
        "The token is wrong, expired or revoked: make one at https://cloud.digitalocean.com/account/api/tokens "
        "and give it as option token or in DIGITALOCEAN_TOKEN."
    ),
    RefusalKind.SERVER: (
        "DigitalOcean has trouble (https://status.digitalocean.com): run again when it is over; what was done is kept."
    ),
}


def next_step(kind: RefusalKind, scope: str, reset: float | None) -> str:
    """What the user can do about a refusal, "" when the API's words say all there is.

    scope: the scopes that the call needs, "" when they are not known
    reset: epoch second at which the account has calls left again, None when the API did not say it
    """
    if kind is RefusalKind.SCOPE:
        return f"The token lacks a scope: this needs {scope}." if scope else "The token lacks a scope for this."
    if kind is RefusalKind.RATE:
        until = f" until {datetime.fromtimestamp(reset, UTC):%Y-%m-%d %H:%M:%S} UTC" if reset else ""
        return f"The account's rate limit is used up{until}: wait, then run again; what was done is kept."
    return _STEPS.get(kind, "")
