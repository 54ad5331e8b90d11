"""What is to be done with a stack in each of the states that CloudFormation knows, and with a reason it gives."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from rootguard.deploy.console_links import console_links
from rootguard.deploy.fixes import failure_lines, fix_of
from rootguard.deploy.instances import begun
from rootguard.deploy.pace import Pace
from rootguard.deploy.stacks import Event, Step, next_step, repair, repair_command
from rootguard.deploy.standing import Standing
from rootguard.deploy.wording import counted, listed, together
from rootguard.errors import UnfinishedError

STEPS = {
    None: Step.CREATE,
    "REVIEW_IN_PROGRESS": Step.CREATE,
    "DELETE_COMPLETE": Step.CREATE,
    "CREATE_COMPLETE": Step.UPDATE,
    "UPDATE_COMPLETE": Step.UPDATE,
    "UPDATE_ROLLBACK_COMPLETE": Step.UPDATE,
    "IMPORT_COMPLETE": Step.UPDATE,
    "IMPORT_ROLLBACK_COMPLETE": Step.UPDATE,
    "CREATE_FAILED": Step.REPLACE,
    "ROLLBACK_COMPLETE": Step.REPLACE,
    "ROLLBACK_FAILED": Step.REPLACE,
    "DELETE_FAILED": Step.REPLACE,
    "CREATE_IN_PROGRESS": Step.WAIT,
    "ROLLBACK_IN_PROGRESS": Step.WAIT,
    "DELETE_IN_PROGRESS": Step.WAIT,
    "UPDATE_IN_PROGRESS": Step.WAIT,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": Step.WAIT,
    "UPDATE_ROLLBACK_IN_PROGRESS": Step.WAIT,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": Step.WAIT,
    "IMPORT_IN_PROGRESS": Step.WAIT,
    "IMPORT_ROLLBACK_IN_PROGRESS": Step.WAIT,
    "UPDATE_FAILED": Step.REPAIR,
    "UPDATE_ROLLBACK_FAILED": Step.ROLL_BACK,
    "IMPORT_ROLLBACK_FAILED": Step.REPAIR,
}
RECORDER = "turn AWS Config's recorder on in that account and Region, or leave the account out by --exclude, "


@pytest.mark.parametrize(("status", "step"), STEPS.items())
def test_next_step(status: str | None, step: Step) -> None:
    assert next_step(status) is step


def test_no_state_is_forgotten() -> None:
    model = botocore.session.get_session().get_service_model("cloudformation")
    assert set(STEPS) - {None} == set(model.shape_for("StackStatus").enum)  # type: ignore[attr-defined] # a string's


@pytest.mark.parametrize(
    ("status", "command"),
    [("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"), ("UPDATE_FAILED", "rollback-stack")],
)
def test_a_stack_between_two_versions_names_the_way_out(status: str, command: str) -> None:
    started = f"aws cloudformation {command} --region eu-central-1 --stack-name mine"
    assert repair_command("mine", status, "eu-central-1") == started
    assert repair_command("mine", status, "eu-central-1", ["A", "B"]) == f"{started} --resources-to-skip A B"
    assert repair("mine", status, "eu-central-1") == f"mend the cause, run `{started}`"


def test_an_import_that_was_not_taken_back_cannot_be_continued() -> None:
    said = repair("mine", "IMPORT_ROLLBACK_FAILED", "eu-central-1")
    assert said.startswith("AWS has no command that takes an import back once more")
    assert said.endswith("run `aws cloudformation delete-stack --region eu-central-1 --stack-name mine`")


def test_a_state_that_is_not_known_yet_names_no_command() -> None:
    assert next_step("SPLIT_FAILED") is Step.REPAIR
    assert repair("mine", "SPLIT_FAILED", "eu-central-1") == "see to it in the AWS console"


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        pytest.param("NoAvailableConfigurationRecorderException No recorder", RECORDER, id="recorder, code"),
        pytest.param("Configuration recorder is not available: configuration recorder", RECORDER, id="recorder, text"),
        pytest.param(
            "InsufficientPermissionsException The Lambda function cannot be invoked",
            "the account got the pack before its functions or roles",
            id="pack before functions",
        ),
        pytest.param(
            "AWSServiceRoleForConfigConforms does not exist in the account.",
            "the account got the pack before its functions or roles",
            id="no service-linked role",
        ),
        pytest.param("Account 1 is suspended", "exclude it", id="suspended"),
        pytest.param(
            "ResourceLogicalId:RootMfaEnabledRole, ResourceStatusReason:rootguard-x already exists",
            "--parameter FunctionPrefix=",
            id="name taken",
        ),
        pytest.param(
            "StackSet rootguard-rules already exists", "`rootguard destroy` there first", id="deployed from elsewhere"
        ),
        pytest.param(
            "Error occurred while GetObject. S3 Error Code: AccessDenied", "artifact bucket", id="code unread"
        ),
        pytest.param(
            "x with an explicit deny in a service control policy", "spare the roles stacksets-exec-", id="SCP"
        ),
        pytest.param(
            "User: x is not authorized to perform: iam:CreateRole", "grant what the reason names", id="denied"
        ),
        pytest.param("Rate exceeded (Throttling)", "AWS was busy", id="throttled"),
        pytest.param(
            'message: "StackSet is not empty (Service',
            "`rootguard deploy` again, which takes it out",
            id="a closed account",
        ),
        pytest.param(
            "Another Operation on StackSet arn:x is in progress: y", "wait until that operation is over", id="busy"
        ),
        pytest.param("Code storage limit exceeded: LimitExceeded", "have that quota raised", id="quota"),
        pytest.param("something else", "mend it, then run `rootguard deploy` again", id="anything else"),
    ],
)
def test_fix_of(reason: str, fix: str) -> None:
    assert fix in fix_of(reason)
    again = fix_of(reason, "rootguard destroy")
    assert fix_of(reason).replace("`rootguard deploy`", "`rootguard destroy`") == again, "what failed is run again"


@pytest.mark.parametrize(
    ("status", "reason", "is_cause"),
    [
        pytest.param("CREATE_FAILED", "User is not authorized", True, id="failure"),
        pytest.param("DELETE_FAILED", "in use", True, id="failed deletion"),
        pytest.param("CREATE_FAILED", "Resource creation cancelled", False, id="follows from another"),
        pytest.param("UPDATE_FAILED", "Resource update cancelled", False, id="follows from another, update"),
        pytest.param("CREATE_COMPLETE", "", False, id="success"),
        pytest.param("ROLLBACK_IN_PROGRESS", "The following resource(s) failed", False, id="rollback"),
    ],
)
def test_only_a_failure_of_its_own_is_a_cause(status: str, reason: str, *, is_cause: bool) -> None:
    event = Event("1", None, "Role", "AWS::IAM::Role", status, reason)  # type: ignore[arg-type] # no matter when
    assert event.is_cause is is_cause


def test_a_pace_slows_down_and_ends_at_its_deadline() -> None:
    rounds = iter(Pace(first=0.001, longest=0.002, deadline=0))
    assert next(rounds) == 0, "there is always one look"
    with pytest.raises(UnfinishedError, match="AWS goes on by itself: run the same command again"):
        next(rounds)
    endless = iter(Pace(first=0.001, longest=0.002))
    assert [next(endless) for _ in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("partition", "region", "start"),
    [
        pytest.param("aws", "eu-central-1", "https://eu-central-1.console.aws.amazon.com/", id="commercial"),
        pytest.param("aws-us-gov", "us-gov-west-1", "https://console.amazonaws-us-gov.com/", id="GovCloud"),
        pytest.param("aws-cn", "cn-north-1", "https://console.amazonaws.cn/", id="China"),
    ],
)
def test_console_links(partition: str, region: str, start: str) -> None:
    links = console_links(Standing("1", "o-1", "1", partition, region, "SELF"))
    assert set(links) == {"conformance pack", "StackSet"}
    assert all(link.startswith(start) and f"region={region}#" in link for link in links.values())


def test_a_partition_whose_console_is_not_public_has_no_links() -> None:
    assert console_links(Standing("1", "o-1", "1", "aws-iso", "us-iso-east-1", "SELF")) == {}


@pytest.mark.parametrize(("number", "words"), [(0, "0 accounts"), (1, "1 account"), (2, "2 accounts")])
def test_counted(number: int, words: str) -> None:
    assert counted(["x"] * number, "account") == words


@pytest.mark.parametrize(
    ("names", "words"), [("a", "a"), ("abcde", "a, b, c, d, e"), ("abcdefg", "a, b, c, d, e and 2 more")]
)
def test_listed(names: str, words: str) -> None:
    assert listed(list(names)) == words


def test_what_is_true_of_many_accounts_is_said_once() -> None:
    texts = [("1111", "role 1111/x"), ("2222", "other"), ("3333", "role 3333/x")]
    assert list(together(texts)) == [(["1111", "3333"], "role <account>/x"), (["2222"], "other")]
    assert list(together([("1111", "role 1111/x")])) == [(["1111"], "role 1111/x")]


def test_failures_name_every_account_and_each_reason_once() -> None:
    failures = {str(account): "Rate  exceeded\n(Throttling)" for account in range(20, 10, -1)} | {"9": "suspended"}
    several, one = failure_lines(failures)
    named = ", ".join(map(str, range(11, 21)))
    assert several == f"10 accounts ({named}): Rate exceeded (Throttling) -> AWS was busy: run `rootguard deploy` again"
    assert one == f"account 9: suspended -> {fix_of('suspended')}"


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "CreateStackInstances")


def test_an_operation_waits_until_no_other_is_in_its_way() -> None:
    answers: list[ClientError | Mapping[str, Any]] = [
        refusal("OperationInProgressException"),
        refusal("OperationInProgressException"),
        {"OperationId": "mine"},
    ]

    def operation() -> Mapping[str, Any]:
        answer = answers.pop(0)
        if isinstance(answer, ClientError):
            raise answer
        return answer

    assert begun(operation, Pace(first=0, longest=0)) == "mine"
    answers.append(refusal("LimitExceededException"))
    with pytest.raises(ClientError, match="LimitExceededException"):
        begun(operation, Pace(first=0, longest=0))
