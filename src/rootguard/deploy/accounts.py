"""How far a deployment has come in the accounts, which the stack's own events do not show.

A StackSet's operations have a result per account, the organization conformance pack a status per account:
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackSetOperationResults.html and
https://docs.aws.amazon.com/config/latest/APIReference/API_GetOrganizationConformancePackDetailedStatus.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from rootguard.aws_session import AwsSession, code_of
from rootguard.deploy.names import PACK, STACK_SET
from rootguard.deploy.standing import CallAs

_ENDED = frozenset({"SUCCEEDED", "FAILED", "STOPPED"})
_TITLES = {"CREATE": "functions", "UPDATE": "functions, updated", "DELETE": "functions, removed"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many accounts are done.

    Attributes:
        title: What with.
        done: Accounts in which it succeeded.
        total: Accounts in which it is to be done, as far as AWS says so far.
        failures: Account id -> AWS's reason.
    """

    title: str
    done: int
    total: int
    failures: Mapping[str, str] = field(default_factory=dict)


class StackSetProgress:
    """The StackSet's operations that began, or had not ended, when this was made."""

    def __init__(self, session: AwsSession, call_as: CallAs, name: str = STACK_SET) -> None:
        self._client = session.client("cloudformation")
        self._which = {"StackSetName": name, "CallAs": call_as}
        self._over = {operation["OperationId"] for operation in self._operations() if operation["Status"] in _ENDED}
        self.failures: dict[str, str] = {}
        """Account id -> reason, of every operation seen: a rollback soon leaves no trace of them in AWS."""

    def tallies(self) -> list[Tally]:
        """One per kind of operation."""
        return [
            self._tally(operation) for operation in self._operations() if operation["OperationId"] not in self._over
        ]

    def _tally(self, operation: Mapping[str, Any]) -> Tally:
        results = list(self._results(operation["OperationId"]))
        failures = {
            result["Account"]: result.get("StatusReason", "no reason given")
            for result in results
            if result["Status"] == "FAILED"
        }
        self.failures |= failures
        done = sum(result["Status"] == "SUCCEEDED" for result in results)
        return Tally(_TITLES.get(operation["Action"], operation["Action"].lower()), done, len(results), failures)

    def _operations(self) -> list[Any]:
        """The newest come first; as long as nothing but the deployment works on the StackSet, one page has them."""
        try:
            return list(self._client.list_stack_set_operations(**self._which)["Summaries"])
        except ClientError as error:
            if code_of(error) == "StackSetNotFoundException":
                return []
            raise

    def _results(self, operation_id: str) -> Iterator[Any]:
        pages = self._client.get_paginator("list_stack_set_operation_results")
        try:
            for page in pages.paginate(**self._which, OperationId=operation_id):
                yield from page["Summaries"]
        except ClientError as error:
            if code_of(error) not in {"StackSetNotFoundException", "OperationNotFoundException"}:
                raise


class PackProgress:
    """The organization conformance pack in the accounts."""

    def __init__(self, session: AwsSession, name: str = PACK) -> None:
        self._session, self._name = session, name
        self.failures: dict[str, str] = {}
        """Account id -> reason, of every account that has not come through since: a rollback soon removes the rest."""

    def tallies(self) -> list[Tally]:
        """One, or none where there is no pack."""
        statuses = pack_statuses(self._session, self._name)
        if not statuses:
            return []
        done = [status["AccountId"] for status in statuses if status["Status"].endswith("_SUCCESSFUL")]
        failures = {
            status["AccountId"]: " ".join(filter(None, (status.get("ErrorCode"), status.get("ErrorMessage"))))
            for status in statuses
            if status["Status"].endswith("_FAILED") or status.get("ErrorCode")  # which a deletion leaves there
        }
        still = {account: reason for account, reason in self.failures.items() if account not in done}
        self.failures = still | failures
        return [Tally("conformance pack", len(done), len(statuses), failures)]


def pack_statuses(session: AwsSession, name: str = PACK) -> Sequence[Any]:
    """OrganizationConformancePackDetailedStatus per account; empty where there is no pack."""
    pages = session.client("config").get_paginator("get_organization_conformance_pack_detailed_status")
    try:
        return [
            status
            for page in pages.paginate(OrganizationConformancePackName=name)
            for status in page.get("OrganizationConformancePackDetailedStatuses", [])
        ]
    except ClientError as error:
        if code_of(error) == "NoSuchOrganizationConformancePackException":
            return []
        raise
