from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.repository import CREDENTIALS_SPEC, manage_credentials
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(CREDENTIALS_SPEC, manage_credentials)


if __name__ == "__main__":
    main()
