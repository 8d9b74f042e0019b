# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The file a registry credential is kept in: reused while it is good, renewed in time, revoked at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .. import _text_file
from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, SlipwayError
from .._outcome import Outcome
from .._reconcile import JsonObject, declared
from . import docker_config, registry_login
from .client import DigitalOcean
from .docker_config import IN_WORDS, READ_ONLY, READ_WRITE, DockerConfig
from .kubeconfig import format_time
from .logins_asked_for import LoginsAskedFor
from .lookup import make_twice_at_most
from .suggest import suggest

MONTH_SECONDS = 30 * 24 * 3600

CREDENTIALS_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "required": True},
        "path": {"type": "path", "required": True},
        "access": {"type": "str", "choices": [READ_ONLY, READ_WRITE], "default": READ_ONLY},
        "expiry_seconds": {"type": "int", "default": MONTH_SECONDS},
        "renew_before": {"type": "int"},
        "verify": {"type": "bool", "default": True},
        "revoke": {"type": "bool", "default": True},
        "return_content": {"type": "bool", "default": False},
    },
)


class RegistryCredentials:
    """One credential for one registry, in one file. It touches no file that it did not write.

    Connecting is left to the caller (connect), since removing needs no account.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        *,
        check_mode: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.params: JsonObject = declared(params)
        self.registry = str(params["name"])
        self.access = str(params["access"])
        self.path = Path(params["path"])
        self.asked_for = LoginsAskedFor(self.path)
        self.check_mode = check_mode
        self.clock = clock

    def present(self, api: DigitalOcean) -> Outcome:
        """Write the file when there is none, or when the credential in it is not good for long enough."""
        left_behind = self.asked_for.left_behind(self._what())
        outcome = self._bring(api)
        outcome.warnings += left_behind
        if left_behind and not self.check_mode:
            self.asked_for.told()
        return outcome

    def _bring(self, api: DigitalOcean) -> Outcome:
        expiry = int(self.params["expiry_seconds"])
        renew_before = int(self.params.get("renew_before", expiry // 4))
        if expiry < 1 or not 0 <= renew_before < expiry:
            raise InvalidInputError(
                f"expiry_seconds is {expiry} and renew_before is {renew_before}: a new credential would be renewed at "
                "once.",
                "Give an expiry_seconds above 0 and a renew_before that is less.",
            )
        config = self._read()
        after = self._view(self.access) | {"mode": "0600"}
        reason = self._reason(config, renew_before)
        if config is not None and not reason:
            return self._keep(config, after)
        _text_file.refuse_unwritable(self.path)
        self._refuse_unknown_registry(api)
        before = {} if config is None else self._view(config.access, config.registry) | self._mode()
        change = f"write {self._what()} to {self.path}: {reason}"
        if self.check_mode:
            return Outcome([change], before, after, self._data(None))
        with _text_file.alone(self.path):
            # Another run may have renewed it meanwhile: one login of the two would be in no file.
            now_there = self._read()
            if now_there is not None and now_there != config and not self._reason(now_there, renew_before):
                return self._keep(now_there, after)
            fresh, warnings = self._renew(api, expiry)
        return Outcome([change], before, after, self._data(fresh), warnings)

    def _reason(self, config: DockerConfig | None, renew_before: int) -> str:
        """Why a new one is needed, "" when the one that is there is good."""
        reason = docker_config.reason_to_renew(config, self.params, self.clock(), renew_before)
        if config is not None and not reason and self.params["verify"] and not self._is_good(config):
            reason = "the registry refuses it; it was revoked, or belongs to another account"
        return reason

    def _what(self) -> str:
        return f"{IN_WORDS[self.access]} credentials for container registry {self.registry}"

    def _is_good(self, config: DockerConfig) -> bool:
        return registry_login.is_good(self.params, config.server, *config.login)

    def _refuse_unknown_registry(self, api: DigitalOcean) -> None:
        """In check mode a registry that is not there is fine: a task before may be about to make it."""
        if self.check_mode:
            return
        names = [str(item.get("name")) for item in api.registries()]
        if self.registry not in names:
            raise InvalidInputError(
                f"There is no container registry {self.registry!r} in this account{suggest(self.registry, names)}.",
                "Create it with slipway.gitops.do_container_registry first.",
            )

    def _renew(self, api: DigitalOcean, expiry: int) -> tuple[DockerConfig, list[str]]:
        """Every call makes a login, which nobody can list and which is valid until it expires. And warnings."""

        def make() -> DockerConfig:
            # From before the call, so that the file never promises more than the API gives.
            expires_at = self.clock() + timedelta(seconds=expiry)
            access = self.access == READ_WRITE
            answer = api.registry_credentials(self.registry, read_write=access, expiry_seconds=expiry)
            if answer is None:
                raise InvalidInputError(
                    f"Container registry {self.registry!r} is gone: somebody removed it.", "Run again."
                )
            return docker_config.build(self.registry, self.access, expires_at, answer)

        def until() -> str:
            return format_time(self.clock() + timedelta(seconds=expiry))

        with self.asked_for.one_until(until()):
            config, warnings = make_twice_at_most(make, lambda: self._refuse_unknown_registry(api), self._what(), until)
            try:
                _text_file.write(self.path, config.text)
            except SlipwayError:
                registry_login.revoke(self.params, config)
                raise
        return config, warnings

    def _keep(self, config: DockerConfig, after: JsonObject) -> Outcome:
        before = self._view(config.access, config.registry) | self._mode()
        changes = []
        if before["mode"] != after["mode"]:
            changes = [f"mode of {self.path} {before['mode']} -> {after['mode']}"]
            if not self.check_mode:
                self.path.chmod(_text_file.PRIVATE_MODE)
        return Outcome(changes, before, after, self._data(config))

    def absent(self) -> Outcome:
        """Revoke the credential and remove the file. The account's token is not needed."""
        config = self._read()
        left_behind = self.asked_for.left_behind(self._what())
        if left_behind and not self.check_mode:
            self.asked_for.told()
        if not self.path.exists():
            return Outcome(data=self._data(None), warnings=left_behind)
        changes, before = [], {"path": str(self.path)} | self._mode()
        if config is not None:
            before |= self._view(config.access, config.registry)
            if self.params["revoke"]:
                words = IN_WORDS.get(config.access, config.access)
                changes.append(f"revoke the {words} credentials for container registry {config.registry}")
        changes.append(f"remove {self.path}")
        if not self.check_mode:
            if config is not None and self.params["revoke"]:
                registry_login.revoke(self.params, config)
            _text_file.remove(self.path)
        return Outcome(changes, before, {}, self._data(None), left_behind)

    def _read(self) -> DockerConfig | None:
        """What is in the file, None without a file or with an empty one.

        Raises InvalidInputError for a file of somebody else: it may hold the logins of other registries.
        """
        text = _text_file.read(self.path, "a file for one registry's credentials")
        config = docker_config.read(text)
        if text.strip() and config is None:
            raise InvalidInputError(
                f"{self.path} is there and was not written by this module, so it is left alone.",
                "Give another path, or move the file away.",
            )
        return config

    def _view(self, access: str, registry: str = "") -> JsonObject:
        return {"path": str(self.path), "registry": registry or self.registry, "access": access}

    def _mode(self) -> JsonObject:
        return {"mode": _text_file.mode(self.path)}

    def _data(self, config: DockerConfig | None) -> JsonObject:
        """access is in every result; that it was read-only has cost people hours."""
        data = {
            "path": str(self.path),
            "registry": self.registry,
            "access": self.access,
            "can_push": self.access == READ_WRITE,
            "server": config.server if config else None,
            "expires_at": format_time(config.expires_at) if config else None,
        }
        if self.params["return_content"]:
            data["dockerconfigjson"] = config.secret_content if config else None
        return data
