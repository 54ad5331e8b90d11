"""rules.yaml as a stack of one account: what it makes, what the functions may do, and that nothing is left."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from rootguard.catalog import load_catalog, load_rules
from rootguard.demo.compliance_view import last_run_failed
from rootguard.kit.rule import AnyRule
from rootguard.sandbox.background import idle
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

pytestmark = pytest.mark.slow

RULES = load_rules()
NAMES = [f"rootguard-{rule.name}" for rule in RULES]
PACK = {rule.name for rule in load_catalog()}
TEMPLATE, STACK = "rules.yaml", "rootguard-rules"
GIVEN = {
    "PackDeployment": "stackset",
    "RootDeniedByScpReaderRoleArn": "arn:aws:iam::444455556666:role/reader",  # without it the pack lacks the rule
}


@pytest.fixture(scope="module")
def account(management: Any, artifacts: Any) -> Any:
    """An account that AWS Config records, with the artifact bucket."""
    state(Settings).minimum_interval = timedelta(0)
    role = f"arn:aws:iam::{management.id}:role/recorder"
    for bucket in (artifacts.bucket, "config-recorder"):
        management.client("s3").create_bucket(Bucket=bucket)
    config = management.client("config")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config-recorder"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    artifacts.publish(management.client("s3"))
    return management


@pytest.fixture(scope="module")
def deployed(account: Any, artifacts: Any, remove: Callable[[Any, str], None]) -> Iterator[Any]:
    """The stack with the pack in it."""
    artifacts.deploy(account.client("cloudformation"), TEMPLATE, STACK, **GIVEN)
    assert idle(60)
    yield account
    remove(account.client("cloudformation"), STACK)


@pytest.fixture(scope="module")
def update(deployed: Any, artifacts: Any) -> Callable[..., None]:
    """Give the stack other parameters than it was made with; none for those again."""

    def update(template: str = TEMPLATE, **parameters: object) -> None:
        cloudformation = deployed.client("cloudformation")
        artifacts.deploy(cloudformation, template, STACK, **{**GIVEN, **parameters})
        assert idle(60)

    return update


def functions(account: Any) -> dict[str, Any]:
    return {each["FunctionName"]: each for each in account.client("lambda").list_functions()["Functions"]}


def pack_rules(account: Any) -> dict[str, str]:
    """Our names -> the names in the account."""
    found = account.client("config").describe_config_rules()["ConfigRules"]
    return {each["ConfigRuleName"].partition("-conformance-pack-")[0]: each["ConfigRuleName"] for each in found}


def evaluate(account: Any, rule: AnyRule) -> tuple[str, str]:
    """Have AWS Config run a rule: its compliance and reason, or FAILED and the error."""
    config, name = account.client("config"), pack_rules(account)[rule.name]
    config.start_config_rules_evaluation(ConfigRuleNames=[name])
    assert idle(60)
    [status] = config.describe_config_rule_evaluation_status(ConfigRuleNames=[name])["ConfigRulesEvaluationStatus"]
    if last_run_failed(status):
        return "FAILED", str(status["LastErrorMessage"])
    [result] = config.get_compliance_details_by_config_rule(ConfigRuleName=name)["EvaluationResults"]
    return str(result["ComplianceType"]), str(result.get("Annotation"))


def policy(account: Any, name: str) -> dict[str, Any]:
    """The inline policy of a role."""
    answer = account.client("iam").get_role_policy(RoleName=name, PolicyName="evidence")
    return dict(answer["PolicyDocument"])


def test_every_rule_has_its_function(deployed: Any) -> None:
    found = functions(deployed)
    assert sorted(found) == sorted(NAMES)
    for rule, name in zip(RULES, NAMES, strict=True):
        function = found[name]
        assert (function["Runtime"], function["Architectures"], function["MemorySize"]) == (
            "python3.13",
            ["arm64"],
            256,
        )
        assert function["Handler"] == f"{rule.module}.lambda_handler"
        assert function["Role"] == f"arn:aws:iam::{deployed.id}:role/{name}"
        assert "Environment" not in function
        assert function["LoggingConfig"]["LogGroup"] == f"/aws/lambda/{name}"


def test_every_function_logs_for_a_year(deployed: Any) -> None:
    groups = deployed.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/rootguard-")["logGroups"]
    assert {each["logGroupName"]: each["retentionInDays"] for each in groups} == {
        f"/aws/lambda/{n}": 365 for n in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_aws_config_of_the_account_and_nobody_else_may_invoke(deployed: Any, name: str) -> None:
    [statement] = json.loads(deployed.client("lambda").get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "config.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceAccount": deployed.id}}
    assert statement["Action"] == "lambda:InvokeFunction"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_role_suffices_for_a_verdict(deployed: Any, rule: AnyRule) -> None:
    compliance, reason = evaluate(deployed, rule)
    assert compliance in {"COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"}, reason


@pytest.fixture(scope="module")
def bus(account: Any) -> str:
    """A bus for failures."""
    return str(account.client("events").create_event_bus(Name="failures")["EventBusArn"])


def managed_statements(account: Any, name: str) -> list[dict[str, Any]]:
    """The statements of the managed policies of a role."""
    iam = account.client("iam")
    found = []
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"][
            "Document"
        ]
        found += document["Statement"]
    return found


TOPIC = "arn:aws:sns:us-east-1:{}:failures"
KEY = "arn:aws:kms:us-east-1:{}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("parameters", "allowed"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"FailureDestinationArn": "BUS"}, {"events:PutEvents": "BUS"}, id="a bus"),
        pytest.param({"FailureDestinationArn": TOPIC}, {"sns:Publish": TOPIC}, id="a topic"),
        pytest.param(
            {"FailureDestinationArn": TOPIC, "FailureTopicKmsKeyArn": KEY},
            {"sns:Publish": TOPIC, "kms:Decrypt": KEY, "kms:GenerateDataKey": KEY},
            id="an encrypted topic",
        ),
    ],
)
def test_failures_go_where_they_are_wanted(
    deployed: Any, update: Callable[..., None], bus: str, parameters: dict[str, str], allowed: dict[str, str]
) -> None:
    deployed.client("sns").create_topic(Name="failures")
    filled = {"BUS": bus, TOPIC: TOPIC.format(deployed.id), KEY: KEY.format(deployed.id)}
    update(**{name: filled[value] for name, value in parameters.items()})
    for name in NAMES:
        granted = {
            action: statement["Resource"]
            for statement in managed_statements(deployed, name)
            for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        }
        assert granted == {action: filled[resource] for action, resource in allowed.items()}
        configured = deployed.client("lambda").list_function_event_invoke_configs(FunctionName=name)
        destinations = [each["DestinationConfig"]["OnFailure"] for each in configured["FunctionEventInvokeConfigs"]]
        expected = parameters.get("FailureDestinationArn")
        assert destinations == ([{"Destination": filled[expected]}] if expected else [])


def test_alarms_are_off_until_asked_for(deployed: Any, update: Callable[..., None]) -> None:
    def alarms() -> dict[tuple[str, str], Any]:
        found = deployed.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return {
            (each["Dimensions"][0]["Value"], each["MetricName"]): each
            for each in found
            if each["Namespace"] == "AWS/Lambda"
        }

    assert alarms() == {}
    update(Alarms="enabled", AlarmTopicArn=TOPIC.format(deployed.id))
    found = alarms()
    assert found.keys() == {(name, metric) for name in NAMES for metric in ("Errors", "Invocations")}
    assert {tuple(each["AlarmActions"]) for each in found.values()} == {(TOPIC.format(deployed.id),)}
    silence = found[NAMES[0], "Invocations"]
    assert (silence["EvaluationPeriods"], silence["Period"], silence["TreatMissingData"]) == (25, 3600, "breaching")
    update()
    assert alarms() == {}


def test_roles_get_the_boundary_of_the_account(deployed: Any, update: Callable[..., None]) -> None:
    iam = deployed.client("iam")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    policy_arn = iam.create_policy(PolicyName="limit", Path="/team/", PolicyDocument=json.dumps(document))["Policy"][
        "Arn"
    ]
    update(PermissionsBoundary="team/limit")
    roles = [deployed.client("iam").get_role(RoleName=name)["Role"] for name in NAMES]
    assert {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in roles} == {policy_arn}
    update()


def test_other_code_comes_with_another_prefix(deployed: Any, artifacts: Any, update: Callable[..., None]) -> None:
    before = {name: function["CodeSha256"] for name, function in functions(deployed).items()}
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as package:
        package.writestr("root_mfa_enabled.py", "def lambda_handler(event, context): ...")
    artifacts.publish(deployed.client("s3"), "2/")
    key = "2/root-mfa-enabled.zip"
    deployed.client("s3").put_object(Bucket=artifacts.bucket, Key=key, Body=changed.getvalue())

    update(ArtifactPrefix="2/")

    after = {name: function["CodeSha256"] for name, function in functions(deployed).items()}
    assert {name for name in NAMES if after[name] != before[name]} == {"rootguard-root-mfa-enabled"}
    update()
    assert {name: function["CodeSha256"] for name, function in functions(deployed).items()} == before


def test_unsigned_code_is_refused_where_a_signature_is_asked_for(deployed: Any, update: Callable[..., None]) -> None:
    profile = f"arn:aws:signer:us-east-1:{deployed.id}:/signing-profiles/rules/0123456789"
    with pytest.raises(AssertionError, match="Lambda cannot deploy the function"):
        update("signed-rules.yaml", SigningProfileVersionArn=profile, ArtifactPrefix="2/")
    assert deployed.status(stack=STACK) == "UPDATE_ROLLBACK_COMPLETE"
    assert sorted(functions(deployed)) == sorted(NAMES)
    update(LogRetentionDays=90)
    update()


def test_a_pack_that_the_organization_deploys_is_not_in_the_stack(deployed: Any, update: Callable[..., None]) -> None:
    assert set(pack_rules(deployed)) == PACK
    update(PackDeployment="organization")
    assert pack_rules(deployed) == {}
    update()
    assert set(pack_rules(deployed)) == PACK


def test_nothing_is_left_of_a_deleted_stack(account: Any, artifacts: Any, remove: Callable[[Any, str], None]) -> None:
    def there() -> dict[str, Any]:
        return {
            "functions": functions(account),
            "roles": [r["RoleName"] for r in account.client("iam").list_roles()["Roles"] if "other-" in r["RoleName"]],
            "log groups": account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/other-")[
                "logGroups"
            ],
            "alarms": account.client("cloudwatch").describe_alarms()["MetricAlarms"],
            "policies": account.client("iam").list_policies(Scope="Local")["Policies"],
        }

    before = there()
    destination = {"FailureDestinationArn": f"arn:aws:events:us-east-1:{account.id}:event-bus/default"}
    cloudformation = account.client("cloudformation")
    outputs = artifacts.deploy(
        cloudformation, TEMPLATE, "other", FunctionPrefix="other-", Alarms="enabled", **destination
    )
    arns = [f"arn:aws:lambda:us-east-1:{account.id}:function:other-{rule.name}" for rule in RULES]
    assert outputs == {"FunctionArns": ",".join(arns)}
    remove(account.client("cloudformation"), "other")
    assert there() == before
