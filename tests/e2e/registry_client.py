# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform's registry as a build has it: with the login of a Secret, and crane."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from real_lab import RealLab

NAME = "registry.digitalocean.com"


class RegistryClient:
    """login: content of .dockerconfigjson. On this machine the registry has an address and no name."""

    def __init__(self, lab: RealLab, login: dict[str, Any], folder: Path) -> None:
        self._address = str(lab.config.host_address)
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"auths": {self._address: login["auths"][NAME]}}))
        self._environment = {
            **os.environ,
            "PATH": lab.environment["PATH"],
            "DOCKER_CONFIG": str(folder),
            "SSL_CERT_FILE": lab.ca_cert,
        }

    def digest(self, repository: str, tag: str) -> str:
        """The digest of what the registry has under a tag."""
        return self._crane("digest", f"{self._address}/{repository}:{tag}").strip()

    def _crane(self, *arguments: str) -> str:
        result = subprocess.run(
            ["crane", *arguments], env=self._environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert result.returncode == 0, f"crane {' '.join(arguments)}: {result.stderr}"
        return result.stdout
