"""The StackSet's stack instances: one per account, as CloudFormation sees them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceSummary.html
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rootguard.aws_session import AwsSession, code_of
from rootguard.deploy.names import STACK_SET
from rootguard.deploy.pace import Pace
from rootguard.deploy.standing import CallAs, Standing

_BUSY = "OperationInProgressException"


@dataclass(frozen=True, slots=True)
class Instance:
    """The functions' stack in one account.

    Attributes:
        status: CURRENT, OUTDATED or INOPERABLE: how it stands to the StackSet.
        detailed_status: Of the last operation: SUCCEEDED, FAILED, CANCELLED, RUNNING, SKIPPED_SUSPENDED_ACCOUNT ...
        reason: Why; empty when all is well.
        unit_id: The root or organizational unit by which the account was targeted; empty where AWS does not say.
        stack_id: The stack's ARN; empty before there is one.
    """

    account_id: str
    status: str
    detailed_status: str = ""
    reason: str = ""
    unit_id: str = ""
    stack_id: str = ""

    @property
    def is_current(self) -> bool:
        """Whether the account has what the StackSet says."""
        return self.status == "CURRENT"

    @property
    def is_busy(self) -> bool:
        """Whether CloudFormation is at work on it or soon will be."""
        return self.detailed_status in {"PENDING", "RUNNING"}

    @property
    def is_skipped(self) -> bool:
        """Whether the last operation left it alone, because its account was suspended then."""
        return self.detailed_status == "SKIPPED_SUSPENDED_ACCOUNT"


def stack_instances(session: AwsSession, call_as: CallAs, name: str = STACK_SET) -> Sequence[Instance] | None:
    """Every instance; None where there is no StackSet of that name, or id."""
    pages: Any = session.client("cloudformation").get_paginator("list_stack_instances")
    try:
        return [
            Instance(
                account_id=summary["Account"],
                status=summary["Status"],
                detailed_status=summary.get("StackInstanceStatus", {}).get("DetailedStatus", ""),
                reason=summary.get("StatusReason", ""),
                unit_id=summary.get("OrganizationalUnitId", ""),
                stack_id=summary.get("StackId", ""),
            )
            for page in pages.paginate(StackSetName=name, CallAs=call_as)
            for summary in page["Summaries"]
        ]
    except ClientError as error:
        if code_of(error) == "StackSetNotFoundException":
            return None
        raise


def targeting(name: str, standing: Standing, units: Iterable[str], accounts: Iterable[str]) -> Mapping[str, Any]:
    """A request's members for an operation in some accounts of a service-managed StackSet, in all of them at once.

    Args:
        name: Of the StackSet, or its id.
        standing: Of the account that deploys.
        units: The organizational units, or the root, that have the accounts below them: they cannot be left out.
        accounts: Their ids.
    """
    return {
        "StackSetName": name,
        "CallAs": standing.call_as,
        "DeploymentTargets": {
            "OrganizationalUnitIds": list(units),
            "Accounts": list(accounts),
            "AccountFilterType": "INTERSECTION",
        },
        "Regions": [standing.region],
        "OperationPreferences": {"FailureTolerancePercentage": 100, "MaxConcurrentPercentage": 100},
    }


def begun(operation: Callable[[], Mapping[str, Any]], pace: Pace) -> str:
    """The id of an operation of the StackSet, begun as soon as no other is in its way.

    Args:
        operation: Asks AWS to begin it.
        pace: How often to ask.

    Raises:
        ClientError: AWS refuses.
    """
    started: Mapping[str, Any] = {}
    for _ in pace:
        try:
            started = operation()
        except ClientError as error:
            if code_of(error) != _BUSY:
                raise
        else:
            break
    return str(started["OperationId"])
