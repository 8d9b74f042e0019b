# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A branch of a repository elsewhere, read and written through git, without a work tree.

Files go from the index into commits. Nothing of the repository is ever written into the file system, so links in
it lead nowhere. Git's settings of the user and the machine are not read, and it asks nobody anything.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from .. import _secrets
from .._errors import InvalidInputError, MissingLibraryError, SlipwayError, WaitTimeoutError
from .declared_files import Entry, FileChange

# Git gets name and password from the environment; a command line could be read by anyone.
_USERNAME, _PASSWORD = "SLIPWAY_GIT_USERNAME", "SLIPWAY_GIT_PASSWORD"
_HELPER = f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" "${_USERNAME}" "${_PASSWORD}"; }}; f'
_KEPT_VARIABLES = (
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK",
    "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
)  # fmt: skip
# Words of git and what can be done about them; the first that fits counts.
_STEPS = (
    (r"Authentication failed|could not read (Username|Password)|HTTP Basic: Access denied|error: 401",
     "Check username and token, and that the token may write to the repository."),
    (r"error: 403|Permission to .* denied|[Ww]rite access .* not granted|not allowed to (push|upload)",
     "These credentials may not do this at the repository: give ones that may."),
    (r"Permission denied \(publickey", "Check ssh_key_file, and that its public key may write to the repository."),
    (r"Host key verification failed", "Put the server's host key into the file of ssh_known_hosts_file."),
    (r"[Rr]epository.* not found|does not appear to be a git repository|does not exist|error: 404",
     "Check repo_url, and that the credentials may see the repository."),
    (r"certificate|SSL", "Name the CA that vouches for the server in ca_cert."),
    (r"Could not resolve host|[Cc]onnection refused|Failed to connect|timed out|No route to host",
     "Check the host in repo_url and the way to it."),
    (r"error: (429|5\d\d)", "The server has trouble: run again when it is over."),
    (r"hook declined|protected branch|GH006", "The server does not take commits on this branch: name another one."),
)  # fmt: skip


@dataclass(frozen=True)
class Access:
    """How to reach a repository.

    username, token: for HTTP; ssh_key_file, ssh_known_hosts_file: for SSH, "" leaves it to ssh's own settings
    ca_cert: path of a CA bundle in PEM, "" for the system's; timeout: longest time of one git command, seconds
    """

    url: str
    username: str = ""
    token: str = ""
    ssh_key_file: str = ""
    ssh_known_hosts_file: str = ""
    ca_cert: str = ""
    timeout: float = 120


@dataclass(frozen=True)
class Author:
    name: str
    email: str


class GitError(SlipwayError):
    """A git command failed."""


class RemoteBranch:
    """One branch of a repository elsewhere. directory: an empty folder of its own, removed by who made it."""

    def __init__(self, access: Access, branch: str, directory: Path) -> None:
        if shutil.which("git") is None:
            raise MissingLibraryError("git is not installed on the machine this runs on.", "Install git there.")
        _check_url(access.url)
        # They go to git by a protocol of lines, in which a line break begins another setting.
        _secrets.password(access.username, "The user name for the repository", "option username")
        _secrets.password(access.token, "The token for the repository", "option token")
        self.access = replace(access, ca_cert=_secrets.ca_file(access.ca_cert))
        self.branch = branch
        self._directory = directory / "repository.git"
        self._environment = self._make_environment()
        self._git("init", "--quiet", "--bare", "--template=", str(self._directory), inside=False)
        if self._run(("check-ref-format", "--branch", branch)).returncode != 0:
            raise InvalidInputError(f"branch is {branch!r}, which is no name of a branch.", "Give one such as main.")

    def fetch(self) -> str:
        """Get the newest commit of the branch and make it the one to build on; "" when the branch is not there."""
        name = f"refs/heads/{self.branch}"
        # The pattern also fits names that end in it.
        listed = self._remote("ls-remote", "--quiet", self.access.url, name).splitlines()
        if not any(line.endswith(f"\t{name}") for line in listed):
            self._git("read-tree", "--empty")
            return ""
        self._remote("fetch", "--quiet", "--depth=1", "--no-tags", self.access.url, f"+{name}")
        commit = self._git("rev-parse", "FETCH_HEAD^{commit}").strip()
        self._git("read-tree", commit)
        return commit

    def fetch_default(self) -> tuple[str, str]:
        """The same with the repository's default branch: its commit and name, both "" for an empty repository."""
        answer = self._remote("ls-remote", "--quiet", "--symref", self.access.url, "HEAD")
        found = re.search(r"^ref: refs/heads/(\S+)\s+HEAD$", answer, re.MULTILINE)
        if not found or not re.search(r"^[0-9a-f]{40,64}\s+HEAD$", answer, re.MULTILINE):
            return "", ""
        self._remote("fetch", "--quiet", "--depth=1", "--no-tags", self.access.url, "+HEAD")
        commit = self._git("rev-parse", "FETCH_HEAD^{commit}").strip()
        self._git("read-tree", commit)
        return commit, found.group(1)

    def tree(self) -> dict[str, Entry]:
        """Every file of the commit that was fetched."""
        found = {}
        for line in self._git("ls-files", "--stage", "-z").split("\0"):
            if line:
                fields, _tab, path = line.partition("\t")
                mode, blob, _stage = fields.split(" ")
                found[path] = Entry(mode, blob)
        return found

    def content(self, entry: Entry) -> bytes:
        """The content of a file."""
        return self._run(("cat-file", "blob", entry.blob), check=True).stdout

    def commit(self, parent: str, changes: Sequence[FileChange], message: str, author: Author) -> str:
        """A commit with these changes on top of what was fetched; it is not pushed yet. parent: "" for the first."""
        lines = []
        for change in changes:
            if change.content is None:
                lines.append(f"0 {'0' * 40}\t{change.path}")
            else:
                blob = self._run(("hash-object", "-w", "--stdin"), stdin=change.content, check=True).stdout
                lines.append(f"{change.mode} {blob.decode().strip()}\t{change.path}")
        # Removals first: a file may make room for a folder.
        lines.sort(key=lambda line: not line.startswith("0 "))
        self._run(("update-index", "-z", "--index-info"), stdin="".join(f"{line}\0" for line in lines).encode(),
                  check=True)  # fmt: skip
        tree = self._git("write-tree").strip()
        identity = {
            f"GIT_{role}_{field}": value
            for role in ("AUTHOR", "COMMITTER")
            for field, value in (("NAME", author.name), ("EMAIL", author.email))
        }
        parents = ("-p", parent) if parent else ()
        done = self._run(
            ("commit-tree", tree, *parents), stdin=(message.rstrip("\n") + "\n").encode(), more=identity, check=True
        )
        return done.stdout.decode().strip()

    def push(self, commit: str) -> str:
        """Push a commit to the branch, never by force. "" when it is there, else what git said."""
        done = self._run(("push", "--quiet", self.access.url, f"{commit}:refs/heads/{self.branch}"))
        return "" if done.returncode == 0 else self._words(done)

    def refused(self, words: str) -> GitError:
        """The error for a push that was refused for good."""
        return self._error(f"push to branch {self.branch} of", words)

    def _remote(self, *arguments: str) -> str:
        done = self._run(arguments)
        if done.returncode != 0:
            raise self._error("read", self._words(done))
        return done.stdout.decode("utf-8", "surrogateescape")

    def _git(self, *arguments: str, inside: bool = True) -> str:
        return self._run(arguments, inside=inside, check=True).stdout.decode("utf-8", "surrogateescape")

    def _run(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes = b"",
        more: Mapping[str, str] | None = None,
        inside: bool = True,
        check: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        where = ("--git-dir", str(self._directory)) if inside else ()
        # A session of its own: nothing can ask at the terminal, and git ends together with the programs it started.
        # AnsibleModule.run_command has neither that nor a time limit, and below main() there is no module.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            ["git", *where, *arguments], cwd=self._directory.parent, env={**self._environment, **(more or {})},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            output, errors = process.communicate(stdin, self.access.timeout)
        except subprocess.TimeoutExpired:
            raise WaitTimeoutError(
                f"git {arguments[0]} for {self.access.url} took longer than {self.access.timeout:.0f} s.",
                "Check the way to the server, or raise git_timeout.",
            ) from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        done = subprocess.CompletedProcess(arguments, process.returncode, output, errors)
        if check and done.returncode != 0:
            raise self._error(f"{arguments[0]} in a copy of", self._words(done))
        return done

    def _error(self, deed: str, words: str) -> GitError:
        step = next((step for pattern, step in _STEPS if re.search(pattern, words)), "")
        return GitError(f"Cannot {deed} {self.access.url}: {words}.", step)

    def _words(self, done: subprocess.CompletedProcess[bytes]) -> str:
        """What git said, short and without secrets."""
        text = done.stderr.decode("utf-8", "replace")
        if self.access.token:
            text = text.replace(self.access.token, "***")
        lines = [re.sub(r"^(fatal|error|remote|ssh): ?", "", line).strip() for line in text.splitlines()]
        kept = [line for line in lines if line and not line.startswith(("hint:", "warning:", "To "))]
        return "; ".join(dict.fromkeys(kept))[:800].rstrip(".") or f"git ended with status {done.returncode}"

    def _make_environment(self) -> dict[str, str]:
        access = self.access
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        settings = {"gc.auto": "0"}
        if access.ca_cert:
            settings["http.sslCAInfo"] = access.ca_cert
        parts = urlsplit(access.url)
        if access.token and parts.scheme in ("http", "https"):
            # For this server alone, also when it leads elsewhere.
            settings[f"credential.{parts.scheme}://{parts.netloc}.helper"] = _HELPER
        return {
            **kept,
            **{f"GIT_CONFIG_KEY_{number}": key for number, key in enumerate(settings)},
            **{f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(settings.values())},
            "GIT_CONFIG_COUNT": str(len(settings)),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": _ssh_command(access),
            "LC_ALL": "C",
            _USERNAME: access.username or "git",
            _PASSWORD: access.token,
        }


def _ssh_command(access: Access) -> str:
    command = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={max(1, int(access.timeout))}"]
    if access.ssh_key_file:
        command += ["-i", access.ssh_key_file, "-o", "IdentitiesOnly=yes"]
    if access.ssh_known_hosts_file:
        command += ["-o", f"UserKnownHostsFile={access.ssh_known_hosts_file}", "-o", "StrictHostKeyChecking=yes"]
    return shlex.join(command)


def _check_url(url: str) -> None:
    if url.startswith("-") or "::" in url.split("/", maxsplit=1)[0]:
        raise InvalidInputError(f"repo_url is {url!r}, which is no address of a repository.", "Give a URL.")
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and (parts.username or parts.password):
        host = parts.netloc.rpartition("@")[2]
        raise InvalidInputError(
            f"repo_url ({parts.scheme}://{host}{parts.path}) has a name or password in it, which others could see.",
            "Give them as username and token.",
        )
