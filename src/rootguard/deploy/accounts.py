"""How far a deployment has come in the accounts, which the stack's own events do not show.

A StackSet's operations have a result per account, the organization conformance pack a status per account:
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackSetOperationResults.html and
https://docs.aws.amazon.com/config/latest/APIReference/API_GetOrganizationConformancePackDetailedStatus.html
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from rootguard.aws_session import AwsSession, code_of
from rootguard.deploy.names import PACK, STACK_SET
from rootguard.deploy.standing import CallAs

_PENDING, _GONE = "PENDING", "GONE"
"""Our own words for an account that AWS Config has not come to, or has taken the pack from."""
_ENDED = frozenset({"SUCCEEDED", "FAILED", "STOPPED"})
_TITLES = {"CREATE": "functions", "UPDATE": "functions, updated", "DELETE": "functions, removed"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How far the accounts are with one thing.

    Attributes:
        title: What with.
        states: Account id -> AWS's word for its state; of those in which it is to be done, as far as AWS says so far.
        failures: Account id -> AWS's reason.
    """

    title: str
    states: Mapping[str, str]
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Accounts in which it succeeded."""
        return len(self.states) - len(self.open)

    @property
    def total(self) -> int:
        """Accounts in which it is to be done."""
        return len(self.states)

    @property
    def open(self) -> Mapping[str, str]:
        """The states of the other accounts."""
        return {account: state for account, state in self.states.items() if not _is_done(state)}


def _is_done(state: str) -> bool:
    return state in {"SUCCEEDED", _GONE} or state.endswith("_SUCCESSFUL")


class StackSetProgress:
    """The StackSet's operations that began, or had not ended, when this was made."""

    def __init__(self, session: AwsSession, call_as: CallAs, name: str = STACK_SET) -> None:
        self._client = session.client("cloudformation")
        self._which = {"StackSetName": name, "CallAs": call_as}
        self._over = {operation["OperationId"] for operation in self._operations() if operation["Status"] in _ENDED}
        self.failures: dict[str, str] = {}
        """Account id -> reason, of every operation seen: a rollback soon leaves no trace of them in AWS."""

    def tallies(self) -> list[Tally]:
        """One per kind of operation that has accounts; of several of a kind, the latest counts in each account."""
        results: dict[str, dict[str, Any]] = defaultdict(dict)
        for operation in reversed(self._operations()):
            if operation["OperationId"] not in self._over:
                title = _TITLES.get(operation["Action"], operation["Action"].lower())
                results[title] |= {result["Account"]: result for result in self._results(operation["OperationId"])}
        return [self._tally(title, found) for title, found in results.items() if found]

    def _tally(self, title: str, results: Mapping[str, Any]) -> Tally:
        failures = {
            account: result.get("StatusReason", "no reason given")
            for account, result in results.items()
            if result["Status"] == "FAILED"
        }
        self.failures |= failures
        return Tally(title, {account: result["Status"] for account, result in results.items()}, failures)

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
    """What has become of the organization conformance pack in the accounts since this was made.

    If AWS Config was at work then, that work counts from its beginning.
    """

    def __init__(self, session: AwsSession, name: str = PACK) -> None:
        self._session, self._name = session, name
        before = pack_statuses(session, name)
        self._before = {} if is_busy(before) else {status["AccountId"]: _mark(status) for status in before}
        self.accounts = {str(status["AccountId"]) for status in before}
        """Those of which AWS Config told at the last look."""
        self.failures: dict[str, str] = {}
        """Account id -> reason, of every account that has not come through since: a rollback soon removes the rest."""

    def tallies(self) -> list[Tally]:
        """One, or none as long as nothing happens to the pack."""
        statuses = {status["AccountId"]: status for status in pack_statuses(self._session, self._name)}
        self.accounts = set(statuses)
        failures = {account: pack_error(status) for account, status in statuses.items() if _has_failed(status)}
        still = {account: why for account, why in self.failures.items() if not _is_done(_status(statuses, account))}
        self.failures = still | failures
        old = {account for account, status in statuses.items() if self._before.get(account) == _mark(status)}
        states = {account: _PENDING if account in old else status["Status"] for account, status in statuses.items()}
        states |= dict.fromkeys(self._before.keys() - statuses.keys(), _GONE)
        if old == states.keys():
            return []
        new = {account: reason for account, reason in failures.items() if account not in old}
        return [Tally("conformance pack", states, new)]


def _mark(status: Mapping[str, Any]) -> tuple[object, ...]:
    """What differs as soon as AWS Config has been at work in an account."""
    return status["Status"], status.get("LastUpdateTime")


def _status(statuses: Mapping[str, Any], account: str) -> str:
    return str(statuses[account]["Status"]) if account in statuses else ""


def _has_failed(status: Mapping[str, Any]) -> bool:
    """A deletion leaves the error there."""
    return status["Status"].endswith("_FAILED") or bool(status.get("ErrorCode"))


def is_busy(statuses: Iterable[Mapping[str, Any]]) -> bool:
    """Whether AWS Config is at work on a pack, in an account or as a whole."""
    return any(status["Status"].endswith("_IN_PROGRESS") for status in statuses)


def pack_error(status: Mapping[str, Any]) -> str:
    """Code and message of an account's OrganizationConformancePackDetailedStatus; empty where there are none."""
    return " ".join(filter(None, (status.get("ErrorCode"), status.get("ErrorMessage"))))


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
