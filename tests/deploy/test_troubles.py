"""What goes wrong is said with the account, the reason and the fix, and the next run finishes."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.deploy import names
from rootguard.deploy.accounts import PackProgress
from rootguard.deploy.coverage import NO_PLAIN_STACK, OUTSIDE
from rootguard.deploy.delegation import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL
from rootguard.errors import RootguardError, UnfinishedError
from rootguard.sandbox import background

TRUST = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"x.amazonaws.com"},"Action":"x:y"}}'
)
PACK = """
Resources:
  Keys:
    Type: AWS::Config::ConfigRule
    Properties: {ConfigRuleName: keys, Source: {Owner: AWS, SourceIdentifier: IAM_ROOT_ACCESS_KEY_CHECK}}
"""
ROLE = "rootguard-root-mfa-enabled"


@pytest.fixture
def organization(world: Any) -> Any:
    return world.organization()


@pytest.fixture
def operator(world: Any, organization: Any) -> Any:
    return world.operator(organization.management_id)


def has_functions(organization: Any, account_id: str) -> bool:
    return bool(organization.client("lambda", account_id).list_functions()["Functions"])


def test_without_a_terminal_and_without_yes_nothing_is_changed(world: Any, organization: Any, zips: Path) -> None:
    careful = world.operator(organization.management_id, agrees=False)
    with pytest.raises(RootguardError, match="There is no terminal to ask at: give --yes to agree beforehand"):
        careful.deploy(build_directory=zips)
    assert "rootguard-artifacts: 2 changes" in careful.shown.getvalue()
    background.idle(LONGEST_WAIT)
    assert careful.stack(names.ARTIFACTS_STACK) is None


def test_before_stack_sets_have_access_nothing_is_begun(operator: Any, organization: Any, zips: Path) -> None:
    organization.client("cloudformation").deactivate_organizations_access()
    with pytest.raises(
        RootguardError, match="run `aws cloudformation activate-organizations-access` in the management"
    ):
        operator.deploy(build_directory=zips)
    assert operator.stack(names.ARTIFACTS_STACK) is None


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        pytest.param(
            {"parameters": ("Alarm=on",)}, "there is none of this name; there are AccessLogBucket, ", id="name"
        ),
        pytest.param(
            {"parameters": ("ExemptAccounts=" + ",".join(["123456789012:2027-01-31"] * 42),)},
            "AWS Config takes 1,024: shorten --parameter ExemptAccounts",
            id="too long for AWS Config",
        ),
        pytest.param({"parameters": ("LogRetentionDays=2",)}, "LogRetentionDays=2: rules.yaml wants one", id="value"),
        pytest.param({"units": ("ou-aaaa-11111111",)}, "--organizational-unit ou-aaaa-11111111: the org", id="unit"),
        pytest.param({"units": ("r-zzzz",)}, r"--organizational-unit r-zzzz: the organization's root is r-", id="root"),
        pytest.param({"units": ("prod",)}, "--organizational-unit prod: an organizational unit's id", id="unit's name"),
        pytest.param({"excluded": ("999999999999",)}, "--exclude 999999999999: the organization has no", id="account"),
        pytest.param({"call_as": "DELEGATED_ADMIN"}, "leave out --call-as delegated-admin", id="call as"),
        pytest.param({"build_directory": Path("nowhere")}, "is no manifest of `rootguard build`", id="build directory"),
    ],
)
def test_a_wrong_choice_is_refused(operator: Any, choices: dict[str, Any], said: str) -> None:
    with pytest.raises(RootguardError, match=said):
        operator.deploy(**choices)
    assert operator.stack(names.ORGANIZATION_STACK) is None


@pytest.mark.slow
def test_a_pack_that_fails_says_what_to_do_and_the_next_run_finishes(
    operator: Any, organization: Any, zips: Path
) -> None:
    mute = organization.member()
    organization.client("config", mute).stop_configuration_recorder(ConfigurationRecorderName="default")
    with pytest.raises(UnfinishedError, match="rootguard-organization ended as ROLLBACK_COMPLETE"):
        operator.deploy(build_directory=zips)
    said = operator.shown.getvalue()
    line = r"^CREATE_FAILED Pack .*NoAvailableConfigurationRecorder.* -> turn AWS Config's recorder on in that account"
    assert re.search(line, said, re.MULTILINE), said
    first, *_, last = said.splitlines()
    assert f"({mute}): turn the recorder on in each, or leave them out by --exclude {mute}" in first
    assert mute in last, "also when the pack is gone before AWS has been asked for its accounts"

    organization.record(mute)
    said = operator.deploy(build_directory=zips)
    assert "rootguard-organization is ROLLBACK_COMPLETE: deleting what an earlier run could not finish" in said
    assert has_functions(organization, mute)
    background.idle(LONGEST_WAIT)
    assert not operator.status().has_problems


def test_an_account_without_a_recorder_stops_the_first_deployment_before_anything_is_made(
    operator: Any, organization: Any, zips: Path
) -> None:
    mute = organization.member(recording=False)
    with pytest.raises(RootguardError, match=f"turn the recorder on in each, or leave them out by --exclude {mute}$"):
        operator.deploy(build_directory=zips)
    assert operator.stack(names.ARTIFACTS_STACK) is None


def test_what_another_account_has_deployed_is_not_deployed_again(world: Any, organization: Any, zips: Path) -> None:
    delegate = organization.member()
    organization.delegate(delegate, STACK_SETS_PRINCIPAL, PACKS_PRINCIPAL)
    organization.client("cloudformation").create_stack_set(
        StackSetName=names.STACK_SET,
        TemplateBody="Resources: {Topic: {Type: 'AWS::SNS::Topic'}}",
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": False},
    )
    second = world.operator(delegate)
    with pytest.raises(RootguardError, match="run this in the account that has deployed it"):
        second.deploy(build_directory=zips)
    assert second.stack(names.ARTIFACTS_STACK) is None
    with pytest.raises(UnfinishedError, match=r"left over: .* run this in the account that has deployed it"):
        second.destroy()


def test_the_accounts_in_which_the_pack_fails_are_known_also_after_it_is_gone(operator: Any, organization: Any) -> None:
    mute, config = organization.member(recording=False), organization.client("config")
    progress = PackProgress(operator.session, "other")
    config.put_organization_conformance_pack(OrganizationConformancePackName="other", TemplateBody=PACK)
    background.idle(LONGEST_WAIT)
    (tally,) = progress.tallies()
    assert (tally.done, tally.total, set(tally.failures)) == (1, 2, {mute})
    config.delete_organization_conformance_pack(OrganizationConformancePackName="other")
    background.idle(LONGEST_WAIT)
    assert progress.tallies() == []
    assert progress.failures[mute].startswith("NoAvailableConfigurationRecorder")


def test_an_account_in_which_the_pack_comes_through_later_has_not_failed(operator: Any, organization: Any) -> None:
    mute, config = organization.member(recording=False), organization.client("config")
    config.put_organization_conformance_pack(OrganizationConformancePackName="other", TemplateBody=PACK)
    background.idle(LONGEST_WAIT)
    progress = PackProgress(operator.session, "other")
    progress.tallies()
    organization.record(mute)
    config.put_organization_conformance_pack(OrganizationConformancePackName="other", TemplateBody=PACK)
    background.idle(LONGEST_WAIT)
    (tally,) = progress.tallies()
    assert (tally.done, tally.total, progress.failures) == (2, 2, {})


@pytest.mark.slow
def test_an_account_that_lags_behind_is_named_and_tried_again(operator: Any, organization: Any, zips: Path) -> None:
    fine, taken = organization.member(), organization.member()
    iam = organization.client("iam", taken)
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=TRUST)
    with pytest.raises(UnfinishedError, match=f"^not done in 1 account, {taken}; mend"):
        operator.deploy(build_directory=zips, pack_deployment="stackset", failure_tolerance=100)
    said = operator.shown.getvalue()
    assert "trying again in 1 account behind the StackSet" in said
    assert re.search(
        rf"^account {taken}: functions: .*already exists.* -> remove what has that name", said, re.MULTILINE
    )
    assert has_functions(organization, fine)
    report = operator.status()
    assert [problem.what for problem in report.by_account[taken]] == ["functions are OUTDATED, FAILED"]
    assert report.by_account[fine] == []

    iam.delete_role(RoleName=ROLE)
    said = operator.deploy(build_directory=zips)
    assert said.count(": nothing changed") == 3
    assert has_functions(organization, taken)
    background.idle(LONGEST_WAIT)
    assert not operator.status().has_problems


@pytest.mark.slow
def test_an_account_that_has_lost_its_functions_gets_them_again(operator: Any, organization: Any, zips: Path) -> None:
    """The stack of the StackSet does not notice: its template has not changed."""
    member, client = organization.member(), organization.client("cloudformation")
    operator.deploy(build_directory=zips)
    background.idle(LONGEST_WAIT)  # no rule is to run meanwhile
    client.delete_stack_instances(
        StackSetName=names.STACK_SET,
        DeploymentTargets={
            "OrganizationalUnitIds": [organization.root_id],
            "Accounts": [member],
            "AccountFilterType": "INTERSECTION",
        },
        Regions=["us-east-1"],
        RetainStacks=False,
    )
    background.idle(LONGEST_WAIT)
    (problem,) = operator.status().by_account[member]
    assert problem.line() == "has no functions (the StackSet has no instance there) -> run `rootguard deploy`"
    said = operator.deploy(build_directory=zips)
    assert said.count(": nothing changed") == 3
    assert "trying again in 1 account behind the StackSet" in said
    assert has_functions(organization, member)
    background.idle(LONGEST_WAIT)
    assert not operator.status().has_problems


@pytest.mark.slow
def test_an_update_that_could_not_be_taken_back_is_taken_back_by_the_next_run(
    operator: Any, organization: Any, zips: Path
) -> None:
    """One account that stops recording is enough: the pack fails there again when it is taken back."""
    mute = organization.member()
    operator.deploy(build_directory=zips)
    recorder = organization.client("config", mute)
    recorder.stop_configuration_recorder(ConfigurationRecorderName="default")
    changed = {"build_directory": zips, "parameters": ("RootNotUsedMaxDaysSinceLastUse=60",)}
    with pytest.raises(UnfinishedError, match="rootguard-organization ended as UPDATE_ROLLBACK_FAILED; mend"):
        operator.deploy(**changed)
    with pytest.raises(UnfinishedError, match="rootguard-organization is still UPDATE_ROLLBACK_FAILED") as error:
        operator.deploy(**changed)
    last_resort = "aws cloudformation continue-update-rollback --region us-east-1 --stack-name rootguard-organization"
    assert f"run `{last_resort} --resources-to-skip Pack`, then this again" in str(error.value)
    said = operator.shown.getvalue()
    assert len(re.findall(r"^UPDATE_FAILED Pack .* -> turn AWS Config's recorder on", said, re.MULTILINE)) == 1

    recorder.start_configuration_recorder(ConfigurationRecorderName="default")
    operator.deploy(**changed)
    assert operator.stack(names.ORGANIZATION_STACK).status == "UPDATE_COMPLETE"
    background.idle(LONGEST_WAIT)
    assert not operator.status().has_problems


@pytest.mark.slow
def test_a_management_account_that_is_excluded_later_loses_its_functions(
    operator: Any, organization: Any, zips: Path
) -> None:
    organization.member()
    operator.deploy(build_directory=zips)
    operator.deploy(build_directory=zips, excluded=(organization.management_id,))
    assert operator.stack(names.RULES_STACK) is None
    background.idle(LONGEST_WAIT)
    functions = organization.client("lambda").list_functions()["Functions"]
    assert [each["FunctionName"] for each in functions] == ["rootguard-pack-redeployment"], "which serves the members"
    report = operator.status()
    inside = {account.is_management: account.inside is not None for account in report.seen.accounts}
    assert (report.has_problems, inside) == (False, {True: False, False: True})
    operator.deploy(build_directory=zips, excluded=())
    assert operator.stack(names.RULES_STACK).status == "CREATE_COMPLETE"


@pytest.mark.slow
def test_what_an_earlier_run_left_behind_is_cleared_away(operator: Any, zips: Path) -> None:
    cloudformation = operator.session.client("cloudformation")
    body = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"
    for stack in (names.ARTIFACTS_STACK, names.RULES_STACK):
        cloudformation.create_change_set(
            StackName=stack, ChangeSetName="rootguard-old", ChangeSetType="CREATE", TemplateBody=body
        )
    operator.deploy(build_directory=zips)
    cloudformation.create_change_set(StackName=names.RULES_STACK, ChangeSetName="rootguard-old", TemplateBody=body)
    cloudformation.create_change_set(StackName=names.RULES_STACK, ChangeSetName="somebody-s", TemplateBody=body)
    assert operator.deploy(build_directory=zips).count(": nothing changed") == 3
    summaries = cloudformation.list_change_sets(StackName=names.RULES_STACK)["Summaries"]
    left = [each["ChangeSetName"] for each in summaries if each["ExecutionStatus"] in {"AVAILABLE", "UNAVAILABLE"}]
    assert left == ["somebody-s"]


@pytest.mark.slow
def test_a_delegated_administrator_deploys_to_all_but_the_management_account(
    world: Any, organization: Any, zips: Path
) -> None:
    delegate, other = organization.member(), organization.member()
    organization.delegate(delegate, STACK_SETS_PRINCIPAL, PACKS_PRINCIPAL)
    operator = world.operator(delegate)
    exempt = "111122223333:2027-01-31,123456789012:2027-01-31"
    operator.deploy(build_directory=zips, parameters=(f"ExemptAccounts={exempt}",))
    said = operator.deploy(build_directory=zips)
    assert f"left out: {organization.management_id}: {NO_PLAIN_STACK}\n" in said
    assert operator.stack(names.RULES_STACK) is None
    assert [has_functions(organization, each) for each in (delegate, other)] == [True, True]
    assert not has_functions(organization, organization.management_id)

    command = re.search(r"to judge the management account as well, run there: (aws .*) \(or update-stack", said)
    assert command
    words = shlex.split(command[1])
    assert words[:3] == ["aws", "cloudformation", "create-stack"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    given = json.loads(options["--parameters"])
    chosen = {each["ParameterKey"]: each["ParameterValue"] for each in given}
    assert chosen == chosen | {"PackDeployment": "stackset", "ExemptAccounts": exempt}, "what was chosen earlier, too"
    organization.client("cloudformation").create_stack(
        StackName=options["--stack-name"],
        TemplateURL=options["--template-url"],
        Capabilities=[options["--capabilities"]],
        Parameters=given,
    )
    background.idle(LONGEST_WAIT)
    assert has_functions(organization, organization.management_id)
    accounts = {account.id: account.left_out for account in operator.status().seen.accounts}
    assert accounts == {organization.management_id: NO_PLAIN_STACK, delegate: "", other: ""}
    assert "nothing is left" in operator.destroy(delete_artifacts=True)


@pytest.mark.slow
def test_only_chosen_accounts_get_functions_and_pack(operator: Any, organization: Any, zips: Path) -> None:
    unit = organization.unit("prod")
    chosen, excluded, outside = organization.member(unit), organization.member(unit), organization.member()
    said = operator.deploy(build_directory=zips, units=(unit,), excluded=(excluded,))
    assert f"left out: {outside}: {OUTSIDE}\n" in said
    got = {account for account in (chosen, excluded, outside) if has_functions(organization, account)}
    assert got == {chosen}
    report = operator.status()
    assert {account.id: account.left_out for account in report.seen.accounts} == {
        organization.management_id: "",
        chosen: "",
        excluded: "excluded by --exclude",
        outside: OUTSIDE,
    }
    background.idle(LONGEST_WAIT)  # another target makes the stack instances anew: no rule is to run meanwhile
    operator.deploy(build_directory=zips, units=(organization.root_id,), excluded=())
    assert all(has_functions(organization, account) for account in (chosen, excluded, outside))
    background.idle(LONGEST_WAIT)
    assert not operator.status().has_problems


@pytest.mark.slow
def test_signed_code_stays_signed(operator: Any, organization: Any, zips: Path) -> None:
    signer = organization.client("signer")
    signer.put_signing_profile(profileName="release", platformId="AWSLambda-SHA384-ECDSA")
    organization.member()
    operator.deploy(build_directory=zips, signing_profile="release")
    arn = signer.get_signing_profile(profileName="release")["profileVersionArn"]
    assert operator.stack(names.ORGANIZATION_STACK).parameters["SigningProfileVersionArn"] == arn
    assert operator.deploy(build_directory=zips).count(": nothing changed") == 3
    operator.deploy(build_directory=zips, signing_profile="none")
    assert operator.stack(names.ORGANIZATION_STACK).parameters["SigningProfileVersionArn"] == ""
