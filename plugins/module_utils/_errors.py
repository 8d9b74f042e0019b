# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What can go wrong, in words for people: what happened, to which object, why, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any


class SlipwayError(Exception):
    """Any failure that a module reports.

    message: what happened, to which object and why
    next_step: what the user can do about it ("" when the message says it already)
    done: sentences on what had been changed before the failure, set by who knows it
    passing: whether this is trouble that passes, so that the same call may work a little later. Everything else is a
        verdict: it ends a wait at once
    passes_at: the epoch second before which it does not pass, where the API says so; 0.0 where it does not
    in_short: the trouble in a few words, for progress lines
    """

    passing = False
    passes_at = 0.0
    in_short = "the API has trouble"

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.done: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()

    def as_result(self) -> dict[str, Any]:
        """Arguments of C(fail_json)."""
        result: dict[str, Any] = {"msg": str(self)}
        if self.done:
            result.update(changed=True, changes=list(self.done))
        return result


@contextmanager
def telling_what_was_done(done: Sequence[str]) -> Iterator[None]:
    """An error that comes out of here says what had been changed before it: done, as it is by then."""
    try:
        yield
    except SlipwayError as error:
        error.done = error.done or tuple(done)
        raise


class InvalidInputError(SlipwayError):
    """What the user wrote cannot be used."""


class MissingLibraryError(SlipwayError):
    """A Python library is missing on the machine the module runs on."""


class AmbiguousNameError(SlipwayError):
    """Several objects carry the name that should name one."""


class ImmutableDriftError(SlipwayError):
    """The user wants a value that the service cannot change on an existing object."""


class ObjectFailedError(SlipwayError):
    """The service reports that an object is broken."""


class WaitTimeoutError(SlipwayError):
    """An object did not reach the awaited state in time.

    trouble: a sentence with a space before it on the trouble that the API had meanwhile, "" without any; the message
        of a Waiter has it
    """

    def __init__(self, message: str, next_step: str = "", *, trouble: str = "") -> None:
        super().__init__(message, next_step)
        self.trouble = trouble


class RefusalKind(StrEnum):
    """Why a call was refused. 403 alone is a missing scope, a busy object or a limit."""

    BUSY = "busy"  # the object is at work; the same call will be taken when it is done
    IN_USE = "in_use"  # something that uses the object has to go first
    NOT_YET = "not_yet"  # not before a time has passed that is longer than any wait, such as an hour
    LIMIT = "limit"  # the account, or its tier, has no room for it
    TAKEN = "taken"  # there is such an object already
    SCOPE = "scope"  # the token may not do this
    LOGIN = "login"  # the token is not accepted at all
    MISSING = "missing"  # the object is not there
    RATE = "rate"  # too many calls
    SERVER = "server"  # the service failed
    OTHER = "other"  # what was asked for cannot be, or the words are not known


def status_passes(status: int) -> bool:
    """Whether a status is what an API, or what stands before it, answers while it cannot (RFC 9110, RFC 6585)."""
    return status in {408, 425, 429} or (status >= 500 and status not in {501, 505})


class ApiError(SlipwayError):
    """The API refused a call.

    status: HTTP status
    error_id: the API's short name of the error, such as not_found
    request_id: what DigitalOcean's support asks for
    kind: why, as far as status and words tell; OTHER from APIs that are not looked at so closely
    """

    def __init__(
        self,
        message: str,
        next_step: str = "",
        *,
        status: int,
        error_id: str = "",
        request_id: str = "",
        kind: RefusalKind = RefusalKind.OTHER,
    ) -> None:
        super().__init__(message, next_step)
        self.status = status
        self.passing = status_passes(status)
        self.in_short = f"the API answers {status}"
        self.error_id = error_id
        self.request_id = request_id
        self.kind = kind

    def as_result(self) -> dict[str, Any]:
        api = {"status": self.status, "id": self.error_id, "request_id": self.request_id}
        return super().as_result() | {"api_error": api}


class ConnectionFailedError(SlipwayError):
    """The API could not be reached, or did not answer.

    passing: False for what time does not mend, such as a certificate that is not trusted
    """

    in_short = "the API does not answer"

    def __init__(self, message: str, next_step: str = "", *, passing: bool = True) -> None:
        super().__init__(message, next_step)
        self.passing = passing


class UnreadableAnswerError(SlipwayError):
    """The API answered something that is not what its documentation promises.

    passing: False where the answer tells that it is another server's
    """

    in_short = "the API gives no usable answer"

    def __init__(self, message: str, next_step: str = "", *, passing: bool = True) -> None:
        super().__init__(message, next_step)
        self.passing = passing


class ContradictionError(UnreadableAnswerError):
    """Two answers of the API do not fit together, so that nothing may be concluded from either."""


class OutcomeUnknownError(SlipwayError):
    """A call that must not be repeated blindly was sent, and no usable answer came back."""


def numbered(heading: str, problems: Sequence[str]) -> str:
    """A heading and its problems: on one line for one problem, as a numbered list for several."""
    if len(problems) == 1:
        return f"{heading}: {problems[0]}"
    return heading + ":\n" + "\n".join(f"  {number}. {problem}" for number, problem in enumerate(problems, 1))


def raise_all(problems: Sequence[str], error: type[SlipwayError], heading: str) -> None:
    """Raise one error that lists every problem, or return when there are none."""
    if problems:
        raise error(numbered(heading, problems))
