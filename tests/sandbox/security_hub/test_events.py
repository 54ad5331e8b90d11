"""What event buses hear of findings.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
"""

from collections.abc import Callable
from typing import Any

LATER = "2026-02-01T00:00:00Z"


def test_a_new_finding_is_an_event(account: Any, listen: Callable[..., Any]) -> None:
    heard = listen(account.id)
    finding = account.put()
    [event] = heard.events()
    assert {name: event[name] for name in event if name not in {"id", "time", "version"}} == {
        "source": "aws.securityhub",
        "detail-type": "Security Hub Findings - Imported",
        "account": account.id,
        "region": "us-east-1",
        "resources": [f"{account.product}/one"],
        "detail": {"findings": [finding]},
    }


def test_every_change_is_an_event_and_nothing_else_is(account: Any, listen: Callable[..., Any]) -> None:
    account.put()
    heard = listen(account.id)
    account.put()
    account.refused(Title="")
    account.hub.get_findings()
    assert heard.events() == []
    account.put(UpdatedAt=LATER, Title="New")
    account.update(Workflow={"Status": "RESOLVED"})
    told = [(each["Title"], each["Workflow"]["Status"]) for each in heard.details()]
    assert sorted(told) == [("New", "NEW"), ("New", "RESOLVED")]


def test_each_finding_is_an_event_of_its_own(account: Any, listen: Callable[..., Any]) -> None:
    heard = listen(account.id)
    account.hub.batch_import_findings(Findings=[account.finding(Id="one"), account.finding(Id="two")])
    assert sorted(each["Id"] for each in heard.details()) == ["one", "two"]


def test_a_rule_chooses_new_critical_findings(account: Any, listen: Callable[..., Any]) -> None:
    wanted = {"Severity": {"Label": ["CRITICAL"]}, "Workflow": {"Status": ["NEW"]}, "RecordState": ["ACTIVE"]}
    heard = listen(account.id, {"source": ["aws.securityhub"], "detail": {"findings": wanted}})
    types = ["Effects"]
    account.put(Id="critical", FindingProviderFields={"Severity": {"Label": "CRITICAL"}, "Types": types})
    account.put(Id="high", FindingProviderFields={"Severity": {"Label": "HIGH"}, "Types": types})
    assert [each["Id"] for each in heard.details()] == ["critical"]
    account.update("critical", Workflow={"Status": "NOTIFIED"})
    assert heard.details() == []


def test_the_administrator_hears_of_its_members_findings(organization: Any, listen: Callable[..., Any]) -> None:
    member = organization.new_member()
    heard = listen(organization.administrator.id, {"detail": {"findings": {"AwsAccountId": [member.id]}}})
    member.put()
    [event] = heard.events()
    assert (event["account"], event["detail"]["findings"][0]["AwsAccountId"]) == (
        organization.administrator.id,
        member.id,
    )
