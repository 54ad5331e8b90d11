"""PutEvaluations with the token of a real run, and everything that is read from its results."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.config_rules import work
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

SHOW_TOKEN = """
import json
import boto3

def handler(event, context):
    boto3.client("s3").put_object(Bucket="events", Key=event["configRuleName"], Body=json.dumps(event))
"""
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Judged(NamedTuple):
    """An account with the rules `first` and `second`, both run once, and the process check `attested`."""

    account: Any
    tokens: dict[str, str]

    @property
    def config(self) -> Any:
        return self.account.config

    def put(self, *evaluations: dict[str, Any], rule: str = "first") -> None:
        self.config.put_evaluations(ResultToken=self.tokens[rule], Evaluations=evaluations)

    def results(self, rule: str = "first", **parameters: Any) -> list[dict[str, Any]]:
        request = {"ConfigRuleName": rule, **parameters}
        return list(self.config.get_compliance_details_by_config_rule(**request)["EvaluationResults"])


@pytest.fixture(scope="module")
def run_once(prepared: Callable[[], Any]) -> Judged:
    account = prepared()
    account.client("s3").create_bucket(Bucket="events")
    function = account.permitted_function("judge", SHOW_TOKEN)
    tokens = {}
    for name in ("first", "second"):
        account.put_lambda_rule(name, function)
    account.put_process_check("attested")
    account.config.start_config_rules_evaluation(ConfigRuleNames=["first", "second"])
    assert work.idle(30)
    for name in ("first", "second"):
        event = account.client("s3").get_object(Bucket="events", Key=name)["Body"].read()
        tokens[name] = json.loads(event)["resultToken"]
    return Judged(account, tokens)


@pytest.fixture
def judged(run_once: Judged) -> Judged:
    for name in ("first", "second", "attested"):
        run_once.config.delete_evaluation_results(ConfigRuleName=name)
    return run_once


def evaluation(compliance: str, resource: str = "a", **members: Any) -> dict[str, Any]:
    return {
        "ComplianceResourceType": "AWS::IAM::User",
        "ComplianceResourceId": resource,
        "ComplianceType": compliance,
        "OrderingTimestamp": NOW,
        **members,
    }


def test_a_token_serves_several_calls_as_a_rule_may_have_over_100_results(judged: Judged) -> None:
    judged.put(*(evaluation("COMPLIANT", f"a{number}") for number in range(100)))
    judged.put(*(evaluation("COMPLIANT", f"b{number}") for number in range(10)))

    first = judged.config.get_compliance_details_by_config_rule(ConfigRuleName="first", Limit=100)
    second = judged.config.get_compliance_details_by_config_rule(
        ConfigRuleName="first", Limit=100, NextToken=first["NextToken"]
    )

    assert [len(page["EvaluationResults"]) for page in (first, second)] == [100, 10]
    assert "NextToken" not in second
    assert len(judged.results()) == 10, "the default page"


@pytest.mark.parametrize(
    ("evaluations", "code"),
    [
        pytest.param([evaluation("COMPLIANT", str(number)) for number in range(101)], "ValidationException", id="101"),
        pytest.param([evaluation("INSUFFICIENT_DATA")], "InvalidParameterValueException", id="insufficient data"),
        pytest.param([evaluation("MAYBE")], "ValidationException", id="no compliance type"),
        pytest.param([evaluation("COMPLIANT", Annotation="x" * 257)], "ValidationException", id="257 characters"),
        pytest.param([evaluation("COMPLIANT", "x" * 769)], "ValidationException", id="resource id of 769 characters"),
    ],
)
def test_put_evaluations_refuses_the_whole_call(judged: Judged, evaluations: list[Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        judged.put(evaluation("COMPLIANT", "good"), *evaluations)

    assert judged.results() == []


def test_a_test_run_is_checked_and_stores_nothing(judged: Judged) -> None:
    put = judged.config.put_evaluations

    assert put(ResultToken="TESTMODE", TestMode=True, Evaluations=[evaluation("COMPLIANT")])["FailedEvaluations"] == []
    assert judged.results() == []
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        put(ResultToken="TESTMODE", TestMode=True, Evaluations=[evaluation("INSUFFICIENT_DATA")])


def test_a_token_is_good_for_its_own_account_and_region_and_for_a_time(judged: Judged) -> None:
    sandbox = judged.account.sandbox
    elsewhere = sandbox.session(judged.account.account_id, "eu-central-1").client("config")
    stranger = sandbox.session("210987654321").client("config")
    for client, token in (
        (judged.config, "TESTMODE"),
        (elsewhere, judged.tokens["first"]),
        (stranger, judged.tokens["first"]),
    ):
        with pytest.raises(ClientError, match="InvalidResultTokenException"):
            client.put_evaluations(ResultToken=token, Evaluations=[evaluation("COMPLIANT")])

    usual = state(Settings).token_lifetime
    state(Settings).token_lifetime = timedelta(0)
    with pytest.raises(ClientError, match="InvalidResultTokenException"):
        judged.put(evaluation("COMPLIANT"))
    state(Settings).token_lifetime = usual
    judged.put(evaluation("COMPLIANT"))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(1, "NON_COMPLIANT", id="newer"),
        pytest.param(0, "NON_COMPLIANT", id="as old: the later call"),
        pytest.param(-1, "COMPLIANT", id="older"),
    ],
)
def test_of_two_results_about_a_resource_the_newer_event_counts(judged: Judged, minutes: int, expected: str) -> None:
    judged.put(evaluation("COMPLIANT"))
    judged.put(evaluation("NON_COMPLIANT", OrderingTimestamp=NOW + timedelta(minutes=minutes)))

    assert [result["ComplianceType"] for result in judged.results()] == [expected]


def test_results_are_filtered_by_compliance_and_not_applicable_is_one(judged: Judged) -> None:
    for kind in ("COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"):
        judged.put(evaluation(kind, kind))

    assert len(judged.results()) == 3
    assert [each["ComplianceType"] for each in judged.results(ComplianceTypes=["NOT_APPLICABLE"])] == ["NOT_APPLICABLE"]
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        judged.results(ComplianceTypes=["INSUFFICIENT_DATA"])


@pytest.mark.parametrize(
    ("kinds", "compliance"),
    [
        pytest.param([], {"ComplianceType": "INSUFFICIENT_DATA"}, id="no result"),
        pytest.param(["NOT_APPLICABLE"], {"ComplianceType": "INSUFFICIENT_DATA"}, id="nothing applies"),
        pytest.param(["COMPLIANT", "NOT_APPLICABLE"], {"ComplianceType": "COMPLIANT"}, id="what applies complies"),
        pytest.param(
            ["COMPLIANT", "NON_COMPLIANT", "NON_COMPLIANT"],
            {
                "ComplianceType": "NON_COMPLIANT",
                "ComplianceContributorCount": {"CappedCount": 2, "CapExceeded": False},
            },
            id="two do not comply",
        ),
        pytest.param(
            ["NON_COMPLIANT"] * 26,
            {
                "ComplianceType": "NON_COMPLIANT",
                "ComplianceContributorCount": {"CappedCount": 25, "CapExceeded": True},
            },
            id="more than are counted",
        ),
    ],
)
def test_the_compliance_of_a_rule(judged: Judged, kinds: list[str], compliance: dict[str, Any]) -> None:
    judged.put(*(evaluation(kind, str(number)) for number, kind in enumerate(kinds)))

    [told] = judged.config.describe_compliance_by_config_rule(ConfigRuleNames=["first"])["ComplianceByConfigRules"]

    assert told == {"ConfigRuleName": "first", "Compliance": compliance}


def test_the_compliance_of_a_resource_joins_all_rules(judged: Judged) -> None:
    judged.put(evaluation("COMPLIANT", "a"), evaluation("COMPLIANT", "b"))
    judged.put(evaluation("NON_COMPLIANT", "a"), rule="second")
    describe = judged.config.describe_compliance_by_resource

    told = {each["ResourceId"]: each["Compliance"] for each in describe()["ComplianceByResources"]}

    assert told["a"]["ComplianceType"] == "NON_COMPLIANT"
    assert told["a"]["ComplianceContributorCount"]["CappedCount"] == 1
    assert told["b"] == {"ComplianceType": "COMPLIANT"}
    [found] = describe(ComplianceTypes=["COMPLIANT"])["ComplianceByResources"]
    assert found["ResourceId"] == "b"
    assert describe(ResourceType="AWS::IAM::Role")["ComplianceByResources"] == []
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        describe(ResourceId="a")
    by_resource = judged.config.get_compliance_details_by_resource(ResourceType="AWS::IAM::User", ResourceId="a")
    names = [
        each["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ConfigRuleName"]
        for each in by_resource["EvaluationResults"]
    ]
    assert names == ["first", "second"]


def test_the_summary_counts_rules(judged: Judged) -> None:
    judged.put(evaluation("COMPLIANT"))
    judged.put(evaluation("NON_COMPLIANT"), rule="second")

    summary = judged.config.get_compliance_summary_by_config_rule()["ComplianceSummary"]

    assert summary["CompliantResourceCount"] == {"CappedCount": 1, "CapExceeded": False}
    assert summary["NonCompliantResourceCount"] == {"CappedCount": 1, "CapExceeded": False}


def attest(judged: Judged, rule: str = "attested", **members: Any) -> None:
    external = evaluation("COMPLIANT", judged.account.account_id, ComplianceResourceType="AWS::::Account", **members)
    judged.config.put_external_evaluation(ConfigRuleName=rule, ExternalEvaluation=external)


def test_a_person_answers_a_process_check(judged: Judged) -> None:
    attest(judged, Annotation="drill of 2026-11-02")

    [result] = judged.results("attested")

    assert (result["ComplianceType"], result["Annotation"]) == ("COMPLIANT", "drill of 2026-11-02")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"rule": "first"}, "NoSuchConfigRuleException", id="a rule that a function answers"),
        pytest.param({"rule": "missing"}, "NoSuchConfigRuleException", id="no rule"),
        pytest.param({"ComplianceType": "INSUFFICIENT_DATA"}, "InvalidParameterValueException", id="insufficient data"),
        pytest.param({"ComplianceResourceId": "210987654321"}, "InvalidParameterValueException", id="another account"),
        pytest.param({"ComplianceResourceType": "AWS::S3::Bucket"}, "InvalidParameterValueException", id="a bucket"),
        pytest.param({"Annotation": "x" * 257}, "ValidationException", id="annotation over 256 characters"),
    ],
)
def test_put_external_evaluation_refuses(judged: Judged, change: dict[str, str], code: str) -> None:
    members = {"ComplianceType": "COMPLIANT", "ComplianceResourceId": judged.account.account_id, **change}
    rule = members.pop("rule", "attested")
    external = {**evaluation("COMPLIANT", ComplianceResourceType="AWS::::Account"), **members}

    with pytest.raises(ClientError, match=code):
        judged.config.put_external_evaluation(ConfigRuleName=rule, ExternalEvaluation=external)


def test_results_can_be_deleted_and_come_again(judged: Judged) -> None:
    judged.put(evaluation("NON_COMPLIANT"))
    judged.config.delete_evaluation_results(ConfigRuleName="first")
    assert judged.results() == []

    judged.put(evaluation("COMPLIANT", OrderingTimestamp=NOW - timedelta(days=1)))

    assert [result["ComplianceType"] for result in judged.results()] == ["COMPLIANT"]


def test_the_token_of_a_deleted_rule_names_no_rule_even_if_its_name_is_used_again(judged: Judged) -> None:
    judged.config.delete_config_rule(ConfigRuleName="second")
    for _ in range(2):
        with pytest.raises(ClientError, match="NoSuchConfigRuleException"):
            judged.put(evaluation("COMPLIANT"), rule="second")
        judged.account.put_process_check("second")
