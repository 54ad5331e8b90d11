"""AWS Lambda: all of a function's configuration, and versions of the code that was meant."""

from moto.awslambda.models import lambda_backends

from rootguard.sandbox import function_configuration
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError

function_configuration.install()


@operation("lambda:PublishVersion")
def publish_version(call: Call) -> Answer:
    """Publish a version, of this very code if its digest is given.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    wanted = call.parameters.get("CodeSha256")
    function = lambda_backends[call.account_id][call.region].get_function(call.parameters["FunctionName"])
    if wanted and wanted != function.code_sha_256:
        message = f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({function.code_sha_256})."
        raise AwsError("InvalidParameterValueException", f"{message} Please try again with the CodeSHA256 in $LATEST.")
    return call.moto()
