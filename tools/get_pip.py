# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for get-pip.py, which ansible-test downloads for each of its virtual environments.

ansible-test first looks for it in its cache (~/.ansible/test/cache), so this lies there where the gate runs: the
environment gets Python's own pip, and that the version asked for, from the package index that pip is set up for.

usage: get_pip.py [--no-setuptools] [--no-wheel] [PIP-OPTION ...] pip==VERSION
"""

from __future__ import annotations

import ensurepip
import subprocess
import sys

# Options of get-pip.py alone: ensurepip brings neither of the two.
OWN_OPTIONS = ("--no-setuptools", "--no-wheel")


def main() -> int:
    ensurepip.bootstrap()
    arguments = [argument for argument in sys.argv[1:] if argument not in OWN_OPTIONS]
    return subprocess.run([sys.executable, "-m", "pip", "install", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
