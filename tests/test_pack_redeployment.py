"""The function that deploys the organization's pack again, against the sandbox, in the order that goes wrong."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.templates.settling import settled

from rootguard.pack_redeployment import RedeploymentError, lambda_handler
from rootguard.permissions import TRUST_POLICY
from rootguard.sandbox.background import idle
from rootguard.sandbox.cloudformation.stack_store import existing
from rootguard.sandbox.cloudformation.stacks import Stack
from rootguard.sandbox.config_rules.organization_packs import Deployment, OrganizationPack, organization_packs_of
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.dispatch import recording
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state

BUCKET, URI, STACK = "artifacts", "s3://artifacts/1/conformance-pack.yaml", "rootguard-organization"
TEMPLATE = """
Parameters: {Word: {Type: String, Default: ''}}
Resources:
  Rule:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: judged
      InputParameters: {Word: {Ref: Word}}
      Source:
        Owner: CUSTOM_LAMBDA
        SourceIdentifier: {Fn::Sub: 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:judge'}
        SourceDetails: [{EventSource: aws.config, MessageType: ScheduledNotification}]
"""
PARAMETERS = [{"ParameterName": "Word", "ParameterValue": "kept"}]
STACK_TEMPLATE = """
Parameters: {ArtifactBucket: {Type: String}, ArtifactPrefix: {Type: String}}
Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref ArtifactPrefix}}}
"""


class Clock:
    """Lambda's context: so many looks at the clock until the time is over, and what happens at each."""

    def __init__(self, looks: int, at: Callable[[int], None] = lambda _: None) -> None:
        self._looks, self._seen, self._at = looks, 0, at

    def get_remaining_time_in_millis(self) -> int:
        self._seen += 1
        self._at(self._seen)
        return 600_000 if self._seen < self._looks else 0


class Organization:
    """An organization with a pack whose function the management account has."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.management = self.client_of(sandbox.management_account_id)
        self.organizations = self.management("organizations")
        self.organizations.create_organization(FeatureSet="ALL")
        self.excluded = self.add("excluded")
        self.prepare(sandbox.management_account_id)
        self.give_function(sandbox.management_account_id)
        self.management("s3").create_bucket(Bucket=BUCKET)
        self.management("s3").put_object(Bucket=BUCKET, Key="1/conformance-pack.yaml", Body=TEMPLATE.encode())
        self.deploy_stack("1/")
        self.config = self.management("config")
        self.config.put_organization_conformance_pack(
            OrganizationConformancePackName="rootguard",
            TemplateS3Uri=URI,
            ConformancePackInputParameters=PARAMETERS,
            ExcludedAccounts=[self.excluded],
        )
        assert idle(30)

    def deploy_stack(self, prefix: str) -> None:
        """The stack that the pack is part of, as far as it is read; a second time with another prefix."""
        cloudformation = self.management("cloudformation")
        given = {"ArtifactBucket": BUCKET, "ArtifactPrefix": prefix}
        change = cloudformation.create_stack if prefix == "1/" else cloudformation.update_stack
        change(
            StackName=STACK,
            TemplateBody=STACK_TEMPLATE,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        )
        assert settled(cloudformation, STACK)["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}

    def client_of(self, account_id: str) -> Callable[[str], Any]:
        session: Any = self.sandbox.session(account_id)
        make: Callable[[str], Any] = session.client
        return make

    def add(self, name: str) -> str:
        created = self.organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        account_id: str = created["CreateAccountStatus"]["AccountId"]
        return account_id

    def add_recorded(self, name: str) -> str:
        """An account to which AWS Config has come before the function."""
        account_id = self.add(name)
        self.prepare(account_id)
        assert idle(30)
        return account_id

    def prepare(self, account_id: str) -> None:
        client = self.client_of(account_id)
        client("s3").create_bucket(Bucket=f"config-{account_id}")
        role = f"arn:aws:iam::{account_id}:role/recorder"
        config = client("config")
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"config-{account_id}"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

    def give_function(self, account_id: str) -> None:
        client = self.client_of(account_id)
        role = client("iam").create_role(RoleName="judge", AssumeRolePolicyDocument=json.dumps(TRUST_POLICY))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", "def handler(event, context): ...")
        client("lambda").create_function(
            FunctionName="judge",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="index.handler",
            Code={"ZipFile": packed.getvalue()},
        )
        client("lambda").add_permission(
            FunctionName="judge",
            StatementId="config",
            Action="lambda:InvokeFunction",
            Principal="config.amazonaws.com",
            SourceAccount=account_id,
        )

    def status(self, account_id: str) -> dict[str, Any]:
        [found] = self.config.get_organization_conformance_pack_detailed_status(
            OrganizationConformancePackName="rootguard", Filters={"AccountId": account_id}
        )["OrganizationConformancePackDetailedStatuses"]
        return dict(found)

    @property
    def pack(self) -> dict[str, Any]:
        [found] = self.config.describe_organization_conformance_packs()["OrganizationConformancePacks"]
        return dict(found)

    @property
    def deployment(self) -> OrganizationPack:
        """The sandbox's own record."""
        place = Place(self.sandbox.management_account_id, self.sandbox.region)
        return organization_packs_of(place).by_name["rootguard"]

    @property
    def stack(self) -> Stack:
        """The sandbox's own record."""
        found = existing(Place(self.sandbox.management_account_id, self.sandbox.region), STACK)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def organization(running: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Organization:
    running.reset()
    state(Settings).evaluate_on_creation = False
    monkeypatch.setenv("PACK_NAME", "rootguard")
    monkeypatch.setenv("STACK_ID", STACK)
    monkeypatch.setenv("FIRST_PAUSE_SECONDS", "0.01")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", running.session(running.management_account_id))
    return Organization(running)


def created(account_id: str) -> dict[str, Any]:
    """The event of a stack instance, as far as it is read."""
    stack = f"arn:aws:cloudformation:us-east-1:{account_id}:stack/StackSet-rootguard-rules-1/2"
    return {
        "detail-type": "CloudFormation StackSet StackInstance Status Change",
        "detail": {"stack-id": stack, "action": "CREATE", "status-details": {"status": "CURRENT"}},
    }


def test_a_new_account_that_got_the_pack_before_its_functions_gets_it_again(organization: Organization) -> None:
    new = organization.add_recorded("new")
    failed = organization.status(new)
    assert (failed["Status"], failed["ErrorCode"]) == ("CREATE_FAILED", "InsufficientPermissionsException")
    before = organization.pack
    organization.give_function(new)

    assert lambda_handler(created(new), Clock(1_000)) == "CREATE_SUCCESSFUL"

    assert organization.status(new)["Status"] == "CREATE_SUCCESSFUL"
    after = organization.pack
    assert after.pop("LastUpdateTime") > before.pop("LastUpdateTime")
    assert after == before
    assert (after["ConformancePackInputParameters"], after["ExcludedAccounts"]) == (PARAMETERS, [organization.excluded])
    [rule] = organization.client_of(new)("config").describe_config_rules()["ConfigRules"]
    assert json.loads(rule["InputParameters"]) == {"Word": "kept"}


def test_an_account_that_has_the_pack_is_left_alone(organization: Organization) -> None:
    before = organization.pack
    management = organization.sandbox.management_account_id
    assert lambda_handler(created(management), Clock(1_000)) == "CREATE_SUCCESSFUL"
    assert organization.pack == before


def test_an_excluded_account_is_left_alone(organization: Organization) -> None:
    before = organization.pack
    assert lambda_handler(created(organization.excluded), Clock(1_000)) == "EXCLUDED"
    assert organization.pack == before


def test_an_account_that_aws_config_does_not_know_yet_gets_the_pack(organization: Organization) -> None:
    new = organization.add_recorded("new")
    organization.give_function(new)
    del organization.deployment.deployments[new]
    assert lambda_handler(created(new), Clock(1_000)) == "CREATE_SUCCESSFUL"


def test_a_pack_in_progress_is_waited_for_and_then_put(organization: Organization) -> None:
    """Another account's deployment is in progress until the third look at the clock."""
    new = organization.add_recorded("new")
    organization.give_function(new)
    organization.deployment.status = "UPDATE_IN_PROGRESS"

    def end(look: int) -> None:
        if look == 3:
            organization.deployment.status = "UPDATE_FAILED"

    assert lambda_handler(created(new), Clock(1_000, end)) == "CREATE_SUCCESSFUL"


def test_while_the_stack_is_changed_the_pack_is_left_to_it(organization: Organization) -> None:
    """CloudFormation, which cannot put a pack in progress either, would fail and roll the stack back."""
    new = organization.add_recorded("new")
    organization.give_function(new)
    before = organization.pack
    organization.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

    def end(look: int) -> None:
        assert organization.pack == before or look > 3
        if look == 3:
            organization.stack.status = "UPDATE_COMPLETE"

    assert lambda_handler(created(new), Clock(1_000, end)) == "CREATE_SUCCESSFUL"


def test_what_has_been_deployed_while_it_waited_is_what_it_puts(organization: Organization) -> None:
    new = organization.add_recorded("new")
    organization.give_function(new)
    organization.deployment.status = "UPDATE_IN_PROGRESS"
    changed = ({"ParameterName": "Word", "ParameterValue": "changed"},)

    def deploy(look: int) -> None:
        if look != 2:
            return
        key, text = "2/conformance-pack.yaml", TEMPLATE.replace("judged", "judged-anew")
        organization.management("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())
        organization.deploy_stack("2/")
        organization.deployment.request = replace(organization.deployment.request, inputs=changed)
        organization.deployment.status = "UPDATE_FAILED"

    assert lambda_handler(created(new), Clock(1_000, deploy)) == "CREATE_SUCCESSFUL"

    [rule] = organization.client_of(new)("config").describe_config_rules()["ConfigRules"]
    assert rule["ConfigRuleName"].startswith("judged-anew-")
    assert json.loads(rule["InputParameters"]) == {"Word": "changed"}
    assert organization.pack["ConformancePackInputParameters"] == list(changed)


def test_accounts_that_ask_at_once_are_served_by_one_putting(organization: Organization) -> None:
    new = [organization.add_recorded(f"new-{number}") for number in range(3)]
    for account_id in new:
        organization.give_function(account_id)
    with recording() as requests:
        assert {lambda_handler(created(each), Clock(1_000)) for each in new} == {"CREATE_SUCCESSFUL"}
    assert [each.action for each in requests].count("config:PutOrganizationConformancePack") == 1


def test_an_account_that_fails_while_another_has_the_pack_put_does_not_put_it_once_more(
    organization: Organization,
) -> None:
    new = organization.add_recorded("new")
    before = organization.pack
    organization.deployment.status = "UPDATE_IN_PROGRESS"

    def end(look: int) -> None:
        if look == 3:
            failed = organization.deployment.deployments[new]
            organization.deployment.deployments[new] = replace(failed, updated=failed.updated + timedelta(seconds=1))
            organization.deployment.status = "UPDATE_FAILED"

    with pytest.raises(RedeploymentError, match=f"account {new}: the pack failed again"):
        lambda_handler(created(new), Clock(1_000, end))
    assert organization.pack == before


def test_an_account_that_the_pack_was_taken_from_gets_it(organization: Organization) -> None:
    """It was excluded for a while, or had left the organization."""
    new = organization.add_recorded("new")
    organization.give_function(new)
    organization.deployment.deployments[new] = Deployment(new, "DELETE_SUCCESSFUL", datetime.now(UTC))
    assert lambda_handler(created(new), Clock(1_000)) in {"CREATE_SUCCESSFUL", "UPDATE_SUCCESSFUL"}


def test_a_pack_that_fails_again_is_a_failed_invocation(organization: Organization) -> None:
    new = organization.add_recorded("new")
    with pytest.raises(
        RedeploymentError, match=f"account {new}: the pack failed again, InsufficientPermissions.+judge"
    ):
        lambda_handler(created(new), Clock(1_000))


def test_a_pack_in_progress_when_the_time_is_over_is_a_failed_invocation(organization: Organization) -> None:
    """Lambda then tries again (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html)."""
    new = organization.add_recorded("new")
    organization.deployment.status = "UPDATE_IN_PROGRESS"
    with pytest.raises(RedeploymentError, match=f"account {new}: the pack is still CREATE_FAILED"):
        lambda_handler(created(new), Clock(3))


def test_a_pack_that_is_gone_is_a_failed_invocation(organization: Organization) -> None:
    organization.config.delete_organization_conformance_pack(OrganizationConformancePackName="rootguard")
    assert idle(30)
    with pytest.raises(ClientError, match="NoSuchOrganizationConformancePackException"):
        lambda_handler(created(organization.sandbox.management_account_id), Clock(1_000))
