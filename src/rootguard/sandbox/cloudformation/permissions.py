"""With whose permissions a stack works: those of its service role, else those of the caller.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from rootguard.sandbox.background import WorkQueue
from rootguard.sandbox.callers import caller_of
from rootguard.sandbox.clients import BackgroundClients
from rootguard.sandbox.cloudformation.operations import StackOperations
from rootguard.sandbox.cloudformation.template_source import validation_error
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.resource_access import Resource, judge_caller, refusal
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.state import state

_SERVICE = "cloudformation.amazonaws.com"
_SESSION = "AWSCloudFormation"
_UNCHECKED_SECRET = "the sandbox checks no signatures"  # noqa: S105 - and so no secret has to be right


def stack_clients(call: Call, role_arn: str | None) -> BackgroundClients:
    """Clients for a stack operation.

    Args:
        call: The request for it.
        role_arn: The stack's service role, which the caller has to be allowed to pass if the request names it.

    Raises:
        AwsError: AccessDenied for a role that the caller may not pass; ValidationError for one that does not trust
            CloudFormation.
    """
    queue: WorkQueue = state(StackOperations)
    if role_arn is None:
        token = call.response.headers.get("X-Amz-Security-Token")
        return BackgroundClients(Keys(call.access_key, _UNCHECKED_SECRET, token), queue, call.region)
    if call.parameters.get("RoleARN"):
        _check_passing(call, role_arn)
    try:
        session = start_service_session(role_arn, _SERVICE, _SESSION)
    except AwsError as error:
        if error.code != "AccessDenied":
            raise
        raise validation_error(f"Role {role_arn} is invalid or cannot be assumed") from None
    return BackgroundClients(session.keys, queue, call.region)


def _check_passing(call: Call, role_arn: str) -> None:
    caller = caller_of(call)
    role = Resource(role_arn, call.account_id)
    verdict = judge_caller(caller, "iam:PassRole", role, {"iam:PassedToService": _SERVICE})
    if not verdict.allowed:
        raise refusal(caller, "iam:PassRole", role, verdict)
