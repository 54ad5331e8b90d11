"""Switches Security Hub on in the demo's organization, which the management account administers."""

from collections.abc import Sequence

from rootguard.errors import RootguardError
from rootguard.sandbox.administrators import Clients


def enable_hubs(management: Clients, management_id: str, member_ids: Sequence[str]) -> None:
    """Switch Security Hub on in the management account, make that the administrator, and take members in.

    Raises:
        RootguardError: A member was not taken in.
    """
    hub = management.client("securityhub")
    hub.enable_security_hub(EnableDefaultStandards=False)
    hub.enable_organization_admin_account(AdminAccountId=management_id)
    if not member_ids:
        return
    details = [{"AccountId": account_id} for account_id in member_ids]
    if refused := hub.create_members(AccountDetails=details)["UnprocessedAccounts"]:
        raise RootguardError(
            f"Security Hub did not take {refused[0]['AccountId']} in: {refused[0]['ProcessingResult']}"
        )
