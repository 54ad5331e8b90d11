"""Account: every failure of a call comes out as EvidenceUnavailable that names the call, the account and the Region."""

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest

from rootguard.kit.account import Account, parse_arn
from rootguard.kit.connection import SessionConnection, client_config
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.sandbox.server import Sandbox

type Hearing = Callable[[Mapping[str, Any]], Account]

PLACE = "iam:GetAccountSummary in account 111122223333 (us-east-1): "
GRANT = " -> grant iam:GetAccountSummary to the role that evaluates the rule"
LATER = " -> AWS throttled every attempt; evaluate again later"


def refusal(code: str, message: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


@pytest.mark.parametrize(
    ("answer", "text", "denied"),
    [
        pytest.param((403, refusal("AccessDenied", "no")), f"AccessDenied: no{GRANT}", True, id="denied"),
        pytest.param(
            (403, refusal("AccessDeniedException", "an\n SCP")), f"AccessDeniedException: an SCP{GRANT}", True,
            id="denied by another service's code, in one line",
        ),
        pytest.param(
            (403, refusal("AccessDenied", "not with an explicit deny in a service control policy: arn:x")),
            "AccessDenied: not with an explicit deny in a service control policy: arn:x -> a service control policy is "
            "in the way: have it allow iam:GetAccountSummary to the role that evaluates the rule",
            True,
            id="denied by somebody else's policy",
        ),
        pytest.param(
            (403, refusal("ExpiredToken", "late")),
            "ExpiredToken: late -> the credentials have expired; evaluate again with new ones",
            False,
            id="expired",
        ),
        pytest.param(
            (403, refusal("AuthorizationError", "no")), f"AuthorizationError: no{GRANT}", True, id="denied by SNS"
        ),
        pytest.param((400, refusal("Throttling", "slow")), f"Throttling: slow{LATER}", False, id="throttled"),
        pytest.param(
            (503, refusal("ServiceUnavailable", "sorry")), "ServiceUnavailable: sorry", False, id="service down"
        ),
        pytest.param(
            (403, refusal("InvalidClientTokenId", "who")), "InvalidClientTokenId: who", False, id="unknown key"
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_what_where_and_what_to_do(
    account_hearing: Hearing, answer: tuple[int, str], text: str, *, denied: bool
) -> None:
    account = account_hearing({"GetAccountSummary": answer})
    with pytest.raises(EvidenceUnavailable) as raised:
        account.call("iam:GetAccountSummary")
    assert str(raised.value) == PLACE + text
    assert raised.value.denied is denied
    assert raised.value.code == text.partition(":")[0]


SUMMARY = "<R><GetAccountSummaryResult><SummaryMap><entry><key>Users</key><value>{}</value></entry></SummaryMap>"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param("<html>captive portal", "ResponseParserError: ", id="not XML"),
        pytest.param("<html>captive portal</html>", "KeyError: ", id="other XML"),
        pytest.param(
            SUMMARY.format("many") + "</GetAccountSummaryResult></R>", "ValueError: ", id="a number is a word"
        ),
    ],
)
def test_an_answer_that_cannot_be_parsed_is_no_evidence(account_hearing: Hearing, answer: str, problem: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        account_hearing({"GetAccountSummary": answer}).call("iam:GetAccountSummary")
    assert str(raised.value).startswith(PLACE + problem)
    assert raised.value.code == ""


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param('{"trailList": 5}', "TypeError: ", id="a number for a list"),
        pytest.param('{"trailList": ["all"]}', "AttributeError: ", id="a word for a structure"),
        pytest.param("[]", "AttributeError: ", id="a list for an answer"),
        pytest.param('{"trailList": [', "the answer has no trailList", id="cut off"),
    ],
)
def test_json_of_another_shape_is_no_evidence(account_hearing: Hearing, answer: str, problem: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        account_hearing({"DescribeTrails": answer}).call("cloudtrail:DescribeTrails").structures("trailList")
    assert raised.value.problem.startswith(problem)


def test_an_unreachable_endpoint_is_named(account_at: Callable[[str], Account]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(EvidenceUnavailable) as raised:
            account_at(url).call("iam:GetAccountSummary")
    assert str(raised.value).startswith(
        f'{PLACE}EndpointConnectionError: Could not connect to the endpoint URL: "{url}'
    )


def test_missing_credentials_are_no_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    container = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", *container):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
    account = Account("111122223333", "aws", "us-east-1", SessionConnection(boto3.Session(region_name="us-east-1")))
    with pytest.raises(EvidenceUnavailable) as raised:
        account.call("iam:GetAccountSummary")
    assert str(raised.value) == f"{PLACE}NoCredentialsError: Unable to locate credentials"


def test_parameters_that_the_api_model_forbids_are_explained_too(account: Account) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        account.call("cloudtrail:GetTrailStatus", region="eu-west-1")
    place = "cloudtrail:GetTrailStatus in account 111122223333 (eu-west-1): "
    assert str(raised.value).startswith(f"{place}ParamValidationError: ")


def test_pages_come_one_by_one_until_one_is_refused(account_hearing: Hearing) -> None:
    pages = [
        json.dumps({"Rules": [{"Name": "a"}], "NextToken": "2"}),
        json.dumps({"Rules": [{"Name": "b"}], "NextToken": "3"}),
        (400, json.dumps({"__type": "AccessDeniedException", "message": "no more"})),
    ]
    answers = account_hearing({"ListRules": pages}).pages("events:ListRules", region="us-west-2")
    assert next(answers).structures("Rules")[0].text("Name") == "a"
    assert next(answers).structures("Rules")[0].text("Name") == "b"
    with pytest.raises(EvidenceUnavailable) as raised:
        next(answers)
    assert str(raised.value) == (
        "events:ListRules in account 111122223333 (us-west-2): AccessDeniedException: no more"
        " -> grant events:ListRules to the role that evaluates the rule"
    )


def test_each_region_has_its_own_client(account: Account, sandbox: Sandbox) -> None:
    session = sandbox.session("111122223333")
    session.client("sns", region_name="eu-west-1").create_topic(Name="far")
    assert len(account.call("sns:ListTopics", region="eu-west-1").structures("Topics")) == 1
    assert account.call("sns:ListTopics").structures("Topics") == ()


def trust(principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_an_assumed_role_is_the_account_that_owns_it(
    account: Account, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    iam = sandbox.session("444455556666").client("iam")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust("arn:aws:iam::111122223333:root"))
    other = account.assume(role["Role"]["Arn"])
    assert (other.id, other.partition, other.region) == ("444455556666", "aws", "us-east-1")
    identity = other.call("sts:GetCallerIdentity")
    assert identity.text("Account") == "444455556666"
    assert identity.text("Arn") == "arn:aws:sts::444455556666:assumed-role/reader/rootguard"


def test_a_roles_session_may_have_a_name_of_its_own(
    account: Account, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    iam = sandbox.session("444455556666").client("iam")
    role = iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=trust("arn:aws:iam::111122223333:root"))
    identity = account.assume(role["Role"]["Arn"], session_name=account.id).call("sts:GetCallerIdentity")
    assert identity.text("Arn") == "arn:aws:sts::444455556666:assumed-role/auditor/111122223333"


CREDENTIALS = (
    "<R><{0}Result><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
    "<SessionToken>token</SessionToken><Expiration>2027-01-01T00:00:00Z</Expiration></Credentials></{0}Result></R>"
)


@pytest.mark.parametrize("setting", ["legacy", "regional"])
def test_an_assumed_role_calls_sts_where_it_is(
    account_hearing: Hearing, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """sts:AssumeRoot has no global endpoint, which an older botocore and this setting prefer in us-east-1."""
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", setting)
    account = account_hearing({"AssumeRole": CREDENTIALS.format("AssumeRole")})
    role = account.assume("arn:aws:iam::444455556666:role/auditor")
    connection: Any = role._connection  # noqa: SLF001 - where it would call
    client = connection._client("sts:AssumeRoot", "us-east-1")  # noqa: SLF001
    assert client.meta.endpoint_url == "https://sts.us-east-1.amazonaws.com"


def test_a_members_root_is_seen_for_a_task(account_hearing: Hearing, requests_heard: list[tuple[str, str]]) -> None:
    account = account_hearing({"AssumeRoot": CREDENTIALS.format("AssumeRoot")})
    root = account.assume_root("444455556666", "IAMAuditRootUserCredentials")
    assert (root.id, root.partition, root.region) == ("444455556666", "aws", "us-east-1")
    [(_, body)] = requests_heard
    asked = {name: values[0] for name, values in parse_qs(body).items()}
    assert asked["TargetPrincipal"] == "444455556666"
    assert asked["TaskPolicyArn.arn"] == "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
    assert asked["DurationSeconds"] == "900"


def test_somebody_who_knows_more_gives_other_advice(account_hearing: Hearing) -> None:
    account = account_hearing({"AssumeRoot": (403, refusal("AccessDenied", "no"))})
    with pytest.raises(EvidenceUnavailable) as raised:
        account.assume_root("444455556666", "IAMAuditRootUserCredentials")
    advised = raised.value.advising("enable the feature")
    said = "sts:AssumeRoot in account 111122223333 (us-east-1): AccessDenied: no -> "
    assert str(raised.value) == f"{said}grant sts:AssumeRoot to the role that evaluates the rule"
    assert str(advised) == f"{said}enable the feature"
    assert (advised.code, advised.denied) == ("AccessDenied", True)


def test_a_role_that_refuses_is_no_evidence(account_hearing: Hearing) -> None:
    account = account_hearing({"AssumeRole": (403, refusal("AccessDenied", "not you"))})
    with pytest.raises(EvidenceUnavailable, match="grant sts:AssumeRole to the role that evaluates the rule"):
        account.assume("arn:aws:iam::444455556666:role/reader")


def test_clients_retry_in_standard_mode_and_give_up_before_the_function_does() -> None:
    config: Any = client_config()
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}
    assert (config.connect_timeout, config.read_timeout) == (5, 15)
    assert config.user_agent_extra.startswith("rootguard/")


@pytest.mark.parametrize(
    ("partition", "arn"),
    [
        ("aws", "arn:aws:iam::111122223333:root"),
        ("aws-us-gov", "arn:aws-us-gov:iam::111122223333:root"),
        ("aws-cn", "arn:aws-cn:iam::111122223333:root"),
    ],
)
def test_the_root_user_has_its_partitions_arn(partition: str, arn: str) -> None:
    account = Account("111122223333", partition, "us-east-1", SessionConnection(boto3.Session(region_name="us-east-1")))
    assert account.root_arn == arn


@pytest.mark.parametrize(
    ("arn", "parts"),
    [
        ("arn:aws:sns:eu-west-1:111122223333:topic", ("aws", "eu-west-1", "111122223333")),
        ("arn:aws-cn:logs:cn-north-1:111122223333:log-group:a:*", ("aws-cn", "cn-north-1", "111122223333")),
        ("arn:aws:iam::111122223333:role/path/reader", ("aws", "", "111122223333")),
    ],
)
def test_an_arn_is_taken_apart(arn: str, parts: tuple[str, str, str]) -> None:
    assert parse_arn(arn) == parts


@pytest.mark.parametrize(
    "text",
    ["", "arn:aws:s3:::bucket", "arn:aws:sns:eu-west-1:1234:t", "arn:aws:sns:eu-west-1:111122223333:", "urn:aws:x"],
)
def test_what_names_no_account_is_no_arn(text: str) -> None:
    with pytest.raises(ValueError, match="not an ARN"):
        parse_arn(text)
