from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.account import ACCOUNT_INFO_SPEC, account_info
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(ACCOUNT_INFO_SPEC, account_info)


if __name__ == "__main__":
    main()
