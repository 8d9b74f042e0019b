# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns what can go wrong below a backend into the one error the API knows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from slipway_lab.backend import BackendError
from slipway_lab.build.errors import BuildError
from slipway_lab.cluster.kubernetes_api import KubernetesApiError, KubernetesUnreachableError


@contextmanager
def as_backend_errors(cluster: str) -> Iterator[None]:
    """Errors of builds, of the Kubernetes API and of the system become a BackendError that names the cluster."""
    try:
        yield
    except BuildError as error:
        raise BackendError(str(error)) from error
    except KubernetesUnreachableError as error:
        raise BackendError(f"The Kubernetes API of {cluster} does not answer: {error}") from error
    except KubernetesApiError as error:
        raise BackendError(f"The Kubernetes API of {cluster} refused ({error.status}): {error}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise BackendError(f"Cluster {cluster}: {error}") from error
