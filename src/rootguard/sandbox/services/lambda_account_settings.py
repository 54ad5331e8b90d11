"""AWS Lambda: an account's quotas and what it uses of them, which moto does not have.

https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
"""

from typing import Any

from moto.awslambda import urls
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.awslambda.responses import LambdaResponse

from rootguard.sandbox.dispatch import Call, operation

CONCURRENT_EXECUTIONS = 1_000
"""A Region's default quota, as are the sizes below
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). A young account may have less."""
_SIZES = {"TotalCodeSize": 80_530_636_800, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800}

urls.url_paths[r"{0}/(?P<api_version>[^/]+)/account-settings/?$"] = LambdaResponse.dispatch


@operation("lambda:GetAccountSettings")
def get_account_settings(call: Call) -> dict[str, Any]:
    """What functions reserve is not left for others."""
    functions: list[LambdaFunction] = list(lambda_backends[call.account_id][call.region].list_functions())
    reserved = sum(int(function.reserved_concurrency or 0) for function in functions)
    unreserved = CONCURRENT_EXECUTIONS - reserved
    limits = _SIZES | {
        "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
        "UnreservedConcurrentExecutions": unreserved,
    }
    used = {"TotalCodeSize": sum(function.code_size for function in functions), "FunctionCount": len(functions)}
    return {"AccountLimit": limits, "AccountUsage": used}
