# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options every do_* module and plugin has."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  token:
    description:
      - API token of the DigitalOcean account or team, on one line; whitespace around it is left out. It is sent over
        TLS only.
      - If not set, the first of the environment variables E(DIGITALOCEAN_TOKEN), E(DIGITALOCEAN_ACCESS_TOKEN)
        and E(DO_API_TOKEN) that is set is used.
    type: str
  api_url:
    description:
      - Base URL of the API, V(https://) and a host without a path.
      - If not set, the environment variable E(DIGITALOCEAN_API_URL) is used when it is set.
    type: str
    default: https://api.digitalocean.com
  ca_cert:
    description:
      - Path of a CA bundle in PEM format that is trusted instead of the system's, for an API of your own.
      - If not set, the environment variable E(DIGITALOCEAN_CA_CERT) is used when it is set.
    type: path
  api_timeout:
    description: Seconds to wait for the answer to one call of the API.
    type: int
    default: 60
requirements:
  - pydo >= 0.23.0
seealso:
  - name: DigitalOcean API
    description: Reference of the API that is called.
    link: https://docs.digitalocean.com/reference/api/
"""

    PLUGIN = r"""
options:
  token:
    description: API token of the DigitalOcean account or team. It is sent over TLS only.
    type: str
    env:
      - name: DIGITALOCEAN_TOKEN
      - name: DIGITALOCEAN_ACCESS_TOKEN
      - name: DO_API_TOKEN
  api_url:
    description: Base URL of the API, V(https://) and a host without a path.
    type: str
    default: https://api.digitalocean.com
    env:
      - name: DIGITALOCEAN_API_URL
  ca_cert:
    description: Path of a CA bundle in PEM format that is trusted instead of the system's, for an API of your own.
    type: path
    env:
      - name: DIGITALOCEAN_CA_CERT
  api_timeout:
    description: Seconds to wait for the answer to one call of the API.
    type: int
    default: 60
requirements:
  - pydo >= 0.23.0
"""
