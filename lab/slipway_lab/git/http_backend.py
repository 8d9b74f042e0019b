# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs `git http-backend`, Git's own server side of smart HTTP, as the CGI program it is.

Source: git-http-backend(1); RFC 3875 for the variables.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from slipway_lab.git.errors import GitError
from slipway_lab.git.first_commit import plain_git_environment
from slipway_lab.git.repositories import Repository

_CHUNK_BYTES = 1 << 16
_HEAD_END = b"\r\n\r\n"


@dataclass
class BackendAnswer:
    """What git answers: status, headers, and the body as it comes."""

    status: int
    headers: Mapping[str, str]
    body: AsyncIterator[bytes] = field(repr=False)


async def run_http_backend(request: Request, repository: Repository, path: str, user: str) -> BackendAnswer:
    """Hand a request to git. Raises GitError when git says nothing.

    path: what is asked of the repository, such as info/refs; user: who asks, "" when nobody said who they are
    """
    process = await asyncio.create_subprocess_exec(
        "git",
        "http-backend",
        env=plain_git_environment() | _variables(request, repository, path, user),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 - both are pipes
    # At the same time: git answers while it still reads.
    feeding = asyncio.create_task(_feed(request, process.stdin))
    try:
        head = await process.stdout.readuntil(_HEAD_END)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        await _end(process, feeding)
        raise GitError(
            f"git http-backend failed for repository {repository.name}, status {process.returncode}"
        ) from error
    except BaseException:
        await _end(process, feeding)
        raise
    fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
    status = int(fields.pop("Status", "200").split()[0])
    return BackendAnswer(status, fields, _body(process, process.stdout, feeding))


def _variables(request: Request, repository: Repository, path: str, user: str) -> dict[str, str]:
    variables = {
        "GIT_PROJECT_ROOT": str(repository.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": f"/{repository.path.name}/{path}",
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_ADDR": request.client.host if request.client else "",
        # Git takes pushes from who has a name, and only from those.
        **({"REMOTE_USER": user} if user else {}),
    }
    length = request.headers.get("content-length")
    return variables | ({"CONTENT_LENGTH": length} if length else {})


async def _feed(request: Request, stdin: asyncio.StreamWriter) -> None:
    try:
        async for chunk in request.stream():
            stdin.write(chunk)
            await stdin.drain()
    except (ClientDisconnect, ConnectionError):
        pass  # git sees the end of what it reads, or has ended itself and said why
    finally:
        stdin.close()


async def _body(
    process: asyncio.subprocess.Process, stdout: asyncio.StreamReader, feeding: asyncio.Task[None]
) -> AsyncIterator[bytes]:
    try:
        while chunk := await stdout.read(_CHUNK_BYTES):
            yield chunk
        await process.wait()
    finally:
        await _end(process, feeding)


async def _end(process: asyncio.subprocess.Process, feeding: asyncio.Task[None]) -> None:
    feeding.cancel()
    if process.returncode is None:
        process.kill()
        await process.wait()
