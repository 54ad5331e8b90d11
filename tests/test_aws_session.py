"""What a person reads who has no credentials, the wrong ones, or too few permissions."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError

from rootguard import __version__
from rootguard.aws_session import AwsRefusedError, AwsSession, Caller, code_of, explained, explanation, open_session
from rootguard.sandbox.credentials import Keys, operator
from rootguard.sandbox.server import Sandbox

SIGN_IN = "sign in again"
WHO = "arn:aws:sts::111111111111:assumed-role/reader/me"
DENIED = f"User: {WHO} is not authorized to perform: cloudformation:ListStacks on resource: arn:aws:cloudformation:x"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine on which nobody has configured AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


@pytest.fixture
def in_sandbox(environment: pytest.MonkeyPatch, sandbox: Sandbox) -> "Enter":
    return Enter(environment, sandbox)


class Enter:
    """Configures this process as `sandbox.environment` says."""

    def __init__(self, environment: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        self.environment, self.sandbox = environment, sandbox

    def __call__(self, keys: Keys) -> AwsSession:
        for name, value in self.sandbox.environment(keys).items():
            self.environment.setenv(name, value)
        return open_session()


def answer(code: str, message: str = "it says why", prefix: str | None = "cloudformation") -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "RootguardActionPrefix": prefix}
    return ClientError(response, "ListStacks")


def head(code: str, message: str) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "RootguardActionPrefix": "s3"}
    return ClientError(response, "HeadObject")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(answer("ExpiredToken"), f"the credentials have expired: {SIGN_IN} ", id="expired, query protocol"),
        pytest.param(answer("ExpiredTokenException"), f"expired: {SIGN_IN} ", id="expired, JSON protocol"),
        pytest.param(answer("RequestExpired"), f"expired: {SIGN_IN} ", id="expired, EC2's word"),
        pytest.param(answer("InvalidClientTokenId"), "AWS does not know the access key", id="unknown key"),
        pytest.param(answer("UnrecognizedClientException"), "AWS does not know the access key", id="unknown key, JSON"),
        pytest.param(answer("SignatureDoesNotMatch"), "check the secret key", id="wrong secret"),
        pytest.param(answer("RequestTimeTooSkewed"), "clock is wrong", id="clock"),
        pytest.param(answer("OptInRequired"), "has not enabled this Region", id="Region not enabled"),
        pytest.param(answer("Throttling"), "throttled every attempt at cloudformation:ListStacks", id="throttled"),
        pytest.param(answer("TooManyRequestsException"), "wait a minute", id="throttled, another word"),
        pytest.param(
            answer("ValidationError", "Stack with id x\n does not exist"),
            "AWS refused cloudformation:ListStacks: Stack with id x does not exist (ValidationError)",
            id="anything else keeps AWS's words on one line",
        ),
        pytest.param(
            answer("AccessDenied", f"{DENIED} because no identity-based policy allows the action"),
            f"{WHO} may not cloudformation:ListStacks on arn:aws:cloudformation:x: grant it cloudformation:ListStacks",
            id="no permission",
        ),
        pytest.param(
            answer("AccessDeniedException", f"User: {WHO} is not authorized to perform: config:PutConfigRule"),
            f"{WHO} may not config:PutConfigRule: grant it config:PutConfigRule",
            id="no permission, no resource",
        ),
        pytest.param(
            answer("AccessDenied", f"{DENIED} with an explicit deny in a service control policy: arn:aws:o"),
            "its service control policy is in the way; have it allow cloudformation:ListStacks",
            id="denied by an SCP",
        ),
        pytest.param(
            answer("AccessDenied", f"{DENIED} because no permissions boundary allows the action"),
            "its permissions boundary is in the way",
            id="denied by a boundary",
        ),
        pytest.param(
            answer("AccessDenied", f"{DENIED} with an explicit deny in an identity-based policy"),
            "one of its own policies denies it; remove the Deny",
            id="denied by its own policy",
        ),
        pytest.param(
            answer("AccessDeniedException", "You don't have permissions to access this resource."),
            "access denied to cloudformation:ListStacks (You don't have permissions",
            id="denied without a reason",
        ),
        pytest.param(answer("", "", None), "what answered ListStacks is not AWS: check the network", id="empty"),
        pytest.param(answer("403", "<html>"), "what answered cloudformation:ListStacks is not AWS", id="a page"),
        pytest.param(
            head("403", "Forbidden"),
            "access denied to s3:HeadObject (Forbidden): grant s3:GetObject to the identity that runs this",
            id="HEAD, which is told no reason",
        ),
        pytest.param(botocore_errors.NoCredentialsError(), "there are no AWS credentials: give --profile", id="none"),
        pytest.param(
            botocore_errors.SSOTokenLoadError(error_msg="Token for x does not exist"), SIGN_IN, id="SSO never signed in"
        ),
        pytest.param(botocore_errors.UnauthorizedSSOTokenError(), SIGN_IN, id="SSO expired"),
        pytest.param(
            botocore_errors.TokenRetrievalError(provider="sso", error_msg="expired"), SIGN_IN, id="SSO not refreshed"
        ),
        pytest.param(botocore_errors.LoginRefreshRequired(), SIGN_IN, id="aws login expired"),
        pytest.param(
            botocore_errors.CredentialRetrievalError(provider="custom-process", error_msg="exit 1"),
            "cannot be had (Error when retrieving credentials from custom-process: exit 1)",
            id="credential process",
        ),
        pytest.param(
            botocore_errors.EndpointConnectionError(endpoint_url="https://sts.nowhere"),
            "check the network",
            id="no way",
        ),
        pytest.param(
            botocore_errors.ReadTimeoutError(endpoint_url="https://sts.nowhere"), "check the network", id="no answer"
        ),
        pytest.param(
            botocore_errors.ProxyConnectionError(proxy_url="http://proxy"), "check the network, the proxy", id="proxy"
        ),
        pytest.param(
            botocore_errors.SSLError(endpoint_url="https://sts.nowhere", error=OSError("bad")),
            "AWS_CA_BUNDLE",
            id="TLS",
        ),
        pytest.param(
            botocore_errors.ParamValidationError(report="\nInvalid length\n for parameter X"),
            "a value cannot be sent to AWS: Invalid length for parameter X",
            id="malformed argument",
        ),
        pytest.param(BotoCoreError(), "the AWS SDK cannot go on: ", id="any other fault of the SDK"),
    ],
)
def test_every_error_is_one_line_with_the_fix(
    environment: pytest.MonkeyPatch, error: ClientError | BotoCoreError, said: str
) -> None:
    del environment
    line = explanation(error)
    assert said in line
    assert line == " ".join(line.split())


def test_an_endpoint_that_someone_has_set_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    error = botocore_errors.EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    assert explanation(error).endswith(": check AWS_ENDPOINT_URL")


@pytest.mark.parametrize(
    ("variables", "config", "profile", "said"),
    [
        pytest.param({}, "", None, "no Region is given: give --region", id="no Region"),
        pytest.param({"AWS_REGION": "eu west"}, "", None, "give a Region such as eu-central-1", id="no such Region"),
        pytest.param({}, "", "mine", "profile (mine) could not be found", id="unknown --profile"),
        pytest.param({"AWS_PROFILE": "mine"}, "", None, "profile (mine) could not be found", id="unknown AWS_PROFILE"),
        pytest.param({}, "[mine\n", None, "correct ~/.aws/config", id="unreadable configuration"),
        pytest.param(
            {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIA"},
            "",
            None,
            "the AWS credentials are incomplete",
            id="half the keys",
        ),
        pytest.param(
            {"AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": "not a url"},
            "",
            None,
            "correct AWS_ENDPOINT_URL or unset it",
            id="malformed endpoint",
        ),
    ],
)
def test_a_session_that_cannot_be_opened_says_why(
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    variables: Mapping[str, str],
    config: str,
    profile: str | None,
    said: str,
) -> None:
    (tmp_path / "config").write_text(config)
    for name, value in variables.items():
        environment.setenv(name, value)
    with pytest.raises(AwsRefusedError) as refused:
        open_session(profile)
    assert said in str(refused.value)


def test_without_credentials_the_first_call_says_so(environment: pytest.MonkeyPatch) -> None:
    del environment
    session = open_session(region="eu-central-1")
    with pytest.raises(AwsRefusedError, match="there are no AWS credentials"), explained():
        _ = session.caller


@pytest.mark.parametrize(
    ("variables", "profile", "region", "expected"),
    [
        pytest.param({"AWS_REGION": "eu-west-1"}, None, None, "eu-west-1", id="AWS_REGION"),
        pytest.param({"AWS_DEFAULT_REGION": "eu-west-2"}, None, None, "eu-west-2", id="AWS_DEFAULT_REGION"),
        pytest.param(
            {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"},
            None,
            None,
            "eu-west-1",
            id="the former",
        ),
        pytest.param({"AWS_REGION": "eu-west-1"}, None, "eu-west-3", "eu-west-3", id="--region wins"),
        pytest.param({}, "mine", None, "eu-north-1", id="--profile"),
        pytest.param({"AWS_PROFILE": "mine"}, None, None, "eu-north-1", id="AWS_PROFILE"),
        pytest.param({"AWS_REGION": "eu-west-1"}, "mine", None, "eu-west-1", id="AWS_REGION over the profile's"),
    ],
)
def test_the_region_is_found_as_the_aws_cli_finds_it(
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    variables: Mapping[str, str],
    profile: str | None,
    region: str | None,
    expected: str,
) -> None:
    (tmp_path / "config").write_text("[profile mine]\nregion = eu-north-1\n")
    for name, value in variables.items():
        environment.setenv(name, value)
    assert open_session(profile, region).region == expected


def test_a_profile_s_keys_are_used_although_others_stand_in_the_environment(
    in_sandbox: Enter, sandbox: Sandbox, tmp_path: Path
) -> None:
    in_sandbox(operator("111111111111"))
    keys = operator("222222222222")
    (tmp_path / "credentials").write_text(
        f"[mine]\naws_access_key_id = {keys.access_key_id}\naws_secret_access_key = {keys.secret_access_key}\n"
    )
    assert open_session("mine").caller.account_id == "222222222222"
    assert open_session().caller.account_id == "111111111111"
    assert sandbox.endpoint_url == open_session("mine").client("sts").meta.endpoint_url


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        pytest.param("us-east-1", "aws", id="commercial"),
        pytest.param("us-gov-west-1", "aws-us-gov", id="GovCloud"),
        pytest.param("cn-north-1", "aws-cn", id="China"),
    ],
)
def test_the_caller_is_known_in_every_partition(
    in_sandbox: Enter, sandbox: Sandbox, region: str, partition: str
) -> None:
    in_sandbox(operator(sandbox.management_account_id))
    caller = open_session(region=region).caller
    assert isinstance(caller, Caller)
    assert (caller.account_id, caller.partition) == (sandbox.management_account_id, partition)
    assert caller.arn.startswith(f"arn:{partition}:")


def test_a_denied_call_names_who_may_not_do_what(in_sandbox: Enter, sandbox: Sandbox) -> None:
    session = in_sandbox(operator(sandbox.management_account_id))
    role_arn = a_role(session, "powerless")
    powerless = session.assuming(role_arn, "me")
    with pytest.raises(AwsRefusedError) as refused, explained():
        powerless.client("config").describe_config_rules()
    who = f"arn:aws:sts::{sandbox.management_account_id}:assumed-role/powerless/me"
    assert str(refused.value).startswith(f"{who} may not config:DescribeConfigRules")
    assert refused.value.code == "AccessDeniedException"


def test_an_unknown_key_is_said_to_be_unknown(in_sandbox: Enter) -> None:
    session = in_sandbox(Keys("AKIAUNKNOWNUNKNOWN22", "secret"))
    with pytest.raises(AwsRefusedError, match="AWS does not know the access key"), explained():
        _ = session.caller


def test_the_call_of_an_error_is_named_as_iam_spells_it(in_sandbox: Enter, sandbox: Sandbox) -> None:
    session = in_sandbox(operator(sandbox.management_account_id))
    with pytest.raises(ClientError) as error:
        session.client("config").delete_config_rule(ConfigRuleName="gone")
    assert explanation(error.value).startswith("AWS refused config:DeleteConfigRule: ")
    assert code_of(error.value) == "NoSuchConfigRuleException"


def test_aws_is_told_which_program_this_is(in_sandbox: Enter, sandbox: Sandbox) -> None:
    client = in_sandbox(operator(sandbox.management_account_id)).client("sts")
    seen: list[str] = []
    client.meta.events.register("before-send", lambda request, **_: seen.append(request.headers["User-Agent"].decode()))
    client.get_caller_identity()
    assert f"rootguard/{__version__}" in seen[0]


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(ValueError, match="mine"), explained():
        raise ValueError("mine")


def a_role(session: AwsSession, name: str) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": session.caller.account_id}, "Action": "sts:AssumeRole"},
    }
    answered = session.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return str(answered["Role"]["Arn"])
