# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What an error of an HTTP library says: whether anything was sent, and why not, in short. Pure.

They wrap each other several deep, and print objects, headers and URLs with what they say.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ._errors import InvalidInputError

# What urllib3 and requests raise before a connection stands.
_NEVER_SENT = frozenset({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectTimeout"})
# By the libraries' own words nothing was sent, and nothing will be: a header, URL or proxy that cannot be used.
_UNSENDABLE = frozenset(
    {"InvalidHeader", "InvalidURL", "InvalidSchema", "MissingSchema", "InvalidProxyURL", "LocationParseError"}
)


def causes(error: BaseException) -> list[BaseException]:
    """A chain of wrapped errors, the root last."""
    chain = [error]
    while True:
        last = chain[-1]
        inside = [getattr(last, "inner_exception", None), *last.args, getattr(last, "reason", None), last.__cause__]
        inside += [] if last.__suppress_context__ else [last.__context__]
        inner = next((item for item in inside if isinstance(item, BaseException) and item not in chain), None)
        if inner is None:
            return chain
        chain.append(inner)


def _names(error: BaseException) -> set[str]:
    return {type(cause).__name__ for cause in causes(error)}


def never_sent(error: BaseException) -> bool:
    """Whether no connection came about, so that nothing was sent."""
    return bool(_names(error) & _NEVER_SENT)


def untrusted(error: BaseException) -> bool:
    """Whether the server's certificate was refused."""
    return "SSLCertVerificationError" in _names(error)


def unsendable(error: BaseException) -> bool:
    """Whether a library refused what it was to send. Such an error may quote a secret: nothing of it is shown."""
    if untrusted(error):
        return False  # which is a ValueError too
    found = causes(error)
    # requests raises a bare OSError for a CA bundle that is not there (REQUESTS_CA_BUNDLE).
    return (
        bool(_names(error) & _UNSENDABLE)
        or any(isinstance(cause, UnicodeError) for cause in found)
        # http.client raises a bare one for a header with a line break in it.
        or type(found[-1]) is ValueError  # pylint: disable=unidiomatic-typecheck
        or (type(found[-1]) is OSError and found[-1].errno is None)  # pylint: disable=unidiomatic-typecheck
    )


def refused_to_send(what: str, kind: str) -> InvalidInputError:
    """The error for a call that is unsendable. Nothing of the library's error is in it but its name, kind."""
    return InvalidInputError(
        f"{what} could not be sent: the HTTP library refuses what it was given ({kind}).",
        "Check the address, the credentials and the CA, and HTTPS_PROXY and REQUESTS_CA_BUNDLE where they are set.",
    )


def in_short(error: BaseException) -> str:
    """The root of a connection error in a few words."""
    root = causes(error)[-1]
    words = getattr(root, "strerror", None) or str(root).split(">: ", 1)[-1]
    words = " ".join(str(words).split()).rstrip(".") or type(root).__name__
    return words if type(root).__name__ in words or len(words) > 20 else f"{type(root).__name__}: {words}"


def where_to(location: str | None) -> str:
    """Where a redirect leads: scheme and host alone, for what follows may hold secrets."""
    if not location:
        return "nowhere"
    try:
        parts = urlsplit(location.strip())
    except ValueError:
        return "an address that cannot be read"
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme or 'https'}://{place}" if place else "another path of the same host"
