"""Functions and what belongs to them, as CloudFormation makes them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Physical, ResourceFailedError
from rootguard.sandbox.function_package import zipped
from rootguard.sandbox.signing import Signature, sign

FUNCTION, PERMISSION, INVOKE, VERSION, ALIAS, SIGNING = (
    f"AWS::Lambda::{name}"
    for name in ("Function", "Permission", "EventInvokeConfig", "Version", "Alias", "CodeSigningConfig")
)
PROFILE = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/rootguard/AAAAAAAAAA"
SOURCE = "def handler(event, context):\n    return {'greets': event['name']}\n"
BUCKET = "artifacts"


def archive(source: str = SOURCE) -> bytes:
    return zipped(index=source)


@pytest.fixture
def role(account: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn: str = account.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    return arn


@pytest.fixture
def upload(account: Any) -> Callable[..., None]:
    """Put an archive into the artifact bucket."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET)

    def put(key: str, source: str = SOURCE, *, profile: str | None = None) -> None:
        content = archive(source)
        if profile:
            content += profile.encode()
            sign(content, Signature(profile, f"{profile}/job"))
        s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    return put


@pytest.fixture
def minimal(role: str) -> dict[str, Any]:
    return {
        "FunctionName": "rule",
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": role,
        "Code": {"ZipFile": SOURCE},
    }


OPTIONS: dict[str, Any] = {
    "Architectures": ["arm64"],
    "Description": "judges",
    "MemorySize": 256,
    "Timeout": 60,
    "Environment": {"Variables": {"LEVEL": "info"}},
    "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
    "EphemeralStorage": {"Size": 1024},
    "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
    "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/rules"},
    "TracingConfig": {"Mode": "Active"},
}
DEFAULTS: dict[str, Any] = {
    "Architectures": ["x86_64"],
    "Description": "",
    "MemorySize": 128,
    "Timeout": 3,
    "Environment": None,
    "DeadLetterConfig": None,
    "EphemeralStorage": {"Size": 512},
    "KmsKeyArn": None,
    "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/rule"},
    "TracingConfig": {"Mode": "PassThrough"},
}


def configuration(account: Any, name: str = "rule") -> dict[str, Any]:
    """A function's configuration by the names of its properties."""
    found = account.client("lambda").get_function_configuration(FunctionName=name)
    found["KmsKeyArn"] = found.pop("KMSKeyArn", None) or None
    return {option: found.get(option) for option in OPTIONS}


def run(account: Any, name: str = "rule") -> Any:
    answer = account.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"name": "root"}))
    return json.loads(answer["Payload"].read())


def test_a_function_runs_from_the_text_in_its_template(account: Any, minimal: dict[str, Any]) -> None:
    physical = account.create(FUNCTION, minimal)
    assert physical == Physical("rule", {"Arn": f"arn:aws:lambda:us-east-1:{account.id}:function:rule"})
    assert run(account) == {"greets": "root"}


def test_a_function_is_what_its_properties_say(account: Any, minimal: dict[str, Any]) -> None:
    tags = [{"Key": "team", "Value": "security"}]
    physical = account.create(FUNCTION, minimal | OPTIONS | {"ReservedConcurrentExecutions": "2", "Tags": tags})
    assert configuration(account) == OPTIONS
    client = account.client("lambda")
    assert client.get_function_concurrency(FunctionName="rule")["ReservedConcurrentExecutions"] == 2
    assert client.list_tags(Resource=physical.attributes["Arn"])["Tags"] == {
        "team": "security",
        "aws:cloudformation:stack-name": "stack",
    }


def test_a_function_without_a_name_is_named_after_its_stack(account: Any, minimal: dict[str, Any]) -> None:
    del minimal["FunctionName"]
    assert account.create(FUNCTION, minimal).id.startswith("stack-Thing-")


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_is_taken_up_and_given_up_in_place(account: Any, minimal: dict[str, Any], option: str) -> None:
    physical = account.create(FUNCTION, minimal)
    assert configuration(account) == DEFAULTS
    account.update(FUNCTION, physical, minimal, minimal | {option: OPTIONS[option]})
    assert configuration(account) == DEFAULTS | {option: OPTIONS[option]}
    account.update(FUNCTION, physical, minimal | {option: OPTIONS[option]}, minimal)
    assert configuration(account) == DEFAULTS


def test_concurrency_and_tags_change_in_place(account: Any, minimal: dict[str, Any]) -> None:
    old = minimal | {"ReservedConcurrentExecutions": 2, "Tags": [{"Key": "team", "Value": "security"}]}
    physical = account.create(FUNCTION, old)
    account.update(FUNCTION, physical, old, minimal)
    client = account.client("lambda")
    assert client.get_function_concurrency(FunctionName="rule").get("ReservedConcurrentExecutions") is None
    tags = client.list_tags(Resource=physical.attributes["Arn"])["Tags"]
    assert tags == {"aws:cloudformation:stack-name": "stack"}


def test_new_code_is_deployed_and_the_same_is_not(
    account: Any, minimal: dict[str, Any], upload: Callable[..., None]
) -> None:
    upload("1.zip")
    upload("2.zip", "def handler(event, context): return 2")
    old = minimal | {"Code": {"S3Bucket": BUCKET, "S3Key": "1.zip"}}
    physical = account.create(FUNCTION, old)
    assert run(account) == {"greets": "root"}
    upload("1.zip", "def handler(event, context): return 'not deployed'")
    account.update(FUNCTION, physical, old, old | {"Description": "another"})
    assert run(account) == {"greets": "root"}
    account.update(FUNCTION, physical, old, old | {"Code": {"S3Bucket": BUCKET, "S3Key": "2.zip"}})
    assert run(account) == 2


def test_a_version_of_an_object_is_deployed(account: Any, minimal: dict[str, Any], upload: Callable[..., None]) -> None:
    s3 = account.client("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    upload("1.zip")
    first = s3.head_object(Bucket=BUCKET, Key="1.zip")["VersionId"]
    upload("1.zip", "def handler(event, context): return 2")
    account.create(FUNCTION, minimal | {"Code": {"S3Bucket": BUCKET, "S3Key": "1.zip", "S3ObjectVersion": first}})
    assert run(account) == {"greets": "root"}


def test_a_function_logs_to_the_group_of_its_template(account: Any, minimal: dict[str, Any]) -> None:
    account.client("logs").create_log_group(logGroupName="/rules")
    statement = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("iam").put_role_policy(RoleName="function", PolicyName="logs", PolicyDocument=policy)
    account.create(FUNCTION, minimal | {"LoggingConfig": {"LogGroup": "/rules"}})
    run(account)
    assert len(account.client("logs").describe_log_streams(logGroupName="/rules")["logStreams"]) == 1


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "its name is taken": ({"FunctionName": "taken"}, "ResourceConflictException"),
    "its object is not there": ({"Code": {"S3Bucket": BUCKET, "S3Key": "no.zip"}}, "NoSuchKey"),
    "it logs JSON": ({"LoggingConfig": {"LogFormat": "JSON"}}, "SandboxNotImplemented"),
    "it snaps": ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SandboxNotImplemented"),
    "its runtime is pinned": ({"RuntimeManagementConfig": {"UpdateRuntimeOn": "Auto"}}, "SandboxNotImplemented"),
    "it is an image": ({"Code": {"ImageUri": "image"}}, "SandboxNotImplemented"),
    "its inline code is not Python": ({"Runtime": "nodejs22.x"}, "SandboxNotImplemented"),
    "its inline code is too long": ({"Code": {"ZipFile": "#" * 4_194_305}}, "4194304 characters"),
    "its memory is no number": ({"MemorySize": "much"}, "MemorySize must be of type Integer"),
}


@pytest.mark.usefixtures("upload")
@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_function_is_refused(account: Any, minimal: dict[str, Any], change: dict[str, Any], reason: str) -> None:
    account.create(FUNCTION, minimal | {"FunctionName": "taken"})
    with pytest.raises((ClientError, ResourceFailedError), match=reason):
        account.create(FUNCTION, minimal | change)
    functions = account.client("lambda").list_functions()["Functions"]
    assert [function["FunctionName"] for function in functions] == ["taken"]


def test_everything_of_a_function_goes_once(account: Any, minimal: dict[str, Any]) -> None:
    physical = account.create(FUNCTION, minimal)
    account.delete(FUNCTION, physical, minimal)
    account.delete(FUNCTION, physical, minimal)
    assert account.client("lambda").list_functions()["Functions"] == []


CONDITIONS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "AWS Config of one account": (
        {"Principal": "config.amazonaws.com", "SourceAccount": "123456789012"},
        {"Service": "config.amazonaws.com"},
        {"StringEquals": {"AWS:SourceAccount": "123456789012"}},
    ),
    "an event rule": (
        {"Principal": "events.amazonaws.com", "SourceArn": "arn:aws:events:us-east-1:123456789012:rule/r"},
        {"Service": "events.amazonaws.com"},
        {"ArnLike": {"AWS:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/r"}},
    ),
    "an account of an organization": (
        {"Principal": "111111111111", "PrincipalOrgID": "o-aaaaaaaaaa", "SourceAccount": "222222222222"},
        {"AWS": "arn:aws:iam::111111111111:root"},
        {"StringEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa", "AWS:SourceAccount": "222222222222"}},
    ),
}


@pytest.mark.parametrize(("given", "principal", "condition"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_permission_is_a_statement(
    account: Any, minimal: dict[str, Any], given: dict[str, Any], principal: Any, condition: dict[str, Any]
) -> None:
    account.create(FUNCTION, minimal)
    properties = {"FunctionName": "rule", "Action": "lambda:InvokeFunction", **given}
    physical = account.create(PERMISSION, properties)
    (statement,) = json.loads(account.client("lambda").get_policy(FunctionName="rule")["Policy"])["Statement"]
    assert statement == {
        "Sid": physical.id,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws:lambda:us-east-1:{account.id}:function:rule",
        "Condition": condition,
    }
    account.delete(PERMISSION, physical, properties)
    account.delete(PERMISSION, physical, properties)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.client("lambda").get_policy(FunctionName="rule")


@pytest.mark.parametrize("as_arn", [False, True], ids=["by name", "by ARN"])
def test_a_permission_goes_after_its_function(account: Any, minimal: dict[str, Any], *, as_arn: bool) -> None:
    function = account.create(FUNCTION, minimal)
    name = function.attributes["Arn"] if as_arn else "rule"
    properties = {"FunctionName": name, "Action": "lambda:InvokeFunction", "Principal": "config.amazonaws.com"}
    physical = account.create(PERMISSION, properties)
    account.delete(FUNCTION, function, minimal)
    account.delete(PERMISSION, physical, properties)


def test_a_permission_is_for_a_principal(account: Any, minimal: dict[str, Any]) -> None:
    account.create(FUNCTION, minimal)
    with pytest.raises(ClientError, match="The provided principal was invalid"):
        account.create(PERMISSION, {"FunctionName": "rule", "Action": "lambda:InvokeFunction", "Principal": "anybody"})


def test_a_statement_id_is_taken_once(account: Any, minimal: dict[str, Any]) -> None:
    account.create(FUNCTION, minimal)
    statement = {"FunctionName": "rule", "StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "*"}
    account.client("lambda").add_permission(**statement)
    with pytest.raises(ClientError, match=r"ResourceConflictException.*\(one\) provided already exists"):
        account.client("lambda").add_permission(**statement)


def test_failures_have_a_destination_until_the_template_has_none(account: Any, minimal: dict[str, Any]) -> None:
    account.create(FUNCTION, minimal)
    queue = account.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    arn = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    destination = {"OnFailure": {"Destination": arn["Attributes"]["QueueArn"]}}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
    account.client("iam").put_role_policy(RoleName="function", PolicyName="p", PolicyDocument=json.dumps(policy))
    old: dict[str, Any] = {"FunctionName": "rule", "Qualifier": "$LATEST", "DestinationConfig": destination}
    physical = account.create(INVOKE, old)
    client = account.client("lambda")
    found = client.get_function_event_invoke_config(FunctionName="rule", Qualifier="$LATEST")
    assert found["DestinationConfig"]["OnFailure"] == destination["OnFailure"]
    new = {"FunctionName": "rule", "Qualifier": "$LATEST", "MaximumRetryAttempts": "1"}
    account.update(INVOKE, physical, old, new)
    found = client.get_function_event_invoke_config(FunctionName="rule", Qualifier="$LATEST")
    assert found["MaximumRetryAttempts"] == 1
    assert not found.get("DestinationConfig", {}).get("OnFailure")
    account.delete(INVOKE, physical, new)
    account.delete(INVOKE, physical, new)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_function_event_invoke_config(FunctionName="rule", Qualifier="$LATEST")


def test_a_version_is_of_code_that_has_none_yet(account: Any, minimal: dict[str, Any]) -> None:
    function = account.create(FUNCTION, minimal)
    properties = {"FunctionName": "rule"}
    physical = account.create(VERSION, properties)
    arn = f"{function.attributes['Arn']}:1"
    assert physical == Physical(arn, {"FunctionArn": arn, "Version": "1"})
    with pytest.raises(ResourceFailedError, match="A version for this Lambda function exists"):
        account.create(VERSION, properties)
    with pytest.raises(ClientError, match="different from current CodeSHA256"):
        account.create(VERSION, properties | {"CodeSha256": "other"})
    account.delete(VERSION, physical, properties)
    account.delete(VERSION, physical, properties)
    versions = account.client("lambda").list_versions_by_function(FunctionName="rule")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST"]


def test_an_alias_names_a_version(account: Any, minimal: dict[str, Any]) -> None:
    account.create(FUNCTION, minimal)
    account.create(VERSION, {"FunctionName": "rule"})
    old = {"FunctionName": "rule", "FunctionVersion": "1", "Name": "live", "Description": "now"}
    physical = account.create(ALIAS, old)
    assert physical.id == physical.attributes["AliasArn"]
    client = account.client("lambda")
    account.update(ALIAS, physical, old, old | {"FunctionVersion": "$LATEST", "Description": "next"})
    alias = client.get_alias(FunctionName="rule", Name="live")
    assert (alias["FunctionVersion"], alias["Description"]) == ("$LATEST", "next")
    account.delete(ALIAS, physical, old)
    account.delete(ALIAS, physical, old)
    assert client.list_aliases(FunctionName="rule")["Aliases"] == []


def trusting(policy: str | None) -> dict[str, Any]:
    properties: dict[str, Any] = {"AllowedPublishers": {"SigningProfileVersionArns": [PROFILE]}}
    return properties | ({"CodeSigningPolicies": {"UntrustedArtifactOnDeployment": policy}} if policy else {})


OTHER_PROFILE = PROFILE.replace("rootguard", "other")
TAKEN: dict[str, tuple[str | None, str | None, bool]] = {
    "enforced and signed": ("Enforce", PROFILE, True),
    "enforced and signed by another": ("Enforce", OTHER_PROFILE, False),
    "enforced and not signed": ("Enforce", None, False),
    "warned of and not signed": ("Warn", None, True),
    "by default not signed": (None, None, True),
}


@pytest.mark.parametrize(("policy", "profile", "taken"), TAKEN.values(), ids=TAKEN.keys())
def test_code_is_taken_by_its_signature(
    account: Any, minimal: dict[str, Any], upload: Callable[..., None], policy: str, profile: str, *, taken: bool
) -> None:
    upload("1.zip", profile=profile)
    signing = account.create(SIGNING, trusting(policy))
    properties = minimal | {"Code": {"S3Bucket": BUCKET, "S3Key": "1.zip"}, "CodeSigningConfigArn": signing.id}
    if not taken:
        with pytest.raises(ClientError, match=r"CodeVerificationFailedException.*Lambda cannot deploy the function"):
            account.create(FUNCTION, properties)
        assert account.client("lambda").list_functions()["Functions"] == []
        return
    account.create(FUNCTION, properties)
    found = account.client("lambda").get_function_configuration(FunctionName="rule")
    assert found.get("SigningProfileVersionArn") == profile
    assert account.client("lambda").get_function_code_signing_config(FunctionName="rule")["CodeSigningConfigArn"] == (
        signing.id
    )


def test_refused_code_leaves_the_old_code(account: Any, minimal: dict[str, Any], upload: Callable[..., None]) -> None:
    upload("1.zip", profile=PROFILE)
    upload("2.zip", "def handler(event, context): return 2")
    signing = account.create(SIGNING, trusting("Enforce"))
    old = minimal | {"Code": {"S3Bucket": BUCKET, "S3Key": "1.zip"}, "CodeSigningConfigArn": signing.id}
    physical = account.create(FUNCTION, old)
    before = account.client("lambda").get_function_configuration(FunctionName="rule")["CodeSha256"]
    unsigned = {"S3Bucket": BUCKET, "S3Key": "2.zip"}
    with pytest.raises(ClientError, match="CodeVerificationFailedException"):
        account.update(FUNCTION, physical, old, old | {"Code": unsigned})
    assert account.client("lambda").get_function_configuration(FunctionName="rule")["CodeSha256"] == before
    without = {name: value for name, value in old.items() if name != "CodeSigningConfigArn"}
    account.update(FUNCTION, physical, old, without | {"Code": unsigned})
    assert run(account) == 2


def test_a_signing_configuration_changes_in_place_and_goes_when_unused(account: Any, minimal: dict[str, Any]) -> None:
    old = trusting("Warn") | {"Tags": [{"Key": "team", "Value": "security"}]}
    physical = account.create(SIGNING, old)
    new = {
        "AllowedPublishers": {"SigningProfileVersionArns": [PROFILE, OTHER_PROFILE]},
        "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"},
        "Description": "strict",
    }
    account.update(SIGNING, physical, old, new)
    client = account.client("lambda")
    found = client.get_code_signing_config(CodeSigningConfigArn=physical.id)["CodeSigningConfig"]
    assert {name: found[name] for name in new} == new
    assert found["CodeSigningConfigId"] == physical.attributes["CodeSigningConfigId"]
    assert client.list_tags(Resource=physical.id)["Tags"] == {"aws:cloudformation:stack-name": "stack"}
    account.create(FUNCTION, minimal)
    client.put_function_code_signing_config(FunctionName="rule", CodeSigningConfigArn=physical.id)
    listed = client.list_functions_by_code_signing_config(CodeSigningConfigArn=physical.id)["FunctionArns"]
    assert listed == [f"arn:aws:lambda:us-east-1:{account.id}:function:rule"]
    with pytest.raises(ClientError, match="ResourceConflictException"):
        account.delete(SIGNING, physical, new)
    client.delete_function_code_signing_config(FunctionName="rule")
    account.delete(SIGNING, physical, new)
    account.delete(SIGNING, physical, new)
    assert client.list_code_signing_configs()["CodeSigningConfigs"] == []
