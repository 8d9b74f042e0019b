# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Kubernetes' own grammars: names, labels, taints. From k8s.io/apimachinery, pkg/util/validation/validation.go."""

from __future__ import annotations

import re
from typing import Any

from .._grammar import Grammar, matching

SOURCE = "k8s.io/apimachinery/pkg/util/validation"
DNS_LABEL_PATTERN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DNS_SUBDOMAIN_PATTERN = rf"{DNS_LABEL_PATTERN}(\.{DNS_LABEL_PATTERN})*"
NAME_PART_PATTERN = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

DNS_LABEL = matching(
    DNS_LABEL_PATTERN,
    "1 to 63 lowercase letters, digits and dashes, with a letter or digit at both ends",
    most=63,
    source=f"{SOURCE}: IsDNS1123Label",
)
DNS_SUBDOMAIN = matching(
    DNS_SUBDOMAIN_PATTERN,
    "1 to 253 lowercase letters, digits, dashes and dots, with a letter or digit at both ends of each part",
    most=253,
    source=f"{SOURCE}: IsDNS1123Subdomain",
)


def _is_qualified_name(value: Any) -> bool:
    prefix, slash, name = str(value).rpartition("/")
    if slash and not (len(prefix) <= 253 and re.fullmatch(DNS_SUBDOMAIN_PATTERN, prefix, re.ASCII)):
        return False
    return len(name) <= 63 and re.fullmatch(NAME_PART_PATTERN, name, re.ASCII) is not None


QUALIFIED_NAME = Grammar(
    "1 to 63 letters, digits, dashes, underscores and dots with a letter or digit at both ends, if wanted after a "
    "lowercase domain and one slash, such as example.com/tier",
    _is_qualified_name,
    f"{SOURCE}: IsQualifiedName",
)
LABEL_VALUE = matching(
    rf"({NAME_PART_PATTERN})?",
    "empty, or up to 63 letters, digits, dashes, underscores and dots with a letter or digit at both ends",
    most=63,
    least=0,
    source=f"{SOURCE}: IsValidLabelValue",
)
