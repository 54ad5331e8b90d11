"""For which services an account administers its organization without managing it.

This imports no AWS SDK: what only reads the doctor's texts does without it.
"""

from collections.abc import Iterable

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable

STACK_SETS_PRINCIPAL = "member.org.stacksets.cloudformation.amazonaws.com"
PACKS_PRINCIPAL = "config-multiaccountsetup.amazonaws.com"

_ACTION = "organizations:ListDelegatedAdministrators"


def registering(account_id: str, principal: str) -> str:
    """The command that makes an account a delegated administrator for a service, for the management account."""
    command = "aws organizations register-delegated-administrator"
    return f"{command} --account-id {account_id} --service-principal {principal}"


def delegations(account: Account, principals: Iterable[str]) -> frozenset[str]:
    """Those of the services' principals that the account is registered for; none for a plain member.

    A plain member may not ask, which is itself the answer: the operation "can be called only from the organization's
    management account or by a member account that is a delegated administrator"
    (https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html). That denial is
    told from one by a policy in that it does not name the action
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).

    Raises:
        EvidenceUnavailable: A policy denies the question, or AWS does not answer it.
    """
    found = set[str]()
    for principal in principals:
        try:
            pages = account.pages(_ACTION, ServicePrincipal=principal)
            administrators = {each.text("Id") for page in pages for each in page.structures("DelegatedAdministrators")}
        except EvidenceUnavailable as unavailable:
            if unavailable.denied and _ACTION not in unavailable.problem:
                return frozenset()
            raise
        if account.id in administrators:
            found.add(principal)
    return frozenset(found)
