"""Who may use a topic from where: its Region, and its policy, which other accounts need.

A request from another account needs the policy as well as the identity policies there:
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html.
"""

from moto.sns.models import Topic

from rootguard.sandbox.callers import Caller, caller_of
from rootguard.sandbox.dispatch import Call, check
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.policy import (
    Document,
    Layer,
    MalformedPolicyError,
    PolicyType,
    Request,
    UnsupportedPolicyError,
    judge,
    parse,
)
from rootguard.sandbox.request_context import Values, request_context
from rootguard.sandbox.subscriptions import arn_parts, find_topic

# Operations on a topic, and the action that its policy knows each by.
_ACTIONS = {
    "AddPermission": "AddPermission",
    "DeleteTopic": "DeleteTopic",
    "GetTopicAttributes": "GetTopicAttributes",
    "ListSubscriptionsByTopic": "ListSubscriptionsByTopic",
    "Publish": "Publish",
    "PublishBatch": "Publish",
    "RemovePermission": "RemovePermission",
    "SetTopicAttributes": "SetTopicAttributes",
    "Subscribe": "Subscribe",
}
_PLATFORM_ENDPOINT = "endpoint/"


@check
def refuse_foreign_topic(call: Call) -> None:
    """Refuse a topic that is malformed, in another Region, missing, or closed to the caller.

    A topic of another Region is an "Invalid parameter: TopicArn" (https://github.com/boto/boto3/issues/1084). Deleting
    what is not there "does not result in an error" (sns:DeleteTopic, API model).
    """
    action = _ACTIONS.get(call.operation) if call.service == "sns" else None
    arn = call.parameters.get("TopicArn") or call.parameters.get("TargetArn")
    if action is None or not arn:
        return
    parts = arn_parts(arn, "TopicArn")
    if parts[5].startswith(_PLATFORM_ENDPOINT):
        return
    if parts[3] != call.region:
        raise AwsError("InvalidParameter", "Invalid parameter: TopicArn")
    topic = find_topic(arn)
    if topic is not None:
        _check_policy(call, topic, f"SNS:{action}")
    elif action != "DeleteTopic":
        raise AwsError("NotFound", "Topic does not exist")


def checked_policy(text: str) -> Document:
    """A topic's policy, read.

    Raises:
        AwsError: InvalidParameter; SandboxNotImplemented for what the sandbox does not judge.
    """
    try:
        return parse(text)
    except MalformedPolicyError as error:
        raise AwsError("InvalidParameter", f"Invalid parameter: Policy Error: {error}") from None
    except UnsupportedPolicyError as error:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox does not judge a topic policy with {error}.") from None


def _check_policy(call: Call, topic: Topic, action: str) -> None:
    """In the topic's own account only denials of its policy count: identity policies allow there too."""
    caller = caller_of(call)
    foreign = caller.account_id != topic.account_id
    request = Request.of(action, topic.arn, _context(call, caller, topic), caller.principal)
    layer = Layer(PolicyType.RESOURCE_BASED, (checked_policy(topic.policy),), must_allow=foreign)
    verdict = judge((layer,), request)
    if verdict.allowed:
        return
    # worded as in https://github.com/hashicorp/terraform-provider-aws/issues/42115
    message = f"User: {caller.arn} is not authorized to perform: {action} on resource: {topic.arn}"
    raise AwsError("AuthorizationError", f"{message} {verdict.reason(action)}")


def _context(call: Call, caller: Caller, topic: Topic) -> Values:
    """Condition keys; `AWS:SourceOwner` of the default topic policy is the account that asks."""
    return {
        **request_context(call, caller, topic.arn),
        "AWS:SourceOwner": caller.account_id,
        "sns:Protocol": call.parameters.get("Protocol"),
        "sns:Endpoint": call.parameters.get("Endpoint"),
    }
