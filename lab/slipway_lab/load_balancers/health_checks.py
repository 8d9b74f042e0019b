# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks of a load balancer's targets, as asyncio tasks."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable

from slipway_lab.load_balancers.edge_plan import Check


class TargetHealth:
    """Whether one target is well: the first check decides, then it takes as many in a row as the thresholds say."""

    def __init__(self, target: str, check: Check, changed: Callable[[str], None]) -> None:
        """changed: is told in words of every turn."""
        self.healthy = False
        self._target = target
        self._check = check
        self._changed = changed
        self._task = asyncio.create_task(self._run(), name=f"check-{target}")

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        in_a_row = 0
        first = True
        while True:
            problem = await probe(self._target, self._check)
            if (problem is None) == self.healthy and not first:
                in_a_row = 0
            else:
                in_a_row += 1
                needed = self._check.unhealthy_threshold if self.healthy else self._check.healthy_threshold
                if first or in_a_row >= needed:
                    self.healthy, in_a_row, first = problem is None, 0, False
                    self._changed(f"{self._target} is {'well' if problem is None else f'not well: {problem}'}")
            await asyncio.sleep(self._check.interval)


async def probe(target: str, check: Check) -> str | None:
    """One check: None when the target is well, otherwise why it is not."""
    where = f"{check.protocol}:{check.port}{check.path if check.protocol != 'tcp' else ''}"
    try:
        async with asyncio.timeout(check.timeout):
            problem = await _probe(target, check)
    except TimeoutError:
        problem = f"no answer in {check.timeout:g} s"
    except (OSError, EOFError, ValueError) as error:
        problem = str(error) or type(error).__name__
    return None if problem is None else f"{where}: {problem}"


async def _probe(target: str, check: Check) -> str | None:
    context = _unverified() if check.protocol == "https" else None
    reader, writer = await asyncio.open_connection(target, check.port, ssl=context)
    try:
        if check.protocol == "tcp":
            return None
        writer.write(f"GET {check.path} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n".encode())
        words = (await reader.readline()).split(maxsplit=2)
        if len(words) < 2 or not words[1].isdigit():
            return "no answer in HTTP"
        return None if 200 <= int(words[1]) < 300 else f"status {int(words[1])}"
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _unverified() -> ssl.SSLContext:
    """A check asks for a node by its address, for which no certificate vouches."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
