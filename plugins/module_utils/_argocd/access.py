# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The options that say where Argo CD is and who asks, and the client they make."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import env_fallback

from .. import _secrets
from .._argument_spec import ArgumentSpec
from .._base_url import base_url
from .._progress import ProgressSink, no_progress
from .client import Client, Login, require_credentials
from .session_file import SessionFile
from .transport import TlsError, Transport
from .tunnel import INITIAL_ADMIN_SECRET, Tunnel

VARIABLES = {"token": "ARGOCD_AUTH_TOKEN", "username": "ARGOCD_USERNAME", "password": "ARGOCD_PASSWORD"}
ACCESS_SPEC = ArgumentSpec(
    options={
        "server_url": {"type": "str", "fallback": (env_fallback, ["ARGOCD_SERVER_URL"])},
        "auth_token": {"type": "str", "no_log": True, "fallback": (env_fallback, [VARIABLES["token"]])},
        "auth_username": {"type": "str", "fallback": (env_fallback, [VARIABLES["username"]])},
        "auth_password": {"type": "str", "no_log": True, "fallback": (env_fallback, [VARIABLES["password"]])},
        "ca_cert": {"type": "path", "fallback": (env_fallback, ["ARGOCD_CA_CERT"])},
        "validate_certs": {"type": "bool", "default": True},
        "kubeconfig": {"type": "path", "fallback": (env_fallback, ["ARGOCD_KUBECONFIG"])},
        "kubeconfig_context": {"type": "str"},
        "argocd_namespace": {"type": "str", "default": "argocd"},
        "session_dir": {"type": "path", "fallback": (env_fallback, ["ARGOCD_SESSION_DIR"])},
        "api_timeout": {"type": "int", "default": 60},
    },
    mutually_exclusive=(("server_url", "kubeconfig"),),
    required_one_of=(("server_url", "kubeconfig"),),
    required_together=(("auth_username", "auth_password"),),
)


def default_session_dir() -> Path:
    """XDG_RUNTIME_DIR/slipway-argocd where the system has such a folder, else ~/.cache/slipway/argocd-sessions."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / "slipway-argocd"
    return Path.home() / ".cache" / "slipway" / "argocd-sessions"


def connect(params: Mapping[str, Any], progress: ProgressSink = no_progress) -> Client:
    """A client for the module's options. Raises SlipwayError; nothing is sent before the first call needs it,
    except through a tunnel, where the server is asked whether it speaks TLS.
    """
    given = {name: params[f"auth_{name}"] or "" for name in ("token", "username", "password")}
    source = {name: _secrets.origin(value, f"auth_{name}", VARIABLES[name]) for name, value in given.items()}
    token = _secrets.token(given["token"], "The token for Argo CD", source["token"])
    username = _secrets.password(given["username"], "The user name for Argo CD", source["username"])
    password = _secrets.password(given["password"], "The password for Argo CD", source["password"])
    way_out = ""
    tunnel: Tunnel | None = None
    if params["kubeconfig"]:
        tunnel = Tunnel(params["kubeconfig"], params["kubeconfig_context"] or "", params["argocd_namespace"])
        transport = _tunnel_transport(tunnel, params["api_timeout"], progress)
        identity = tunnel.identity
        if not token and not username:
            username, password = "admin", tunnel.initial_admin_password()
            way_out = (
                f"The password in Secret {tunnel.namespace}/{INITIAL_ADMIN_SECRET} is admin's no more: "
                "give auth_username and auth_password."
            )
    else:
        transport = _direct_transport(params, progress)
        identity = transport.base_url
        require_credentials(token, username, password)
    if token:
        return Client(transport, Login(token=token), tunnel)
    directory = Path(params["session_dir"]) if params["session_dir"] else default_session_dir()
    session_file = SessionFile(directory, identity, username, password)
    login = Login(username=username, password=password, session_file=session_file)
    login.way_out = way_out or login.way_out
    return Client(transport, login, tunnel)


def _direct_transport(params: Mapping[str, Any], progress: ProgressSink) -> Transport:
    example = "https://argocd.example.com"
    url = base_url(str(params["server_url"]), "server_url", example=example, path=True, plain="loopback")
    verify: str | bool = _secrets.ca_file(params["ca_cert"] or "") or True
    if not params["validate_certs"]:
        verify = False
        _accept_unverified_tls()
    return Transport(url, verify=verify, timeout=params["api_timeout"], progress=progress)


def _tunnel_transport(tunnel: Tunnel, timeout: float, progress: ProgressSink) -> Transport:
    """The Kubernetes API authenticates both ends of the tunnel, so the server's own certificate is not checked."""
    _accept_unverified_tls()
    transport = Transport(
        "https://argocd-server", verify=False, timeout=timeout, adapter=tunnel.adapter(), progress=progress
    )
    try:
        transport.send("GET", ("version",))
    except TlsError:
        # server.insecure: argocd-server speaks plain HTTP and leaves TLS to an ingress.
        transport.base_url = "http://argocd-server"
        transport.send("GET", ("version",))
    return transport


def _accept_unverified_tls() -> None:
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")
