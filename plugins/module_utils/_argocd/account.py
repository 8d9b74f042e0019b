# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Local accounts: passwords and API tokens. The accounts themselves are entries of ConfigMap argocd-cm."""

from __future__ import annotations

import re
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError
from .._outcome import Outcome
from .._reconcile import JsonObject
from .client import UNAUTHENTICATED, Client
from .module import Run
from .tokens import TOKEN_OPTIONS, WantedToken, apply_tokens, wanted_tokens
from .transport import to_error

ACCOUNT_SPEC = ArgumentSpec(
    options={
        "name": {"type": "str", "required": True},
        "new_password": {"type": "str", "no_log": True},
        "current_password": {"type": "str", "no_log": True},
        "tokens": {"type": "list", "elements": "dict", "no_log": False, "options": dict(TOKEN_OPTIONS)},
    }
)
ACCOUNT_INFO_SPEC = ArgumentSpec(options={"name": {"type": "str"}})


def manage_account(run: Run) -> Outcome:
    """Set the password of a local account and bring its tokens to what is declared."""
    name = run.params["name"]
    wanted = wanted_tokens(run.params["tokens"])
    account = find_account(run.client, name)
    _refuse_impossible(name, account, bool(run.params["new_password"]), any(token.present for token in wanted))
    changes = _password(run, name) if run.params["new_password"] else []
    owner = f"account {name}"

    def records(_token: WantedToken) -> list[JsonObject]:
        return token_records(find_account(run.client, name))

    def delete(token: WantedToken, _record: JsonObject) -> None:
        run.client.change(f"delete {token.name} of {owner}", "DELETE", "account", name, "token", token.id)

    def create(token: WantedToken) -> str:
        body: JsonObject = {"name": name, "id": token.id, "expiresIn": token.expires_in}
        return run.client.new_token(f"create {token.name} of {owner}", "account", name, "token", body=body)

    before = _view(account)
    sentences, results = apply_tokens(owner, wanted, records, delete, create, check_mode=run.check_mode, done=run.done)
    changes += sentences
    result = account if run.check_mode or not changes else find_account(run.client, name)
    after = _view(result)
    if run.check_mode and sentences:
        after["tokens"] = sorted({*after["tokens"], *(t.id for t in wanted if t.present)} - {
            t.id for t in wanted if not t.present
        })  # fmt: skip
    data: JsonObject = {"account": result}
    if run.params["tokens"] is not None:
        data["tokens"] = results
    return Outcome(changes, before, after, data)


def account_info(run: Run) -> Outcome:
    """Local accounts with their capabilities and the records of their tokens."""
    name = run.params["name"]
    accounts = run.client.items("list accounts", "account")
    return Outcome(data={"accounts": [item for item in accounts if not name or item["name"] == name]})


def find_account(client: Client, name: str) -> JsonObject:
    """The account. Raises InvalidInputError when there is none."""
    accounts = client.items("list accounts", "account")
    for account in accounts:
        if account["name"] == name:
            return account
    known = ", ".join(str(account["name"]) for account in accounts)
    raise InvalidInputError(
        f"Argo CD has no account {name} that this account may see; it has: {known}.",
        f"Add accounts.{name}: apiKey, login to ConfigMap argocd-cm.",
    )


def token_records(account: JsonObject) -> list[JsonObject]:
    """Records of tokens, with the field names that JWTs have."""
    records: Any = account.get("tokens") or []
    return [
        {"id": r.get("id"), "iat": int(r.get("issuedAt") or 0), "exp": int(r.get("expiresAt") or 0)} for r in records
    ]


def _view(account: JsonObject) -> JsonObject:
    return {
        "enabled": bool(account.get("enabled")),
        "tokens": sorted(str(record["id"]) for record in token_records(account)),
    }


def _refuse_impossible(name: str, account: JsonObject, password: bool, tokens: bool) -> None:
    capabilities = account.get("capabilities") or []
    needed = {"login": password, "apiKey": tokens}
    missing = [capability for capability, wanted in needed.items() if wanted and capability not in capabilities]
    if missing:
        wishes = " and ".join({"login": "a password", "apiKey": "tokens"}[item] for item in missing)
        raise InvalidInputError(
            f"Account {name} may not have {wishes}: its capabilities are {', '.join(capabilities) or 'none'}.",
            f"Set accounts.{name}: {', '.join([*capabilities, *missing])} in ConfigMap argocd-cm.",
        )


def _refuse_by_pattern(run: Run, name: str, password: str) -> None:
    """A password that Argo CD would not take is told in check mode too. Its pattern is a setting."""
    pattern = str(run.client.get("read the settings", "settings").get("passwordPattern") or "")
    try:
        fits = re.search(pattern, password)
    except re.error:
        # Written for Go's regexp; the server says what it thinks of the password.
        return
    if not fits:
        raise InvalidInputError(
            f"new_password of account {name}, of {len(password)} characters, does not match the pattern {pattern} "
            "that this Argo CD asks for.",
            "Give another password, or change passwordPattern in ConfigMap argocd-cm.",
        )


def _password(run: Run, name: str) -> list[str]:
    """Change the password unless a login with it works: it cannot be read."""
    new = run.params["new_password"]
    _refuse_by_pattern(run, name, new)
    answer = run.client.transport.send(
        "POST", ("v1", "session"), body={"username": name, "password": new}, repeatable=True, secret=True
    )
    if answer.ok:
        return []
    if answer.status != UNAUTHENTICATED:
        raise to_error(answer, f"try the password of account {name}")
    change = f"set the password of account {name}"
    if run.check_mode:
        return [change]
    login = run.client.login
    current = run.params["current_password"] or login.password
    if not current:
        raise InvalidInputError(
            f"To set the password of account {name}, Argo CD wants the current password of the account that asks.",
            "Give current_password, or log in with auth_username and auth_password.",
        )
    body = {"name": name, "newPassword": new, "currentPassword": current}
    run.client.change(change, "PUT", "account", "password", body=body)
    run.done.append(change)
    if name == login.username:
        # The session has ended with the old password.
        login.change_password(new)
        run.client.forget_session()
    return [change]
