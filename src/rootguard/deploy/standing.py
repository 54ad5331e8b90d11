"""Which account of the organization the credentials belong to, and so what can be deployed with them."""

from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from rootguard.aws_session import AwsSession, code_of
from rootguard.deploy.delegation import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL, delegations, registering
from rootguard.errors import RootguardError
from rootguard.kit.errors import EvidenceUnavailable

type CallAs = Literal["SELF", "DELEGATED_ADMIN"]

_PRINCIPALS = (STACK_SETS_PRINCIPAL, PACKS_PRINCIPAL)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the deployment is made from.

    Attributes:
        account_id: The account of the credentials.
        organization_id: `o-...`.
        management_account_id: Of that organization.
        partition: `aws`, `aws-us-gov`, `aws-cn`.
        region: The home Region, in which everything is deployed.
        call_as: How StackSets are called; DELEGATED_ADMIN everywhere but in the management account.
    """

    account_id: str
    organization_id: str
    management_account_id: str
    partition: str
    region: str
    call_as: CallAs

    @property
    def in_management_account(self) -> bool:
        """Whether the plain stack of the management account can be deployed, too."""
        return self.account_id == self.management_account_id


def find_standing(session: AwsSession, call_as: CallAs | None = None) -> Standing:
    """Find out from AWS Organizations.

    Args:
        session: Whose account it is about.
        call_as: What the user says; None to find out. It is believed, as long as the account can be that at all:
            a role may be allowed to deploy and not to list delegated administrators, and who has the pack deployed by
            StackSets needs to be delegated those only.

    Raises:
        RootguardError: The account can deploy to no organization; the message says which could, or how.
    """
    caller, organization = session.caller, _organization(session)
    management = organization["MasterAccountId"]
    in_management = caller.account_id == management
    if in_management and call_as == "DELEGATED_ADMIN":
        raise RootguardError(f"account {management} manages the organization: leave out --call-as delegated-admin")
    if not in_management and call_as == "SELF":
        raise RootguardError(
            f"account {caller.account_id} is a member: run this in the management account {management}, or as a "
            "delegated administrator with --call-as delegated-admin"
        )
    if not in_management:
        _check_delegated(session, management, said=call_as is not None)
    return Standing(
        account_id=caller.account_id,
        organization_id=organization["Id"],
        management_account_id=management,
        partition=caller.partition,
        region=session.region,
        call_as="SELF" if in_management else "DELEGATED_ADMIN",
    )


def check_stack_sets(session: AwsSession, standing: Standing) -> None:
    """See that StackSets may work in the organization before anything is made.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeOrganizationsAccess.html

    Raises:
        RootguardError: They may not; the message says how to let them.
    """
    client: Any = session.client("cloudformation")
    status = client.describe_organizations_access(CallAs=standing.call_as)["Status"]
    if status != "ENABLED":
        raise RootguardError(
            f"CloudFormation StackSets have no access to the organization ({status}): run `aws cloudformation "
            f"activate-organizations-access` in the management account {standing.management_account_id}"
        )


def _organization(session: AwsSession) -> dict[str, str]:
    try:
        found: dict[str, str] = session.client("organizations").describe_organization()["Organization"]
    except ClientError as error:
        if code_of(error) != "AWSOrganizationsNotInUseException":
            raise
        raise RootguardError(
            f"account {session.caller.account_id} is in no organization: use the credentials of the management "
            "account, or deploy templates/rules.yaml with PackDeployment=stackset as a stack of this account alone"
        ) from error
    return found


def _check_delegated(session: AwsSession, management: str, *, said: bool) -> None:
    """StackSets and packs are delegated apart from each other; both are needed, unless the user says it is enough."""
    account_id = session.caller.account_id
    try:
        held = delegations(session.account, _PRINCIPALS)
    except EvidenceUnavailable as unavailable:
        if said:
            return
        fix = f"grant {unavailable.action} to whoever runs this" if unavailable.denied else "run this again"
        raise RootguardError(
            f"whether account {account_id} administers the organization cannot be seen ({unavailable.problem}): {fix}, "
            "or say --call-as delegated-admin"
        ) from unavailable
    if said and STACK_SETS_PRINCIPAL in held:
        return
    if missing := [principal for principal in _PRINCIPALS if principal not in held]:
        command = " && ".join(registering(account_id, principal) for principal in missing)
        raise RootguardError(
            f"account {account_id} neither manages the organization nor administers it for {' and '.join(missing)}: "
            f"run this in the management account {management}, or run there: {command}"
        )
