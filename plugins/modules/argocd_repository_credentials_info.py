from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.repository import CREDENTIALS_INFO_SPEC, credentials_info
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(CREDENTIALS_INFO_SPEC, credentials_info)


if __name__ == "__main__":
    main()
