"""AWS Lambda: code signing configurations, which moto does not have.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html and the pages of the operations below.
"""

from datetime import UTC, datetime
from typing import Any

from moto.awslambda import urls
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.awslambda.responses import LambdaResponse

from rootguard.sandbox.code_signing import (
    CodeSigningConfig,
    CodeSigningConfigs,
    existing_config,
    functions_with,
    install,
    new_config,
)
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.state import state

_PER_PAGE = 50

for _path in (r"/?$", r"/(?P<arn>[^/]+)/?$", r"/(?P<arn>[^/]+)/functions/?$"):
    urls.url_paths[rf"{{0}}/(?P<api_version>[^/]+)/code-signing-configs{_path}"] = LambdaResponse.dispatch
install()


@operation("lambda:CreateCodeSigningConfig")
def create_code_signing_config(call: Call) -> dict[str, Any]:
    """Create a configuration."""
    wanted = call.parameters
    publishers = wanted["AllowedPublishers"]["SigningProfileVersionArns"]
    config = new_config(call.account_id, call.region, call.partition, publishers, wanted.get("Description", ""))
    config.tags.update(wanted.get("Tags") or {})
    _change(config, wanted)
    return {"CodeSigningConfig": config.describe()}


@operation("lambda:UpdateCodeSigningConfig")
def update_code_signing_config(call: Call) -> dict[str, Any]:
    """Change a configuration; it "takes effect the next time someone tries to deploy a code package"."""
    config = _config(call)
    _change(config, call.parameters)
    config.modified = datetime.now(UTC)
    return {"CodeSigningConfig": config.describe()}


def _change(config: CodeSigningConfig, wanted: dict[str, Any]) -> None:
    if "Description" in wanted:
        config.description = wanted["Description"]
    if "AllowedPublishers" in wanted:
        config.publishers = tuple(wanted["AllowedPublishers"]["SigningProfileVersionArns"])
    if "CodeSigningPolicies" in wanted:
        config.policy = wanted["CodeSigningPolicies"].get("UntrustedArtifactOnDeployment", "Warn")


@operation("lambda:GetCodeSigningConfig")
def get_code_signing_config(call: Call) -> dict[str, Any]:
    """Describe a configuration."""
    return {"CodeSigningConfig": _config(call).describe()}


@operation("lambda:DeleteCodeSigningConfig")
def delete_code_signing_config(call: Call) -> dict[str, Any]:
    """Delete a configuration that no function uses."""
    config = _config(call)
    if functions_with(config, call.account_id, call.region):
        message = "The code signing configuration is in use by one or more functions and cannot be deleted."
        raise AwsError("ResourceConflictException", message)
    del _configs(call)[config.arn]
    return {}


@operation("lambda:ListCodeSigningConfigs")
def list_code_signing_configs(call: Call) -> dict[str, Any]:
    """List configurations by ARN."""
    rows: dict[tuple[str, ...], Any] = {(config.arn,): config.describe() for config in _configs(call).values()}
    return _listed("CodeSigningConfigs", rows, call)


@operation("lambda:ListFunctionsByCodeSigningConfig")
def list_functions_by_code_signing_config(call: Call) -> dict[str, Any]:
    """List the ARNs of the functions that use a configuration."""
    found = functions_with(_config(call), call.account_id, call.region)
    return _listed("FunctionArns", {(each.function_arn,): each.function_arn for each in found}, call)


def _listed(member: str, rows: dict[tuple[str, ...], Any], call: Call) -> dict[str, Any]:
    size = min(int(call.parameters.get("MaxItems", _PER_PAGE)), _PER_PAGE)
    try:
        keys, token = page(list(rows), lambda key: key, size, call.parameters.get("Marker"))
    except InvalidTokenError:
        raise AwsError("InvalidParameterValueException", "The marker is not valid.") from None
    return {member: [rows[key] for key in keys]} | ({"NextMarker": token} if token else {})


@operation("lambda:PutFunctionCodeSigningConfig")
def put_function_code_signing_config(call: Call) -> dict[str, Any]:
    """Have a function's code judged from its next deployment on."""
    arn = call.parameters["CodeSigningConfigArn"]
    if arn not in _configs(call):
        message = (
            "The code signing configuration cannot be found. Check that the provided configuration is not deleted."
        )
        raise AwsError("CodeSigningConfigNotFoundException", message)
    function = _function(call)
    function.code_signing_config_arn = arn
    return {"CodeSigningConfigArn": arn, "FunctionName": function.function_name}


@operation("lambda:GetFunctionCodeSigningConfig")
def get_function_code_signing_config(call: Call) -> dict[str, Any]:
    """Tell which configuration judges a function's code; no ARN where none does."""
    function = _function(call)
    return {"CodeSigningConfigArn": function.code_signing_config_arn or "", "FunctionName": function.function_name}


@operation("lambda:DeleteFunctionCodeSigningConfig")
def delete_function_code_signing_config(call: Call) -> dict[str, Any]:
    """Have a function's code no longer judged."""
    _function(call).code_signing_config_arn = None
    return {}


@operation("lambda:TagResource")
def tag_resource(call: Call) -> Answer:
    """Add tags to a configuration; functions are moto's."""
    config = _tagged(call)
    if config is None:
        return call.moto()
    config.tags.update(call.parameters["Tags"])
    return {}


@operation("lambda:UntagResource")
def untag_resource(call: Call) -> Answer:
    """Take tags from a configuration."""
    config = _tagged(call)
    if config is None:
        return call.moto()
    for key in call.parameters["TagKeys"]:
        config.tags.pop(key, None)
    return {}


@operation("lambda:ListTags")
def list_tags(call: Call) -> Answer:
    """List a configuration's tags."""
    config = _tagged(call)
    return call.moto() if config is None else {"Tags": dict(config.tags)}


def _tagged(call: Call) -> CodeSigningConfig | None:
    arn = str(call.parameters["Resource"])
    return existing_config(arn, call.account_id, call.region) if ":code-signing-config:" in arn else None


def _configs(call: Call) -> dict[str, CodeSigningConfig]:
    return state(CodeSigningConfigs, call.account_id, call.region).by_arn


def _config(call: Call) -> CodeSigningConfig:
    return existing_config(call.parameters["CodeSigningConfigArn"], call.account_id, call.region)


def _function(call: Call) -> LambdaFunction:
    return lambda_backends[call.account_id][call.region].get_function(call.parameters["FunctionName"])
