"""PutConfigRule, DescribeConfigRules, DeleteConfigRule over HTTP."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.rules import MAXIMUM_RULES, put_rule

PROCESS_CHECK = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:judge"
PERIODIC = [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}]


def lambda_source(**members: Any) -> dict[str, Any]:
    return {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": PERIODIC} | members


def test_a_rule_is_described_as_it_was_put_with_aws_own_additions(account: Any) -> None:
    account.put_lambda_rule(
        "root-mfa", account.permitted_function("judge"), Description="MFA", InputParameters='{"a":"b"}'
    )

    [rule] = account.config.describe_config_rules(ConfigRuleNames=["root-mfa"])["ConfigRules"]

    assert rule.pop("ConfigRuleId").startswith("config-rule-")
    assert rule.pop("ConfigRuleArn").startswith("arn:aws:config:us-east-1:123456789012:config-rule/config-rule-")
    assert rule == {
        "ConfigRuleName": "root-mfa",
        "Description": "MFA",
        "InputParameters": '{"a":"b"}',
        "ConfigRuleState": "ACTIVE",
        "EvaluationModes": [{"Mode": "DETECTIVE"}],
        "Source": lambda_source(SourceDetails=[{**PERIODIC[0], "MaximumExecutionFrequency": "TwentyFour_Hours"}]),
    }


def test_a_rule_needs_a_recorder_that_exists(account: Any) -> None:
    account.config.stop_configuration_recorder(ConfigurationRecorderName="default")
    account.put_process_check("with-a-stopped-recorder")
    account.config.delete_configuration_recorder(ConfigurationRecorderName="default")

    with pytest.raises(ClientError, match="NoAvailableConfigurationRecorderException"):
        account.put_process_check("without")


def test_an_update_keeps_what_identifies_the_rule_and_replaces_the_rest(account: Any) -> None:
    function = account.permitted_function("judge")
    account.put_lambda_rule("root-mfa", function, Description="first", InputParameters='{"a":"b"}')
    [before] = account.config.describe_config_rules()["ConfigRules"]

    account.config.put_config_rule(ConfigRule={"ConfigRuleArn": before["ConfigRuleArn"], "Source": lambda_source()})

    [after] = account.config.describe_config_rules()["ConfigRules"]
    assert [after[key] for key in ("ConfigRuleName", "ConfigRuleId")] == ["root-mfa", before["ConfigRuleId"]]
    assert ("Description" in after, after["InputParameters"]) == (False, "{}")


def test_rules_come_in_pages_of_25_by_name(account: Any) -> None:
    for number in range(30):
        account.put_process_check(f"rule-{number:02}")

    first = account.config.describe_config_rules()
    second = account.config.describe_config_rules(NextToken=first["NextToken"])

    assert [len(page["ConfigRules"]) for page in (first, second)] == [25, 5]
    assert second["ConfigRules"][0]["ConfigRuleName"] == "rule-25"
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        account.config.describe_config_rules(NextToken="made up")


def test_the_account_quota_ends_at_1000_rules(account: Any) -> None:
    place = Place(account.account_id, "us-east-1")
    for number in range(MAXIMUM_RULES):
        put_rule(place, {"ConfigRuleName": f"rule-{number}", "Source": PROCESS_CHECK}, {})

    account.put_process_check("rule-1")
    with pytest.raises(ClientError, match="MaxNumberOfConfigRulesExceededException"):
        account.put_process_check("one-more")


def test_a_deleted_rule_is_gone(account: Any) -> None:
    account.put_process_check("attested")

    account.config.delete_config_rule(ConfigRuleName="attested")

    for call in (account.config.delete_config_rule, account.config.delete_evaluation_results):
        with pytest.raises(ClientError, match="NoSuchConfigRuleException"):
            call(ConfigRuleName="attested")
    with pytest.raises(ClientError, match="NoSuchConfigRuleException"):
        account.config.describe_config_rules(ConfigRuleNames=["attested"])


def test_tags_are_set_at_creation_and_by_the_tag_operations_only(account: Any) -> None:
    rule = {"ConfigRuleName": "attested", "Source": PROCESS_CHECK}
    account.config.put_config_rule(ConfigRule=rule, Tags=[{"Key": "team", "Value": "red"}])
    account.config.put_config_rule(ConfigRule=rule, Tags=[{"Key": "team", "Value": "blue"}])
    [described] = account.config.describe_config_rules()["ConfigRules"]
    arn = described["ConfigRuleArn"]

    assert account.config.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "red"}]
    account.config.tag_resource(ResourceArn=arn, Tags=[{"Key": "level", "Value": "1"}])
    account.config.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert account.config.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "level", "Value": "1"}]


def invocable(account: Any, function_arn: str) -> bool:
    try:
        account.put_lambda_rule("judged", function_arn)
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "InsufficientPermissionsException":
            raise
        return False
    return True


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        pytest.param({}, True, id="any account"),
        pytest.param({"SourceAccount": "123456789012"}, True, id="own account"),
        pytest.param({"SourceAccount": "210987654321"}, False, id="another account"),
        pytest.param(
            {"SourceArn": "arn:aws:config:us-east-1:123456789012:config-rule/*"},
            False,
            id="an ARN that is not there yet",
        ),
        pytest.param({"PrincipalOrgID": "o-a1b2c3d4e5"}, False, id="an organization, which a service is not in"),
        pytest.param({"Principal": "events.amazonaws.com"}, False, id="another service"),
        pytest.param({"Action": "lambda:GetFunction"}, False, id="another action"),
    ],
)
def test_config_must_be_allowed_to_invoke_the_function(
    account: Any, permission: dict[str, str], *, expected: bool
) -> None:
    arn = account.function("judge")
    request = {"Action": "lambda:InvokeFunction", "Principal": "config.amazonaws.com", **permission}
    account.client("lambda").add_permission(FunctionName="judge", StatementId="s", **request)

    assert invocable(account, arn) is expected


def test_a_function_without_a_policy_or_without_existence_is_not_invocable(account: Any) -> None:
    assert not invocable(account, account.function("judge"))
    assert not invocable(account, FUNCTION.replace("judge", "missing"))
    assert not invocable(account, "judge")


def test_the_function_is_looked_for_in_the_account_of_its_arn(account: Any, member_of: Any) -> None:
    member = member_of("member")
    member.start_recorder()
    central = account.function("judge")
    account.permit("judge", SourceAccount=member.account_id)

    assert invocable(member, central)
    assert not invocable(member, central.replace(account.account_id, member.account_id))
    assert not invocable(account, central)


def test_a_source_arn_permission_lets_an_existing_rule_be_updated(account: Any) -> None:
    arn = account.permitted_function("judge")
    account.put_lambda_rule("judged", arn)
    [rule] = account.config.describe_config_rules()["ConfigRules"]
    account.client("lambda").remove_permission(FunctionName="judge", StatementId="config")
    account.permit("judge", SourceArn=rule["ConfigRuleArn"])

    assert invocable(account, arn)
