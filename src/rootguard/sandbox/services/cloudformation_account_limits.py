"""CloudFormation: an account's quotas, which moto does not have.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeAccountLimits.html
"""

from typing import Any

from rootguard.sandbox.dispatch import Call, operation

_LIMITS = {"StackLimit": 2_000, "StackOutputsLimit": 200}
"""A Region's defaults (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html)."""


@operation("cloudformation:DescribeAccountLimits")
def describe_account_limits(_: Call) -> dict[str, Any]:
    """Tell the defaults: nobody asks for more here."""
    return {"AccountLimits": [{"Name": name, "Value": value} for name, value in _LIMITS.items()]}
