# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Certificates of Git servers that Argo CD trusts: TLS certificates (https) and host keys (ssh)."""

from __future__ import annotations

import base64

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, raise_all
from .._outcome import Outcome
from .._reconcile import JsonObject
from . import certificate_data
from .client import Client
from .module import Run

# The answer to a POST without upsert of a certificate that is there with other content.
DIFFERENT = "already exists, and upsert was not specified"

CERTIFICATE_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "server_name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["https", "ssh"], "required": True},
        "key_type": {"type": "str", "no_log": False},
        "data": {"type": "str"},
    },
    required_if=(("state", "present", ("data",)),),
)
CERTIFICATE_INFO_SPEC = ArgumentSpec(
    options={"server_name": {"type": "str"}, "type": {"type": "str", "choices": ["https", "ssh"]}}
)


def list_certificates(
    client: Client, server_name: str | None, kind: str | None, key_type: str | None = None
) -> list[JsonObject]:
    """Certificates of exactly this server; the API's own filter is a glob, in which [host]:port is something else."""
    return [
        item
        for item in client.items("list certificates", "certificates")
        if (not server_name or item["serverName"] == server_name)
        and (not kind or item["certType"] == kind)
        and (not key_type or item.get("certSubType") == key_type)
    ]


def manage_certificate(run: Run) -> Outcome:
    """Trust a certificate or host key, or stop to."""
    name, kind = run.params["server_name"], run.params["type"]
    key_type = run.params["key_type"] if kind == "ssh" else None
    subject = f"{kind} {'host key' if kind == 'ssh' else 'certificate'} of {name}"
    live = list_certificates(run.client, name, kind, key_type)
    if run.params["state"] == "absent":
        return _remove(run, subject, live, key_type)
    item = _item(run)
    after = {"server_name": name, "type": kind, "data": item["certData"][:16] + "..."}
    if not live:
        change = f"add {subject}"
        return _write(run, change, item, {}, after)
    # Never writes: the server takes the same content, and refuses other content.
    answer = run.client.call("POST", "certificates", body={"items": [item]})
    if answer.ok:
        return Outcome(data={"certificates": live})
    if DIFFERENT not in answer.error:
        run.client.must(f"check {subject}", answer)
    before = {**after, "data": "different"}
    return _write(run, f"replace {subject}", item, before, after)


def certificate_info(run: Run) -> Outcome:
    """Certificates and host keys that Argo CD trusts."""
    return Outcome(data={"certificates": list_certificates(run.client, run.params["server_name"], run.params["type"])})


def _item(run: Run) -> JsonObject:
    """What is sent. Raises InvalidInputError for what Argo CD would refuse, or take and never be able to use."""
    name, kind, data = run.params["server_name"], run.params["type"], run.params["data"].strip()
    if kind == "https":
        raise_all(certificate_data.certificate_problems(name, data), InvalidInputError, f"Certificate of {name}")
        # With the newline at the end that the server stores.
        return {"serverName": name, "certType": kind, "certData": _encoded(data + "\n")}
    key_type = run.params["key_type"] or ""
    raise_all(certificate_data.host_key_problems(name, key_type, data), InvalidInputError, f"Host key of {name}")
    return {"serverName": name, "certType": kind, "certSubType": key_type, "certData": _encoded(data)}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _write(run: Run, change: str, item: JsonObject, before: JsonObject, after: JsonObject) -> Outcome:
    if not run.check_mode:
        run.client.change(change, "POST", "certificates", query={"upsert": True}, body={"items": [item]})
        run.done.append(change)
    found = list_certificates(run.client, run.params["server_name"], run.params["type"], item.get("certSubType"))
    return Outcome([change], before, after, {"certificates": found})


def _remove(run: Run, subject: str, live: list[JsonObject], key_type: str | None) -> Outcome:
    if not live:
        return Outcome(data={"certificates": []})
    change = f"remove {subject}"
    if not run.check_mode:
        query = {"hostNamePattern": run.params["server_name"], "certType": run.params["type"], "certSubType": key_type}
        run.client.change(change, "DELETE", "certificates", query=query)
        run.done.append(change)
    return Outcome([change], {"certificates": live}, {}, {"certificates": []})
