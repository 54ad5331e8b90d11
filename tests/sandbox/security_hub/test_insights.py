"""Saved searches of findings."""

from typing import Any

import pytest

from rootguard.sandbox.services.securityhub_insights import Insights
from rootguard.sandbox.state import state

NEW = {"WorkflowStatus": [{"Value": "NEW", "Comparison": "EQUALS"}]}


def make(account: Any, client: Any = None, **members: Any) -> str:
    request = {"Name": "by severity", "Filters": NEW, "GroupByAttribute": "SeverityLabel", **members}
    return str((client or account.hub).create_insight(**request)["InsightArn"])


def results(account: Any, arn: str) -> list[tuple[str, int]]:
    found = account.hub.get_insight_results(InsightArn=arn)["InsightResults"]
    assert found["InsightArn"] == arn
    return [(each["GroupByAttributeValue"], each["Count"]) for each in found["ResultValues"]]


def put(account: Any, *labels: str) -> None:
    for number, label in enumerate(labels):
        fields = {"Severity": {"Label": label}, "Types": ["Effects"]}
        account.put(Id=str(number), FindingProviderFields=fields)


def test_an_insight_counts_what_it_finds(account: Any) -> None:
    arn = make(account)
    assert results(account, arn) == []
    put(account, "LOW", "HIGH", "HIGH", "CRITICAL")
    assert results(account, arn) == [("HIGH", 2), ("CRITICAL", 1), ("LOW", 1)]
    account.update("1", Workflow={"Status": "RESOLVED"})
    assert results(account, arn) == [("CRITICAL", 1), ("HIGH", 1), ("LOW", 1)]


def test_an_insight_counts_the_members_findings_too(organization: Any) -> None:
    member = organization.new_member()
    own = {"AwsAccountId": [{"Value": member.id, "Comparison": "EQUALS"}]}
    arn = make(organization.administrator, Filters=own, GroupByAttribute="AwsAccountId")
    member.put()
    assert results(organization.administrator, arn) == [(member.id, 1)]


def test_an_insight_is_changed_listed_and_deleted(account: Any, refusal: Any) -> None:
    arn, other = make(account), make(account, Name="other")
    account.hub.update_insight(InsightArn=arn, Name="by title", GroupByAttribute="Title")
    [described] = account.hub.get_insights(InsightArns=[arn])["Insights"]
    assert described == {"InsightArn": arn, "Name": "by title", "Filters": NEW, "GroupByAttribute": "Title"}
    first = account.hub.get_insights(MaxResults=1)
    second = account.hub.get_insights(NextToken=first["NextToken"])
    assert {each["InsightArn"] for page in (first, second) for each in page["Insights"]} == {arn, other}
    assert account.hub.delete_insight(InsightArn=arn)["InsightArn"] == arn
    for call in (account.hub.get_insight_results, account.hub.delete_insight):
        assert refusal(lambda call=call: call(InsightArn=arn))[0] == "ResourceNotFoundException"
    assert refusal(lambda: account.hub.get_insights(InsightArns=[arn]))[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"GroupByAttribute": "Colour"}, id="no attribute"),
        pytest.param({"Name": "x" * 129}, id="a long name"),
        pytest.param({"Filters": {"Title": []}}, id="an empty filter"),
    ],
)
def test_an_insight_that_finds_nothing_ever_is_refused(account: Any, refusal: Any, members: dict[str, Any]) -> None:
    assert refusal(lambda: make(account, **members))[0] == "InvalidInputException"


def test_a_hundred_insights_are_enough(account: Any, refusal: Any) -> None:
    make(account)
    insights = state(Insights, account.id, "us-east-1").by_arn
    [one] = insights.values()
    insights.update({f"arn:{number}": one for number in range(98)})
    make(account)
    assert refusal(lambda: make(account, account.impatient_hub))[0] == "LimitExceededException"
