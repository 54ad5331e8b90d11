"""AWS Lambda: functions. What belongs to one is in `lambda_access` and `lambda_versions`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import gone, refuse, send, undoing, unsupported
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)
from rootguard.sandbox.function_package import zipped

_GONE = "ResourceNotFoundException"
_INLINE_CHARACTERS = 4_194_304

_CONFIGURATION: dict[str, Any] = {
    "Description": "",
    "Handler": None,
    "Role": None,
    "Runtime": None,
    "Timeout": 3,
    "MemorySize": 128,
    "Environment": {"Variables": {}},
    "DeadLetterConfig": {"TargetArn": ""},
    "EphemeralStorage": {"Size": 512},
    "KmsKeyArn": "",
    "Layers": [],
    "LoggingConfig": {"LogFormat": "Text"},
    "SnapStart": {"ApplyOn": "None"},
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
"""What UpdateFunctionConfiguration changes, and the value that undoes it; None is never undone."""
_RENAMED = {"KmsKeyArn": "KMSKeyArn"}
_AT_CREATION = ("Architectures", "CodeSigningConfigArn", "PackageType")
_OTHERS = ("Code", "FunctionName", "ReservedConcurrentExecutions", "Tags")
_SUPPORTED = {*_CONFIGURATION, *_AT_CREATION, *_OTHERS}


@resource_type("AWS::Lambda::Function")
class Function(ResourceType):
    """A function; Ref gives its name. It is Active when CreateFunction answers, so that there is nothing to wait for.

    Without effect here: VpcConfig, KmsKeyArn and TracingConfig, which are kept and shown; functions run without them.
    """

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the function, then set aside its concurrency."""
        _check(self.name, properties)
        client, name = context.client("lambda"), properties.get("FunctionName") or context.generated_name(64)
        request = {member: properties.get(member) for member in (*_CONFIGURATION, *_AT_CREATION)}
        request |= {"FunctionName": name, "Code": _code(properties), "Tags": tags(properties, context)}
        arn = send(client, "CreateFunction", _api_names(request))["FunctionArn"]
        physical = Physical(name, {"Arn": arn})
        with undoing(lambda: self.delete(physical, properties, context)):
            _set_aside(client, name, {}, properties)
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change whose signatures count, then the code, then the rest."""
        _check(self.name, new)
        client, name = context.client("lambda"), physical.id
        _change_code_signing(client, name, old, new)
        if any(old.get(member) != new.get(member) for member in ("Code", "Architectures")):
            request = {"FunctionName": name, **_code(new), "Architectures": new.get("Architectures") or ["x86_64"]}
            send(client, "UpdateFunctionCode", request)
        changes = {
            member: new.get(member, default)
            for member, default in _CONFIGURATION.items()
            if old.get(member) != new.get(member)
        }
        if changes:
            send(client, "UpdateFunctionConfiguration", {"FunctionName": name, **_api_names(changes)})
        _set_aside(client, name, old, new)
        _change_tags(client, physical.attributes["Arn"], old, new, context)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the function with its versions and its policy."""
        with gone(_GONE):
            send(context.client("lambda"), "DeleteFunction", {"FunctionName": physical.id})


def _check(kind: str, properties: Properties) -> None:
    refuse(properties, kind, *(properties.keys() - _SUPPORTED))
    refuse(properties["Code"], f"{kind}.Code", "ImageUri", "SourceKMSKeyArn", "S3ObjectStorageMode")


def _api_names(properties: dict[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(member, member): value for member, value in properties.items()}


def _code(properties: Properties) -> dict[str, Any]:
    """The API's code: source text in the template becomes index.py in an archive."""
    code = dict(properties["Code"])
    text = code.get("ZipFile")
    if text is None:
        return code
    if not str(properties.get("Runtime", "")).startswith("python"):
        raise unsupported("the sandbox runs inline code in Python only")
    if len(text) > _INLINE_CHARACTERS:
        raise ResourceFailedError(f"Inline code must not have more than {_INLINE_CHARACTERS} characters.")
    return code | {"ZipFile": zipped(index=text)}


def _change_code_signing(client: Any, name: str, old: Properties, new: Properties) -> None:
    arn = new.get("CodeSigningConfigArn")
    if arn == old.get("CodeSigningConfigArn"):
        return
    if arn:
        request = {"FunctionName": name, "CodeSigningConfigArn": arn}
        send(client, "PutFunctionCodeSigningConfig", request)
    else:
        send(client, "DeleteFunctionCodeSigningConfig", {"FunctionName": name})


def _set_aside(client: Any, name: str, old: Properties, new: Properties) -> None:
    number = new.get("ReservedConcurrentExecutions")
    if number == old.get("ReservedConcurrentExecutions"):
        return
    if number is None:
        send(client, "DeleteFunctionConcurrency", {"FunctionName": name})
    else:
        request = {"FunctionName": name, "ReservedConcurrentExecutions": number}
        send(client, "PutFunctionConcurrency", request)


def _change_tags(client: Any, arn: str, old: Properties, new: Properties, context: Context) -> None:
    wanted = tags(new, context)
    if lost := removed_tags(old, wanted, context):
        send(client, "UntagResource", {"Resource": arn, "TagKeys": lost})
    if wanted:
        send(client, "TagResource", {"Resource": arn, "Tags": wanted})
