# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A cluster's API by its kubeconfig: one call, sent again while the API has trouble, and the words for what goes wrong.

An API server that is upgraded is away for half a minute or so, and a cluster without a highly available control plane
has only one. What it answers is read by us: the client takes a web page for an object.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ansible.module_utils.basic import missing_required_lib

from .. import _http_errors, _secrets
from .._errors import (
    ApiError,
    ConnectionFailedError,
    InvalidInputError,
    MissingLibraryError,
    OutcomeUnknownError,
    SlipwayError,
    UnreadableAnswerError,
    status_passes,
)
from .._patience import Outage
from .._progress import ProgressSink, progress_from_environment

try:
    import urllib3
    import yaml
    from kubernetes import client as kubernetes_client
    from kubernetes import config as kubernetes_config
    from kubernetes.client.exceptions import ApiException
    from kubernetes.config.config_exception import ConfigException

    HAS_KUBERNETES = True
except ImportError:
    HAS_KUBERNETES = False

JsonObject = dict[str, Any]
T = TypeVar("T")
NOT_FOUND = 404
# Seconds to connect, and to wait for an answer; an apply of a large definition takes a few.
TIMEOUTS = (10.0, 60.0)
# Waits shorter than this are nobody's business.
TELL_SECONDS = 3.0
# What urllib3 raises before a connection stands.
_NEVER_SENT = frozenset({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"})
# A name that is not known is a cluster that is gone, not one that restarts.
_UNKNOWN_NAME = frozenset({"NameResolutionError", "gaierror"})
# The text with which an API server answers a path that it does not serve, such as that of a kind it does not know.
_NO_SUCH_PATH = "404 page not found"


class MissingError(ApiError):
    """The API says that there is no such object, or no such kind."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=NOT_FOUND)


class Connection:
    """Raises InvalidInputError for a kubeconfig that cannot be used, MissingLibraryError without the client.

    kubeconfig: path of the file; context: "" for its current one
    progress: gets a line for a wait that somebody may wonder about
    api_client: the kubernetes client's ApiClient; host: URL of the API
    """

    def __init__(self, kubeconfig: str, context: str = "", progress: ProgressSink | None = None) -> None:
        if not HAS_KUBERNETES:
            raise MissingLibraryError(missing_required_lib("kubernetes"))
        self.kubeconfig = kubeconfig
        self.progress = progress or progress_from_environment()
        configuration: Any = kubernetes_client.Configuration()
        # The client would try three times more, at once.
        configuration.retries = 0
        load: Any = kubernetes_config.new_client_from_config
        try:
            self.api_client: Any = load(kubeconfig, context=context or None, client_configuration=configuration)
        except (ConfigException, OSError) as error:
            raise InvalidInputError(f"kubeconfig {kubeconfig} cannot be used: {error}.") from error
        except (yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError) as error:
            # Not quoted: such an error shows a part of the file, and there are secrets in it.
            raise InvalidInputError(
                f"kubeconfig {kubeconfig} cannot be read ({type(error).__name__}).",
                "Give a file that kubectl can read: YAML, with its certificates in base64.",
            ) from None
        self._check_secrets(self.api_client.configuration)
        self.host = str(self.api_client.configuration.host)

    def _check_secrets(self, configuration: Any) -> None:
        """Raise InvalidInputError for credentials that cannot be sent, and for a CA that is none."""
        keys, source = configuration.api_key, f"kubeconfig {self.kubeconfig}"
        # The client's name of it (kubernetes/config/kube_config.py, _set_config), and the one of releases before.
        for name in ("BearerToken", "authorization"):
            if keys.get(name):
                scheme, _space, token = str(keys[name]).partition(" ")
                keys[name] = f"{scheme} {_secrets.token(token, 'The token of its user', source)}"
        _secrets.ca_file(configuration.ssl_ca_cert or "", f"certificate-authority of {source}")

    def json(
        self, what: str, operation: Callable[..., Any], *arguments: Any, repeatable: bool = True, **options: Any
    ) -> JsonObject:
        """The object that an operation of the client gives; see content."""

        def read(content: bytes) -> JsonObject:
            found = json.loads(content)
            if not isinstance(found, dict):
                raise TypeError("no JSON object")
            return found

        return self._send(what, read, operation, arguments, options, repeatable=repeatable)

    def content(
        self, what: str, operation: Callable[..., Any], *arguments: Any, repeatable: bool = True, **options: Any
    ) -> bytes:
        """What the API answers to an operation of the client that takes _request_timeout and gives the raw answer.

        what: for messages, such as "read Secret a/b"
        repeatable: a second sending has no second effect
        Raises MissingError when there is no such object, ApiError, ConnectionFailedError, UnreadableAnswerError, or
        OutcomeUnknownError when what is not repeatable may or may not have had its effect.
        """
        return self._send(what, bytes, operation, arguments, options, repeatable=repeatable)

    def _send(
        self,
        what: str,
        read: Callable[[bytes], T],
        operation: Callable[..., Any],
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        *,
        repeatable: bool,
    ) -> T:
        outage = Outage()
        while True:
            answer = None
            try:
                answer = operation(*arguments, _request_timeout=TIMEOUTS, **options)
                return read(answer.data)
            except ApiException as caught:
                error, sent = self.refused(what, caught), caught.status != 429
                asked = _seconds((getattr(caught, "headers", None) or {}).get("Retry-After"))
            except urllib3.exceptions.HTTPError as caught:
                error, sent, asked = self.unreachable(caught), not (_names(caught) & _NEVER_SENT), 0.0
            except (ValueError, TypeError) as caught:
                if answer is None:
                    words = f'The question to "{what}" to the Kubernetes API at {self.host}'
                    raise _http_errors.refused_to_send(words, type(caught).__name__) from None
                error, sent, asked = self._unreadable(what, caught), True, 0.0
            if not error.passing:
                raise error from None
            if sent and not repeatable:
                raise self._unknown(what, error) from None
            known = not isinstance(error, _UnknownHostError)
            pause = outage.pause(known=known, at_least=asked)
            if pause is None:
                raise error from None
            if pause >= TELL_SECONDS:
                words = error.in_short.removeprefix("the API ")
                self.progress(f"Kubernetes API at {self.host} {words}, trying again in {pause:.0f} s")
            time.sleep(pause)

    def refused(self, what: str, error: Any) -> SlipwayError:
        """The error for a call that the API refused. error: ApiException; what: such as "read Secret a/b"."""
        status = int(error.status or 0)
        if status == 0:
            # The client's word for a TLS connection that does not stand, or a web socket that was not opened.
            return self.unreachable(error)
        reason = reason_of(error)
        if status == NOT_FOUND:
            if _is_own(error):
                return MissingError(f"Kubernetes cannot {what}: {reason}.")
            return self._unreadable(what, "404 with a body that is not its own")
        rights = f"Check the rights and the age of the credentials in {self.kubeconfig}."
        again = "Run again when it is over; what was done is kept."
        return ApiError(
            f"The Kubernetes API at {self.host} refused to {what}: {reason} (HTTP {status}).",
            rights if status in (401, 403) else again if status_passes(status) else "",
            status=status,
        )

    def unreachable(self, error: Exception) -> ConnectionFailedError:
        """The error for a call that did not get there, or was not answered. error: urllib3's HTTPError."""
        names = _names(error)
        kind = _UnknownHostError if names & _UNKNOWN_NAME else ConnectionFailedError
        words = str(getattr(error, "reason", None) or error).split(">: ", 1)[-1]
        return kind(
            f"The Kubernetes API at {self.host} cannot be reached: {' '.join(words.split())}.",
            f"Check that the cluster of {self.kubeconfig} runs, then run again.",
            passing="SSLCertVerificationError" not in names and "CERTIFICATE_VERIFY_FAILED" not in words,
        )

    def _unreadable(self, what: str, why: object) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            f"The Kubernetes API at {self.host} was asked to {what} and gave an answer that is not its own ({why}).",
            "Something between here and there may answer in its place: run again when it answers.",
        )

    def _unknown(self, what: str, error: SlipwayError) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            f"The Kubernetes API at {self.host} was asked to {what}, and nobody knows whether it did: {error.message}",
            "It was not asked again. Look before you run again.",
        )


class _UnknownHostError(ConnectionFailedError):
    """The name of the API's host is not known."""


def reason_of(error: Any) -> str:
    """What the API says about a refusal, which is in the answer's body as an object of kind Status."""
    try:
        return str(json.loads(error.body)["message"]).rstrip(".")
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(getattr(error, "reason", None) or error)


def _is_own(error: Any) -> bool:
    """Whether a 404 is the API's own: an empty one, or a web page, is that of something before it."""
    body = getattr(error, "body", None) or b""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    if _NO_SUCH_PATH in text:
        return True
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("kind") == "Status"


def _names(error: BaseException) -> set[str]:
    """Names of the classes of an error and of those that it wraps."""
    chain: list[BaseException] = [error]
    while True:
        last = chain[-1]
        inside = (getattr(last, "reason", None), *last.args, last.__cause__, last.__context__)
        inner = next((item for item in inside if isinstance(item, BaseException) and item not in chain), None)
        if inner is None:
            return {type(item).__name__ for item in chain}
        chain.append(inner)


def _seconds(value: Any) -> float:
    return float(value) if str(value or "").isdigit() else 0.0
