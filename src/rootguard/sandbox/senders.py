"""In whose name a service hands on a message, and what that one may do: an AWS service itself, or a role it assumed."""

from dataclasses import dataclass
from typing import Protocol

from rootguard.sandbox.callers import Caller, CallerType, session_caller
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.resource_access import Resource, judge_caller, judge_service, refusal
from rootguard.sandbox.role_trust import start_service_session


class Sender(Protocol):
    """Who sends, as the recipient's policies see it."""

    def require(self, action: str, resource: Resource, **context: str | None) -> None:
        """Refuse what the sender may not do.

        Raises:
            AwsError: AccessDenied.
        """


@dataclass(frozen=True, slots=True)
class ServiceSender:
    """An AWS service on behalf of one of its resources.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
    """

    service: str
    source_arn: str
    source_account: str

    def require(self, action: str, resource: Resource, **context: str | None) -> None:
        """Refuse what the resource's own policy does not let the service do."""
        source: dict[str, str | None] = {"aws:SourceArn": self.source_arn, "aws:SourceAccount": self.source_account}
        verdict = judge_service(self.service, action, resource, source | context)
        if not verdict.allowed:
            message = f"{self.service} is not authorized to perform: {action} on resource: {resource.arn}"
            raise AwsError("AccessDenied", f"{message} {verdict.reason(action)}".rstrip(), 403)


@dataclass(frozen=True, slots=True)
class RoleSender:
    """A role's session that a service started."""

    caller: Caller

    @classmethod
    def assumed(cls, role_arn: str, service: str, session_name: str) -> "RoleSender":
        """Let a service assume the role.

        Raises:
            AwsError: AccessDenied if there is no such role or it does not trust the service.
        """
        return cls(session_caller(start_service_session(role_arn, service, session_name)))

    def require(self, action: str, resource: Resource, **context: str | None) -> None:
        """Refuse what the role's policies and, in another account, the resource's own policy do not allow."""
        verdict = judge_caller(self.caller, action, resource, dict(context))
        if not verdict.allowed:
            raise refusal(self.caller, action, resource, verdict)


@dataclass(frozen=True, slots=True)
class AccountSender:
    """An account as a whole, which policies name by its id; of its organization nothing is told."""

    account_id: str
    partition: str

    def require(self, action: str, resource: Resource, **context: str | None) -> None:
        """Refuse what another account's resource does not let this account do."""
        arn = f"arn:{self.partition}:iam::{self.account_id}:root"
        caller = Caller(CallerType.ROOT, self.account_id, self.partition, arn, self.account_id)
        unknown = {"aws:PrincipalOrgID": None, "aws:PrincipalOrgPaths": None}
        verdict = judge_caller(caller, action, resource, {**unknown, **context})
        if not verdict.allowed:
            raise refusal(caller, action, resource, verdict)
