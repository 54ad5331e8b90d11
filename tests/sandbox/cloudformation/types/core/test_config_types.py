"""AWS Config's rules, packs and recorder, as CloudFormation makes them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox import background
from rootguard.sandbox.cloudformation.resource_type import ResourceFailedError
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

RULE, PACK, ORGANIZATION_PACK, RECORDER, CHANNEL = (
    f"AWS::Config::{name}"
    for name in (
        "ConfigRule",
        "ConformancePack",
        "OrganizationConformancePack",
        "ConfigurationRecorder",
        "DeliveryChannel",
    )
)
SYSTEM = {"aws:cloudformation:stack-name": "stack"}
PROCESS_CHECK = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}


def template(*names: str, source: dict[str, Any] | None = None) -> str:
    """A conformance pack with a rule of each name."""
    resources = {
        name.title().replace("-", ""): {
            "Type": "AWS::Config::ConfigRule",
            "Properties": {"ConfigRuleName": name, "Source": source or PROCESS_CHECK},
        }
        for name in names
    }
    return json.dumps({"Resources": resources})


NO_FUNCTION = template(
    "broken",
    source={
        "Owner": "CUSTOM_LAMBDA",
        "SourceIdentifier": "arn:aws:lambda:us-east-1:123456789012:function:missing",
        "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}],
    },
)


@pytest.fixture
def record(account: Any) -> Callable[[Any], None]:
    """Start the recorder of an account; new rules are not evaluated at once."""
    state(Settings).evaluate_on_creation = False

    def start(where: Any = account) -> None:
        bucket = f"config-{where.id}"
        where.client("s3").create_bucket(Bucket=bucket)
        role = f"arn:aws:iam::{where.id}:role/recorder"
        config = where.client("config")
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

    return start


@pytest.fixture
def recording(account: Any, record: Callable[[Any], None]) -> Any:
    """The account with a recorder that runs."""
    record(account)
    return account


@pytest.fixture
def members(recording: Any, record: Callable[[Any], None], other_account: Callable[[str], Any]) -> list[Any]:
    """Two members of the account's organization; only the first one's recorder runs."""
    organizations = recording.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = []
    for name in ("one", "two"):
        created = organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        made.append(other_account(created["CreateAccountStatus"]["AccountId"]))
    record(made[0])
    return made


def rule_of(account: Any, name: str) -> dict[str, Any]:
    (rule,) = account.client("config").describe_config_rules(ConfigRuleNames=[name])["ConfigRules"]
    return dict(rule)


def rules_in(account: Any) -> list[str]:
    """The names of an account's rules, without what a pack adds to them."""
    rules = account.client("config").describe_config_rules()["ConfigRules"]
    return sorted(rule["ConfigRuleName"].partition("-conformance-pack-")[0] for rule in rules)


def tags_of(account: Any, arn: str) -> dict[str, str]:
    found = account.client("config").list_tags_for_resource(ResourceArn=arn)["Tags"]
    return {each["Key"]: each["Value"] for each in found}


CPU = {"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"}


def test_a_rule_is_what_its_properties_say(recording: Any) -> None:
    properties = {
        "ConfigRuleName": "keys",
        "Description": "keys are young",
        "Source": CPU,
        "InputParameters": {"maxAccessKeyAge": 90},
        "MaximumExecutionFrequency": "Six_Hours",
    }
    physical = recording.create(RULE, properties)
    found = rule_of(recording, "keys")
    assert physical.id == "keys"
    assert physical.attributes == {
        "Arn": found["ConfigRuleArn"],
        "ConfigRuleId": found["ConfigRuleId"],
        "Compliance.Type": "INSUFFICIENT_DATA",
    }
    assert json.loads(found["InputParameters"]) == {"maxAccessKeyAge": "90"}
    assert (found["Description"], found["MaximumExecutionFrequency"]) == ("keys are young", "Six_Hours")


def test_a_rule_changes_in_place_and_goes(recording: Any) -> None:
    old = {"Source": CPU, "InputParameters": {"maxAccessKeyAge": "90"}, "Description": "d"}
    physical = recording.create(RULE, old)
    assert physical.id.startswith("stack-Thing-")
    new = {"Source": CPU, "InputParameters": json.dumps({"maxAccessKeyAge": "30"})}
    assert recording.update(RULE, physical, old, new) == physical
    found = rule_of(recording, physical.id)
    assert json.loads(found["InputParameters"]) == {"maxAccessKeyAge": "30"}
    assert "Description" not in found
    recording.delete(RULE, physical, new)
    recording.delete(RULE, physical, new)
    assert rules_in(recording) == []


def test_a_rule_that_exists_is_not_taken_over(recording: Any) -> None:
    recording.create(RULE, {"ConfigRuleName": "check", "Source": PROCESS_CHECK})
    with pytest.raises(ResourceFailedError, match="'AWS::Config::ConfigRule' with identifier 'check' already exists"):
        recording.create(RULE, {"ConfigRuleName": "check", "Source": CPU})


def test_a_rule_needs_a_recorder(account: Any) -> None:
    with pytest.raises(ClientError, match="NoAvailableConfigurationRecorderException"):
        account.create(RULE, {"ConfigRuleName": "check", "Source": PROCESS_CHECK})


def pack_of(account: Any, name: str = "pack") -> dict[str, Any]:
    config = account.client("config")
    (pack,) = config.describe_conformance_packs(ConformancePackNames=[name])["ConformancePackDetails"]
    return dict(pack)


def test_a_pack_is_ready_when_its_rules_are_there(recording: Any) -> None:
    old = {"ConformancePackName": "pack", "TemplateBody": template("one", "two"), "Tags": [{"Key": "a", "Value": "b"}]}
    physical = recording.create(PACK, old)
    arn = pack_of(recording)["ConformancePackArn"]
    assert (physical.id, physical.attributes) == ("pack", {"ConformancePackArn": arn})
    assert rules_in(recording) == ["one", "two"]
    assert tags_of(recording, arn) == {"a": "b"} | SYSTEM
    new = {"ConformancePackName": "pack", "TemplateBody": template("two", "three")}
    recording.update(PACK, physical, old, new)
    assert rules_in(recording) == ["three", "two"]
    assert tags_of(recording, arn) == SYSTEM
    recording.delete(PACK, physical, new)
    recording.delete(PACK, physical, new)
    assert rules_in(recording) == []


def test_a_packs_template_may_lie_in_s3_and_have_parameters(recording: Any) -> None:
    body = json.loads(template("keys", source=CPU))
    body["Parameters"] = {"Age": {"Type": "String"}}
    body["Resources"]["Keys"]["Properties"]["InputParameters"] = {"maxAccessKeyAge": {"Ref": "Age"}}
    s3 = recording.client("s3")
    s3.create_bucket(Bucket="artifacts")
    s3.put_object(Bucket="artifacts", Key="pack.json", Body=json.dumps(body))
    properties = {
        "ConformancePackName": "pack",
        "TemplateS3Uri": "s3://artifacts/pack.json",
        "ConformancePackInputParameters": [{"ParameterName": "Age", "ParameterValue": 90}],
    }
    recording.create(PACK, properties)
    (rule,) = recording.client("config").describe_config_rules()["ConfigRules"]
    assert json.loads(rule["InputParameters"]) == {"maxAccessKeyAge": "90"}


def test_a_pack_that_fails_says_why_and_leaves_nothing(recording: Any) -> None:
    with pytest.raises(ResourceFailedError, match=r"Failed to Create/Update ConformancePack pack.*Broken: "):
        recording.create(PACK, {"ConformancePackName": "pack", "TemplateBody": NO_FUNCTION})
    assert recording.client("config").describe_conformance_packs()["ConformancePackDetails"] == []


def test_a_pack_whose_update_fails_keeps_its_rules(recording: Any) -> None:
    old = {"ConformancePackName": "pack", "TemplateBody": template("one")}
    physical = recording.create(PACK, old)
    with pytest.raises(ResourceFailedError, match="Broken: "):
        recording.update(PACK, physical, old, old | {"TemplateBody": NO_FUNCTION})
    assert rules_in(recording) == ["one"]


def test_a_pack_that_exists_is_not_taken_over(recording: Any) -> None:
    properties = {"ConformancePackName": "pack", "TemplateBody": template("one")}
    recording.create(PACK, properties)
    with pytest.raises(ResourceFailedError, match="already exists"):
        recording.create(PACK, properties)


ORGANIZATION = {"OrganizationConformancePackName": "rootguard", "TemplateBody": template("one")}


def statuses_of(account: Any) -> dict[str, str]:
    found = account.client("config").get_organization_conformance_pack_detailed_status(
        OrganizationConformancePackName="rootguard"
    )["OrganizationConformancePackDetailedStatuses"]
    return {each["AccountId"]: each["Status"] for each in found}


def test_an_organizations_pack_is_ready_when_every_account_has_it(
    recording: Any, members: list[Any], record: Callable[[Any], None]
) -> None:
    record(members[1])
    physical = recording.create(ORGANIZATION_PACK, ORGANIZATION)
    arn = physical.attributes["OrganizationConformancePackArn"]
    assert [rules_in(each) for each in (recording, *members)] == [["one"]] * 3
    assert tags_of(recording, arn) == SYSTEM
    new = ORGANIZATION | {"TemplateBody": template("two"), "ExcludedAccounts": [members[1].id]}
    recording.update(ORGANIZATION_PACK, physical, ORGANIZATION, new)
    assert [rules_in(each) for each in (recording, *members)] == [["two"], ["two"], []]
    recording.delete(ORGANIZATION_PACK, physical, new)
    recording.delete(ORGANIZATION_PACK, physical, new)
    assert [rules_in(each) for each in (recording, *members)] == [[]] * 3


def test_one_account_that_fails_fails_the_organizations_pack(recording: Any, members: list[Any]) -> None:
    summary = r"Summary: \[NoAvailableConfigurationRecorderException in 1 account\(s\), \]"
    with pytest.raises(ResourceFailedError, match=f"OrganizationConformancePack rootguard. {summary}"):
        recording.create(ORGANIZATION_PACK, ORGANIZATION)
    config = recording.client("config")
    assert config.describe_organization_conformance_packs()["OrganizationConformancePacks"] == []
    assert rules_in(members[0]) == []


def test_putting_a_pack_again_tries_again_where_it_failed(
    recording: Any, members: list[Any], record: Callable[[Any], None]
) -> None:
    old = ORGANIZATION | {"ExcludedAccounts": [members[1].id]}
    physical = recording.create(ORGANIZATION_PACK, old)
    with pytest.raises(ResourceFailedError, match="in 1 account"):
        recording.update(ORGANIZATION_PACK, physical, old, ORGANIZATION)
    assert statuses_of(recording)[members[1].id] == "CREATE_FAILED"
    record(members[1])
    assert background.idle()
    assert statuses_of(recording)[members[1].id] == "CREATE_FAILED"  # only a new account's pack waits for a recorder
    recording.update(ORGANIZATION_PACK, physical, ORGANIZATION, ORGANIZATION)
    assert rules_in(members[1]) == ["one"]
    assert statuses_of(recording)[members[1].id] == "CREATE_SUCCESSFUL"


def test_an_organizations_pack_that_exists_is_not_taken_over(recording: Any, members: list[Any]) -> None:
    properties = ORGANIZATION | {"ExcludedAccounts": [members[1].id]}
    recording.create(ORGANIZATION_PACK, properties)
    with pytest.raises(ResourceFailedError, match="already exists"):
        recording.create(ORGANIZATION_PACK, properties)


def test_an_organizations_pack_is_for_its_administrators(members: list[Any]) -> None:
    with pytest.raises(ClientError, match="OrganizationAccessDeniedException"):
        members[0].create(ORGANIZATION_PACK, ORGANIZATION)


@pytest.mark.parametrize("order", [(RECORDER, CHANNEL)], ids=["the channel last"])
def test_recorder_and_channel_record_when_both_are_there(account: Any, order: tuple[str, ...]) -> None:
    account.client("s3").create_bucket(Bucket="records")
    properties: dict[str, dict[str, Any]] = {
        RECORDER: {
            "RoleARN": f"arn:aws:iam::{account.id}:role/recorder",
            "RecordingGroup": {"AllSupported": "true", "IncludeGlobalResourceTypes": True},
        },
        CHANNEL: {
            "S3BucketName": "records",
            "S3KeyPrefix": "config",
            "ConfigSnapshotDeliveryProperties": {"DeliveryFrequency": "TwentyFour_Hours"},
        },
    }
    made = {kind: account.create(kind, properties[kind]) for kind in order}
    config = account.client("config")
    (recorder,) = config.describe_configuration_recorders()["ConfigurationRecorders"]
    assert recorder["name"] == made[RECORDER].id
    assert recorder["recordingGroup"]["includeGlobalResourceTypes"] is True
    (status,) = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    assert status["recording"] is True
    (channel,) = config.describe_delivery_channels()["DeliveryChannels"]
    assert (channel["s3BucketName"], channel["s3KeyPrefix"]) == ("records", "config")
    changed = properties[RECORDER] | {"RecordingGroup": {"AllSupported": True, "IncludeGlobalResourceTypes": False}}
    account.update(RECORDER, made[RECORDER], properties[RECORDER], changed)
    (recorder,) = config.describe_configuration_recorders()["ConfigurationRecorders"]
    assert recorder["recordingGroup"]["includeGlobalResourceTypes"] is False
    account.update(CHANNEL, made[CHANNEL], properties[CHANNEL], {"S3BucketName": "records"})
    (channel,) = config.describe_delivery_channels()["DeliveryChannels"]
    assert "s3KeyPrefix" not in channel
    for kind in reversed(order):
        account.delete(kind, made[kind], properties[kind])
        account.delete(kind, made[kind], properties[kind])
    assert config.describe_configuration_recorders()["ConfigurationRecorders"] == []
    assert config.describe_delivery_channels()["DeliveryChannels"] == []


def test_a_recorder_that_exists_is_not_taken_over(recording: Any) -> None:
    with pytest.raises(ResourceFailedError, match="already exists"):
        recording.create(RECORDER, {"Name": "default", "RoleARN": "arn:aws:iam::123456789012:role/recorder"})
