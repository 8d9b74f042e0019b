# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command with a lab of its own, and take the lab down afterwards whatever happened.

usage: with_lab.py COMMAND [ARGUMENT ...]
"""

from __future__ import annotations

import subprocess
import sys

import lab_instance


def main() -> None:
    with lab_instance.running(images=("argocd", "examples", "sealed-secrets")) as environment:
        status = subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    sys.exit(status)


if __name__ == "__main__":
    main()
