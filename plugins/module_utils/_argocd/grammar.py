# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What Argo CD's API takes for single values, each with the source of that (argo-cd 3.5.7). Pure.

Where nothing is said of a value Argo CD takes any, or only knows when it uses it.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import Any

from .. import _go_duration
from .._grammar import Entries, Grammar, Rule, matching, one_of
from .._kubernetes.grammar import DNS_SUBDOMAIN, LABEL_VALUE, QUALIFIED_NAME

TYPES = "argo-cd, pkg/apis/application/v1alpha1/types.go"
PROJECT_TYPES = "argo-cd, pkg/apis/application/v1alpha1/app_project_types.go"

ANNOTATION_KEY = Grammar(
    QUALIFIED_NAME.allowed,
    lambda value: QUALIFIED_NAME.fits(str(value).lower()),
    "k8s.io/apimachinery/pkg/api/validation: ValidateAnnotations",
)
ANY_TEXT = matching(r"[\s\S]*", "text", least=0)
LABELS = Entries(QUALIFIED_NAME, LABEL_VALUE, "label")
ANNOTATIONS = Entries(ANNOTATION_KEY, ANY_TEXT, "annotation")
NAME = DNS_SUBDOMAIN

ROLE_NAME = matching(
    r"[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?",
    "letters, digits, dashes and underscores, with a letter or digit at both ends",
    source=f"{TYPES}, validateRoleName",
)


def _is_group(value: Any) -> bool:
    text = str(value)
    inner = text.strip()
    if len(inner) > 1 and inner.startswith('"') and inner.endswith('"'):
        inner = inner[1:-1]
    elif "," in inner:
        return False
    return bool(inner) and not re.search(r'["\n\r\t]', inner) and text == text.strip()


GROUP = Grammar(
    "the name of a group without quotes, tabs and spaces around it; one with a comma in quotes of its own",
    _is_group,
    f"{TYPES}, validateGroupName",
)
PATTERN = Grammar(
    "a name or a pattern, and !* is none", lambda value: value != "!*", f"{PROJECT_TYPES}, ValidateProject"
)
SERVICE_ACCOUNT = Grammar(
    "the name of a service account, without any of ! * [ ] { } \\ /",
    lambda value: bool(str(value).strip(" ")) and not set("!*[]{}\\/") & set(str(value)),
    f"{PROJECT_TYPES}, serviceAccountDisallowedCharSet",
)
PLAIN_PATTERN = Grammar(
    "a name or a pattern without !", lambda value: "!" not in str(value), f"{PROJECT_TYPES}, ValidateProject"
)
WINDOW_KIND = one_of("allow", "deny", source=f"{TYPES}, SyncWindow.Validate")
WINDOW_DESCRIPTION = Grammar(
    "255 bytes at most", lambda value: len(str(value).encode()) <= 255, f"{TYPES}, SyncWindow.Validate"
)
BACKOFF = Grammar(
    "seconds, or a duration such as 5s or 3m",
    lambda value: re.fullmatch(r"[0-9]+", str(value), re.ASCII) is not None or _go_duration.DURATION.fits(str(value)),
    f"{TYPES}, parseStringToDuration: one that cannot be read ends every retry",
)
RETRY_RULES: Rule = {"backoff": {"duration": BACKOFF, "maxDuration": BACKOFF}}
APPLICATIONS_SYNC = one_of("create-only", "create-update", "create-delete", "sync", source="CRD ApplicationSet")

# util/git/git.go: sshURLRegex, httpsURLRegex, httpURLRegex; OCI and Helm registries have no scheme, or oci://.
_REPOSITORY = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?\S+", re.ASCII | re.IGNORECASE)


def _is_repository(value: Any) -> bool:
    text = str(value)
    if not _REPOSITORY.fullmatch(text):
        return False
    if "://" not in text:
        return bool(re.search(r"[./:]", text))
    try:
        parts = urllib.parse.urlsplit(text)
        return bool(parts.hostname or parts.scheme == "file")
    except ValueError:
        return False


REPOSITORY = Grammar(
    "the URL of a repository, such as https://git.example.com/web.git or git@git.example.com:web.git",
    _is_repository,
    "argo-cd, util/git/git.go and util/helm/client.go",
)
REPOSITORY_TYPE = one_of("git", "helm", "oci", source="argo-cd, reposerver/repository/repository.go, TestRepository")
# util/cert/cert.go: validHostNameRegexp, or an IPv6 address; of a host key also [host]:port.
_HOST = re.compile(
    r"([a-zA-Z0-9]|[a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])"
    r"(\.([a-zA-Z0-9]|[a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9]))*\.?",
    re.ASCII,
)


def is_host(text: str) -> bool:
    return bool(_HOST.fullmatch(text)) or (":" in text and bool(re.fullmatch(r"[0-9a-fA-F:.]+(%[0-9a-zA-Z]+)?", text)))
