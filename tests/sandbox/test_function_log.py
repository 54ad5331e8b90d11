"""Whether a function's log reaches CloudWatch Logs is a matter of its role, as on AWS."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from rootguard.sandbox import functions
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.function_package import zipped
from rootguard.sandbox.server import Sandbox

ACCOUNT = "111122223333"
GROUP = "/aws/lambda/logged"
ARN = f"arn:aws:logs:*:{ACCOUNT}:log-group:{GROUP}"
WRITE = ("logs:CreateLogStream", "logs:PutLogEvents")
EVERYTHING = ("logs:CreateLogGroup", *WRITE)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Any:
    """The account's administrator, with a function whose role may do nothing yet."""
    account = Administrators(sandbox).of(ACCOUNT)
    role = account.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    account.client("lambda").create_function(
        FunctionName="logged",
        Runtime="python3.13",
        Handler="f.handler",
        Role=role["Arn"],
        Code={"ZipFile": zipped(f="def handler(event, context):\n    print('hello')\n")},
    )
    return account


def logged(account: Any, group: str = GROUP) -> list[list[str]] | None:
    """The messages of each stream, None without a log group."""
    logs = account.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return None
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    events = [
        logs.get_log_events(logGroupName=group, logStreamName=each["logStreamName"])["events"] for each in streams
    ]
    return [[each["message"] for each in messages] for messages in events]


def permit(account: Any, *statements: dict[str, Any]) -> None:
    """Replace what the function's role may do."""
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    account.client("iam").put_role_policy(RoleName="role", PolicyName="p", PolicyDocument=json.dumps(policy))


def invoke(account: Any, *statements: dict[str, Any], group: bool) -> None:
    """Run the function with a role that has these statements, its log group there beforehand or not."""
    permit(account, *statements)
    logs = account.client("logs")
    if logged(account) is not None:
        logs.delete_log_group(logGroupName=GROUP)
    if group:
        logs.create_log_group(logGroupName=GROUP)
    invocation = functions.invoke(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:logged", {})
    assert invocation.error is None
    assert "hello" in invocation.log


def allow(*actions: str, on: str = f"{ARN}:*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


@pytest.mark.parametrize(
    ("statement", "group"),
    [
        pytest.param(allow(*EVERYTHING), False, id="a role that may create the group gets it created"),
        pytest.param(allow(*EVERYTHING), True, id="a group that is there is used"),
        pytest.param(allow(*WRITE), True, id="a role need not create a group that is there"),
        pytest.param(allow(*EVERYTHING, on=f"{ARN}*"), False, id="a pattern without a colon includes the streams"),
        pytest.param(allow("logs:*", on="*"), False, id="everything on everything"),
    ],
)
def test_log_is_written(account: Any, statement: dict[str, Any], group: bool) -> None:  # noqa: FBT001 - of the table
    invoke(account, statement, group=group)
    streams = logged(account)
    assert streams is not None
    [lines] = streams
    assert [line.split()[0] for line in lines] == ["INIT_START", "START", "hello", "END", "REPORT"]


@pytest.mark.parametrize(
    ("statement", "group", "left"),
    [
        pytest.param(allow(*WRITE), False, None, id="no group and no right to create it"),
        pytest.param(allow("logs:CreateLogGroup"), False, [], id="a group is created, but no stream"),
        pytest.param(allow("logs:CreateLogGroup", WRITE[0]), False, [[]], id="a stream is created and stays empty"),
        pytest.param(allow("logs:CreateLogGroup", WRITE[1]), True, [], id="a right to write, but no stream"),
        pytest.param(allow(*WRITE, on=ARN), True, [], id="the group's name alone is not its streams"),
        pytest.param(allow(*EVERYTHING, on=f"{ARN}2:*"), True, [], id="rights on another group"),
        pytest.param(allow("iam:GetAccountSummary", on="*"), True, [], id="no right that has to do with logs"),
    ],
)
def test_log_is_lost_and_the_function_succeeds(
    account: Any,
    statement: dict[str, Any],
    group: bool,  # noqa: FBT001 - of the table
    left: list[list[str]] | None,
) -> None:
    invoke(account, statement, group=group)
    assert logged(account) == left


def test_a_denial_counts(account: Any) -> None:
    invoke(account, allow("logs:*", on="*"), allow(WRITE[1], on="*") | {"Effect": "Deny"}, group=True)
    assert logged(account) == [[]]


def test_two_invocations_share_the_group_that_the_first_created(account: Any) -> None:
    invoke(account, allow(*EVERYTHING), group=False)
    functions.invoke(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:logged", {})
    assert len(logged(account) or ()) == 2


def test_a_line_is_an_event_whatever_stands_in_it(account: Any) -> None:
    source = """
        print("begun", end="")
        def handler(event, context):
            print("form feed \\f and separator \\u2028")
            print()
            raise ValueError("failed")
    """
    role = account.client("iam").get_role(RoleName="role")["Role"]["Arn"]
    function = {"FunctionName": "lines", "Runtime": "python3.13", "Handler": "f.handler", "Role": role}
    code = {"ZipFile": zipped(f=textwrap.dedent(source))}
    arn = account.client("lambda").create_function(**function, Code=code)["FunctionArn"]
    permit(account, allow("logs:*", on="*"))
    functions.invoke(arn, {})
    [lines] = logged(account, "/aws/lambda/lines") or []
    assert lines[1] == "begun\n"
    assert lines[3:5] == ["form feed \f and separator \u2028\n", "\n"]
    assert lines[5].startswith("[ERROR] ValueError: failed\rTraceback (most recent call last):\r")
    assert [line.split()[0] for line in lines[6:]] == ["END", "REPORT"]
