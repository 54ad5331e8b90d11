"""Whether AWS Config may invoke a function, by the function's resource policy.

Config asks as the service principal config.amazonaws.com and says for which account and rule it does
(aws:SourceAccount, aws:SourceArn). A rule that does not exist yet has no ARN, so a statement that demands one cannot
let its creation pass (https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_nodejs.html,
"restricted Lambda policy"). Other keys, aws:PrincipalOrgID and aws:SourceOrgID among them, are absent: AWS does not
document that Config passes them.
"""

from rootguard.sandbox import functions, policy
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.function_policy import function_policy

_CONFIG = policy.Principal(service="config.amazonaws.com")


def check_invocable(function_arn: str, place: Place, rule_arn: str | None) -> None:
    """Refuse a function that does not exist in the account of its ARN or that Config may not invoke.

    Args:
        function_arn: What the rule names as SourceIdentifier, with or without version or alias.
        place: Where the rule is.
        rule_arn: The rule's, None while it is being created.

    Raises:
        AwsError: InsufficientPermissionsException.
    """
    context = {"aws:SourceAccount": place.account_id, "aws:SourceArn": rule_arn}
    request = policy.Request.of("lambda:InvokeFunction", function_arn, context, _CONFIG)
    if not policy.evaluate(_documents(function_arn), request).allowed:
        raise AwsError(
            "InsufficientPermissionsException",
            f"The AWS Lambda function {function_arn} cannot be invoked. Check the specified function ARN, and "
            "check the function's permissions.",
        )


def _documents(function_arn: str) -> tuple[policy.Document, ...]:
    """The function's policy, none where there is no such function."""
    try:
        return function_policy(functions.find(function_arn))
    except AwsError:
        return ()
