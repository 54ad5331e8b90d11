"""How requests name a function.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, FunctionName
"""

import re

from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError

_NAME = re.compile(
    r"(arn:(?P<partition>aws[a-zA-Z-]*):lambda:)?((?P<region>[a-z]{2}(-[a-z]+)+-\d):)?((?P<account>\d{12}):)?"
    r"(function:)?(?P<name>[a-zA-Z0-9-_]+)(:(?P<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?"
)
"""A name, a partial ARN or an ARN, each with or without a version or alias (the API model's NamespacedFunctionName)."""


def function_arn(call: Call) -> str:
    """The ARN that a request means; it decides about account and Region.

    Raises:
        AwsError: InvalidParameterValueException.
    """
    given = str(call.parameters["FunctionName"])
    parts = _NAME.fullmatch(given)
    if parts is None:
        raise AwsError("InvalidParameterValueException", f"Invalid function name: {given}")
    qualifiers = {str(each) for each in (parts["qualifier"], call.parameters.get("Qualifier")) if each}
    if len(qualifiers) > 1:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise AwsError("InvalidParameterValueException", message)
    region, account = parts["region"] or call.region, parts["account"] or call.account_id
    arn = f"arn:{parts['partition'] or call.partition}:lambda:{region}:{account}:function:{parts['name']}"
    return ":".join([arn, *qualifiers])
