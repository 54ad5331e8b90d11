"""Conformance packs of one account over HTTP."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.config_rules import work
from rootguard.sandbox.config_rules.packs import MAXIMUM_PACKS

FUNCTION = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:judge"}
PERIODIC = [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}]
ATTESTED = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}


def template(**rules: Any) -> str:
    """A pack of rules, by name in the template."""
    return json.dumps(
        {
            "Resources": {
                name: {"Type": "AWS::Config::ConfigRule", "Properties": {"ConfigRuleName": name, "Source": source}}
                for name, source in rules.items()
            }
        }
    )


LAMBDA = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": PERIODIC}


def status(account: Any, name: str = "pack") -> dict[str, Any]:
    [found] = account.config.describe_conformance_pack_status(ConformancePackNames=[name])[
        "ConformancePackStatusDetails"
    ]
    return dict(found)


def put(account: Any, body: str, name: str = "pack", **parameters: Any) -> dict[str, Any]:
    account.config.put_conformance_pack(ConformancePackName=name, TemplateBody=body, **parameters)
    assert work.idle(30)
    return status(account, name)


def rule_names(account: Any) -> list[str]:
    return [rule["ConfigRuleName"] for rule in account.config.describe_config_rules()["ConfigRules"]]


def test_a_pack_makes_service_linked_rules_named_after_it(account: Any) -> None:
    account.permitted_function("judge")

    found = put(account, template(mfa=LAMBDA, attested=ATTESTED))

    pack_id = found["ConformancePackId"]
    assert found["ConformancePackState"] == "CREATE_COMPLETE"
    assert found["ConformancePackArn"].endswith(f":conformance-pack/pack/{pack_id}")
    assert f":stack/awsconfigconforms-pack-{pack_id}/" in found["StackArn"]
    assert rule_names(account) == [f"attested-{pack_id}", f"mfa-{pack_id}"]
    for rule in account.config.describe_config_rules()["ConfigRules"]:
        assert rule["CreatedBy"] == "config-conforms.amazonaws.com"
        assert ":config-rule/aws-service-rule/config-conforms.amazonaws.com/config-rule-" in rule["ConfigRuleArn"]
    account.client("iam").get_role(RoleName="AWSServiceRoleForConfigConforms")


def test_rules_of_a_pack_belong_to_the_service(account: Any) -> None:
    pack_id = put(account, template(attested=ATTESTED))["ConformancePackId"]
    name = f"attested-{pack_id}"

    for call in (account.config.delete_config_rule, account.config.delete_evaluation_results):
        with pytest.raises(ClientError, match=r"AccessDeniedException.*An AWS service owns ServiceLinkedConfigRule"):
            call(ConfigRuleName=name)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        account.put_process_check(name)


def test_a_pack_of_which_one_rule_fails_makes_none(account: Any) -> None:
    found = put(account, template(attested=ATTESTED, mfa=LAMBDA))

    assert found["ConformancePackState"] == "CREATE_FAILED"
    assert found["ConformancePackStatusReason"].startswith("mfa: The AWS Lambda function")
    assert rule_names(account) == []
    account.permitted_function("judge")
    again = put(account, template(attested=ATTESTED, mfa=LAMBDA))
    assert (again["ConformancePackState"], len(rule_names(account))) == ("CREATE_COMPLETE", 2)
    assert "ConformancePackStatusReason" not in again


def test_an_update_keeps_rules_by_name_and_a_failed_one_changes_nothing(account: Any) -> None:
    put(account, template(kept=ATTESTED, dropped=ATTESTED))
    before = {
        rule["ConfigRuleName"]: rule["ConfigRuleId"] for rule in account.config.describe_config_rules()["ConfigRules"]
    }

    failed = put(account, template(kept=ATTESTED, new=LAMBDA))
    assert (failed["ConformancePackState"], rule_names(account)) == ("UPDATE_FAILED", sorted(before))

    updated = put(account, template(kept=ATTESTED, new=ATTESTED))
    pack_id = updated["ConformancePackId"]
    assert updated["ConformancePackState"] == "UPDATE_COMPLETE"
    assert rule_names(account) == [f"kept-{pack_id}", f"new-{pack_id}"]
    [kept] = account.config.describe_config_rules(ConfigRuleNames=[f"kept-{pack_id}"])["ConfigRules"]
    assert kept["ConfigRuleId"] == before[f"kept-{pack_id}"]


def test_a_pack_needs_a_recorder_that_records(account: Any) -> None:
    account.config.stop_configuration_recorder(ConfigurationRecorderName="default")

    found = put(account, template(attested=ATTESTED))

    assert found["ConformancePackState"] == "CREATE_FAILED"
    assert "Recorder is not available" in found["ConformancePackStatusReason"]


def test_a_deleted_pack_takes_its_rules_along(account: Any) -> None:
    account.put_process_check("own")
    put(account, template(attested=ATTESTED))

    account.config.delete_conformance_pack(ConformancePackName="pack")

    assert work.idle(30)
    assert rule_names(account) == ["own"]
    assert account.config.describe_conformance_pack_status()["ConformancePackStatusDetails"] == []
    for call in (account.config.delete_conformance_pack, account.config.describe_conformance_pack_compliance):
        with pytest.raises(ClientError, match="NoSuchConformancePackException"):
            call(ConformancePackName="pack")


def test_a_template_is_read_from_s3(account: Any) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="packs/root.json", Body=template(attested=ATTESTED).encode())

    account.config.put_conformance_pack(ConformancePackName="pack", TemplateS3Uri="s3://templates/packs/root.json")

    assert work.idle(30)
    assert status(account)["ConformancePackState"] == "CREATE_COMPLETE"
    for missing in ("s3://templates/nothing", "s3://nowhere/packs/root.json"):
        with pytest.raises(ClientError, match="InsufficientPermissionsException"):
            account.config.put_conformance_pack(ConformancePackName="other", TemplateS3Uri=missing)


def test_an_account_has_up_to_50_packs_in_pages_of_20(account: Any) -> None:
    for number in range(MAXIMUM_PACKS):
        account.config.put_conformance_pack(ConformancePackName=f"pack-{number:02}", TemplateBody=template(a=ATTESTED))
    assert work.idle(30)

    with pytest.raises(ClientError, match="MaxNumberOfConformancePacksExceededException"):
        account.config.put_conformance_pack(ConformancePackName="one-more", TemplateBody=template(a=ATTESTED))
    pages = account.config.get_paginator("describe_conformance_packs").paginate()
    assert [len(page["ConformancePackDetails"]) for page in pages] == [20, 20, 10]


def attest(account: Any, rule: str, compliance: str) -> None:
    account.config.put_external_evaluation(
        ConfigRuleName=rule,
        ExternalEvaluation={
            "ComplianceResourceType": "AWS::::Account",
            "ComplianceResourceId": account.account_id,
            "ComplianceType": compliance,
            "OrderingTimestamp": datetime(2026, 11, 23, tzinfo=UTC),
        },
    )


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param({}, "INSUFFICIENT_DATA", id="nothing known"),
        pytest.param({"a": "COMPLIANT"}, "COMPLIANT", id="what is known complies"),
        pytest.param({"a": "NOT_APPLICABLE", "b": "NOT_APPLICABLE"}, "INSUFFICIENT_DATA", id="nothing applies"),
        pytest.param({"a": "COMPLIANT", "b": "NON_COMPLIANT"}, "NON_COMPLIANT", id="one does not"),
    ],
)
def test_the_compliance_of_a_pack(account: Any, answers: dict[str, str], expected: str) -> None:
    pack_id = put(account, template(a=ATTESTED, b=ATTESTED))["ConformancePackId"]
    for name, answer in answers.items():
        attest(account, f"{name}-{pack_id}", answer)

    summary = account.config.get_conformance_pack_compliance_summary(ConformancePackNames=["pack"])

    [told] = summary["ConformancePackComplianceSummaryList"]
    assert told == {"ConformancePackName": "pack", "ConformancePackComplianceStatus": expected}


def test_the_results_of_a_pack_are_filtered(account: Any) -> None:
    pack_id = put(account, template(a=ATTESTED, b=ATTESTED, c=ATTESTED))["ConformancePackId"]
    for name, answer in (("a", "COMPLIANT"), ("b", "NON_COMPLIANT"), ("c", "NOT_APPLICABLE")):
        attest(account, f"{name}-{pack_id}", answer)

    def details(**filters: Any) -> list[str]:
        answer = account.config.get_conformance_pack_compliance_details(ConformancePackName="pack", Filters=filters)
        assert answer["ConformancePackName"] == "pack"
        return [
            each["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ConfigRuleName"][0]
            for each in answer["ConformancePackRuleEvaluationResults"]
        ]

    assert details() == ["a", "b"], "NOT_APPLICABLE is no compliance of a pack"
    assert details(ComplianceType="NON_COMPLIANT") == ["b"]
    assert details(ConfigRuleNames=[f"a-{pack_id}"]) == ["a"]
    assert details(ResourceType="AWS::::Account", ResourceIds=[account.account_id]) == ["a", "b"]
    assert details(ResourceType="AWS::::Account", ResourceIds=["210987654321"]) == []
    for filters, code in (
        ({"ResourceIds": ["x"]}, "InvalidParameterValueException"),
        ({"ComplianceType": "INSUFFICIENT_DATA"}, "InvalidParameterValueException"),
        ({"ConfigRuleNames": ["a"]}, "NoSuchConfigRuleInConformancePackException"),
    ):
        with pytest.raises(ClientError, match=code):
            details(**filters)


def test_the_compliance_of_the_rules_of_a_pack(account: Any) -> None:
    pack_id = put(account, template(a=ATTESTED, b=ATTESTED))["ConformancePackId"]
    attest(account, f"a-{pack_id}", "COMPLIANT")
    describe = account.config.describe_conformance_pack_compliance

    told = describe(ConformancePackName="pack")["ConformancePackRuleComplianceList"]

    assert [(rule["ConfigRuleName"], rule["ComplianceType"]) for rule in told] == [
        (f"a-{pack_id}", "COMPLIANT"),
        (f"b-{pack_id}", "INSUFFICIENT_DATA"),
    ]
    filtered = describe(ConformancePackName="pack", Filters={"ComplianceType": "COMPLIANT"})
    assert [rule["ConfigRuleName"] for rule in filtered["ConformancePackRuleComplianceList"]] == [f"a-{pack_id}"]


def test_a_remediation_is_kept_under_the_name_of_its_rule(account: Any) -> None:
    body = json.loads(template(attested=ATTESTED))
    body["Resources"]["Fix"] = {
        "Type": "AWS::Config::RemediationConfiguration",
        "Properties": {"ConfigRuleName": "attested", "TargetType": "SSM_DOCUMENT", "TargetId": "Notify"},
    }
    name = f"attested-{put(account, json.dumps(body))['ConformancePackId']}"

    found = account.config.describe_remediation_configurations(ConfigRuleNames=[name])["RemediationConfigurations"]

    assert found == [
        {
            "ConfigRuleName": name,
            "TargetType": "SSM_DOCUMENT",
            "TargetId": "Notify",
            "CreatedByService": "config-conforms.amazonaws.com",
        }
    ]


def test_a_value_is_imported_from_a_stack_of_the_account(account: Any) -> None:
    stack = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Function": {"Value": account.permitted_function("judge"), "Export": {"Name": "judge-arn"}}},
    }
    imported = {**LAMBDA, "SourceIdentifier": {"Fn::ImportValue": "judge-arn"}}
    failed = put(account, template(mfa=imported))
    assert (failed["ConformancePackState"], failed["ConformancePackStatusReason"]) == (
        "CREATE_FAILED",
        "No export named judge-arn found.",
    )

    account.client("cloudformation").create_stack(StackName="functions", TemplateBody=json.dumps(stack))
    assert work.idle(30)

    assert put(account, template(mfa=imported))["ConformancePackState"] == "CREATE_COMPLETE"
