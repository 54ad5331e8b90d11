"""From nothing to rules in every account, through a change, and back to nothing."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.artifacts import build
from rootguard.catalog import load_process_checks, load_rules, rules_directory
from rootguard.deploy import names
from rootguard.deploy.stacks import Stacks
from rootguard.deploy.status.view import as_document
from rootguard.errors import RootguardError
from rootguard.sandbox import background

pytestmark = pytest.mark.slow

RULES = tuple(rule.name for rule in load_rules())
LEFT_OUT = "root-denied-by-scp"  # it cannot judge without the reader role that it requires
CHECKS = [check.name for check in load_process_checks()]
PACK = {*RULES, *CHECKS} - {LEFT_OUT}
STACKS = (names.ARTIFACTS_STACK, names.RULES_STACK, names.ORGANIZATION_STACK)
CHANGED = "root-mfa-enabled"


@pytest.fixture(scope="module")
def changed_zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, but for one rule."""
    folder = tmp_path_factory.mktemp("changed")
    shutil.copytree(rules_directory(), folder / "rules", ignore=shutil.ignore_patterns("__pycache__"))
    module = folder / "rules" / CHANGED / f"{CHANGED.replace('-', '_')}.py"
    module.write_text(module.read_text("utf-8") + "\n# another version\n", "utf-8")
    build(folder / "rules", folder / "build")
    return folder / "build"


@pytest.fixture(scope="module")
def organization(world: Any) -> Any:
    organization = world.organization()
    organization.members = [organization.member(), organization.member()]
    return organization


@pytest.fixture(scope="module")
def operator(world: Any, organization: Any) -> Any:
    return world.operator(organization.management_id)


def everyone(organization: Any) -> list[str]:
    return [organization.management_id, *organization.members]


def code(organization: Any, account_id: str) -> dict[str, str]:
    """The digests of our functions' code, by rule."""
    functions = organization.client("lambda", account_id).list_functions()["Functions"]
    found = {each["FunctionName"].removeprefix("rootguard-"): each["CodeSha256"] for each in functions}
    return {name: digest for name, digest in found.items() if name in RULES}


def pack_rules(organization: Any, account_id: str) -> set[str]:
    rules = organization.client("config", account_id).describe_config_rules()["ConfigRules"]
    return {rule["ConfigRuleName"].partition("-conformance-pack-")[0] for rule in rules}


def stack_ages(operator: Any) -> list[Any]:
    found: Sequence[Any] = [
        operator.session.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0] for name in STACKS
    ]
    return [(stack["StackStatus"], stack.get("LastUpdatedTime")) for stack in found]


@pytest.fixture(scope="module")
def first(operator: Any, zips: Path) -> str:
    """What the first deployment has said."""
    return str(operator.deploy(build_directory=zips))


def test_the_first_deployment_reaches_every_account(organization: Any, first: str) -> None:
    for account_id in everyone(organization):
        assert set(code(organization, account_id)) == set(RULES)
        assert pack_rules(organization, account_id) == PACK
    assert all(f"{name}: " in first for name in STACKS), first
    assert "functions: 2 of 2 accounts\n" in first
    assert "conformance pack: 3 of 3 accounts\n" in first
    assert f"left out of the pack: {LEFT_OUT}, until you give --parameter RootDeniedByScpReaderRoleArn=…\n" in first
    assert first.rstrip().splitlines()[-1].startswith("StackSet: https://us-east-1.console.aws.amazon.com/")


@pytest.mark.usefixtures("first")
def test_a_second_deployment_changes_nothing_and_says_so(operator: Any, zips: Path) -> None:
    before = stack_ages(operator)
    said = operator.deploy(build_directory=zips)
    assert [line for line in said.splitlines() if line.endswith(": nothing changed")] == [
        f"{name}: nothing changed" for name in STACKS
    ]
    assert "0 uploaded" in said
    assert stack_ages(operator) == before
    summaries = operator.session.client("cloudformation").list_change_sets(StackName=STACKS[0])["Summaries"]
    assert [each for each in summaries if each["ExecutionStatus"] == "AVAILABLE"] == []


@pytest.mark.usefixtures("first")
def test_status_sees_every_account(operator: Any, organization: Any) -> None:
    background.idle(LONGEST_WAIT)
    report = operator.status()
    assert [account.id for account in report.seen.accounts] == sorted(everyone(organization))
    assert (report.has_problems, report.is_complete) == (False, True), as_document(report)
    for account in as_document(report)["accounts"]:
        assert {rule["rule"] for rule in account["rules"]} == {*RULES} - {LEFT_OUT}
        assert {each["process_check"] for each in account["attestations"]} == set(CHECKS)
        assert [due["what"] for due in account["attestations_due"]] == [
            f"nobody has attested {name}" for name in CHECKS
        ]
        assert sum(account["compliance"].values()) == len(PACK)
        assert account["recording"] is True
        assert account["compliance"]["INSUFFICIENT_DATA"] == len(CHECKS), "what nobody has answered, and nothing else"
        verdict = next(rule["compliance"] for rule in account["rules"] if rule["rule"] == "root-mfa-enabled")
        assert (verdict == "NOT_APPLICABLE") is (account["id"] in organization.members), "members' roots have nothing"


@pytest.mark.usefixtures("first")
def test_what_status_cannot_see_is_said_with_the_reason(operator: Any, organization: Any) -> None:
    background.idle(LONGEST_WAIT)
    report = operator.status("auditor")
    assert (report.has_problems, report.is_complete) == (False, False)
    unseen = {account.id: account.not_seen for account in report.seen.accounts if account.not_seen}
    assert set(unseen) == set(organization.members)
    assert all("sts:AssumeRole" in reason for reason in unseen.values())


@pytest.mark.usefixtures("first")
def test_a_changed_rule_is_deployed_everywhere_and_nothing_else_is(
    operator: Any, organization: Any, changed_zips: Path
) -> None:
    before = {account_id: code(organization, account_id) for account_id in everyone(organization)}
    said = operator.deploy(build_directory=changed_zips)
    assert f"{names.ARTIFACTS_STACK}: nothing changed" in said
    for account_id, digests in before.items():
        now = code(organization, account_id)
        assert {rule for rule in RULES if now[rule] != digests[rule]} == {CHANGED}


@pytest.mark.usefixtures("first")
def test_a_choice_stays_until_another_is_made(operator: Any, changed_zips: Path) -> None:
    stacks = Stacks(operator.session)

    def retention() -> list[str]:
        found = [stacks.find(name) for name in (names.RULES_STACK, names.ORGANIZATION_STACK)]
        return [stack.parameters["LogRetentionDays"] for stack in found if stack]

    operator.deploy(build_directory=changed_zips, parameters=("LogRetentionDays=30",), failure_tolerance=0)
    assert retention() == ["30", "30"]
    said = operator.deploy(build_directory=changed_zips)
    assert retention() == ["30", "30"]
    assert said.count(": nothing changed") == 3
    operator.deploy(build_directory=changed_zips, parameters=("LogRetentionDays=365",), failure_tolerance=10)
    assert retention() == ["365", "365"]


@pytest.mark.usefixtures("first")
def test_destroy_leaves_nothing_but_the_bucket(operator: Any, organization: Any) -> None:
    said = operator.destroy()
    assert "nothing is left\n" in said
    assert f"kept: {names.ARTIFACTS_STACK} with the bucket " in said
    for account_id in everyone(organization):
        assert code(organization, account_id) == {}
        assert pack_rules(organization, account_id) == set()
        groups = organization.client("logs", account_id).describe_log_groups()["logGroups"]
        assert [group["logGroupName"] for group in groups if "rootguard" in group["logGroupName"]] == []
        roles = organization.client("iam", account_id).list_roles()["Roles"]
        assert [role["RoleName"] for role in roles if role["RoleName"].startswith("rootguard-")] == []
    place = f"account {organization.management_id} in us-east-1"
    assert f"there was nothing to delete: no stack of {place} is ours\n" in operator.destroy()


@pytest.mark.usefixtures("first")
def test_destroy_takes_the_bucket_when_told(operator: Any) -> None:
    (bucket,) = [each["Name"] for each in operator.session.client("s3").list_buckets()["Buckets"]]
    said = operator.destroy(delete_artifacts=True)
    assert f"{bucket}: deleted, with " in said
    assert operator.session.client("s3").list_buckets()["Buckets"] == []
    assert Stacks(operator.session).find(names.ARTIFACTS_STACK) is None
    with pytest.raises(RootguardError, match="nothing is deployed from account"):
        operator.status()
