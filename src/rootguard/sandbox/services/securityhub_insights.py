"""Insights: saved searches of findings, counted by an attribute.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-insights.html. AWS's managed insights are not in
the sandbox.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rootguard.sandbox.config_rules.place import Place, random_id
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.security_hub.filter_checks import check_filters
from rootguard.sandbox.security_hub.filter_fields import is_field, values
from rootguard.sandbox.security_hub.filters import matches
from rootguard.sandbox.security_hub.hub import SERVICE, invalid_input, not_found, place_of, subscribed
from rootguard.sandbox.services.securityhub_findings import visible
from rootguard.sandbox.state import state

_MOST_INSIGHTS = 100
_MOST_VALUES = 100
_PAGE = 100
_LONGEST_NAME = 128
"""As the schema of AWS::SecurityHub::Insight has it; the API model names no limit."""
_MEMBERS = ("Name", "Filters", "GroupByAttribute")


@dataclass
class Insights:
    """The insights of a place, as GetInsights shows them, by ARN."""

    by_arn: dict[str, dict[str, Any]] = field(default_factory=dict)


@operation("securityhub:CreateInsight")
def create_insight(call: Call) -> dict[str, Any]:
    """Save a search; "100 custom insights" are as many as an account has.

    https://docs.aws.amazon.com/general/latest/gr/sechub.html
    """
    subscribed(call)
    place, insights = place_of(call), _insights(place_of(call))
    if len(insights) >= _MOST_INSIGHTS:
        raise AwsError("LimitExceededException", f"You can have no more than {_MOST_INSIGHTS} custom insights.")
    insight = {name: call.parameters[name] for name in _MEMBERS}
    _check(insight)
    arn = place.arn(f"insight/{place.account_id}/custom/{random_id(32)}", SERVICE)
    insights[arn] = {"InsightArn": arn, **insight}
    return {"InsightArn": arn}


@operation("securityhub:UpdateInsight")
def update_insight(call: Call) -> dict[str, Any]:
    """Change what a saved search is called, looks for or counts by."""
    insight = _insight(call)
    changed = {**insight, **{name: call.parameters[name] for name in _MEMBERS if name in call.parameters}}
    _check(changed)
    insight.update(changed)
    return {}


@operation("securityhub:DeleteInsight")
def delete_insight(call: Call) -> dict[str, Any]:
    """Forget a saved search."""
    arn = _insight(call)["InsightArn"]
    del _insights(place_of(call))[arn]
    return {"InsightArn": arn}


@operation("securityhub:GetInsights")
def get_insights(call: Call) -> dict[str, Any]:
    """List the account's own saved searches, or those named."""
    subscribed(call)
    insights, asked = _insights(place_of(call)), call.parameters
    named = asked.get("InsightArns") or list(insights)
    for arn in named:
        if arn not in insights:
            raise _missing(arn)
    size = asked.get("MaxResults", _PAGE)
    try:
        chosen, token = page(named, lambda arn: (arn,), size, asked.get("NextToken"))
    except InvalidTokenError:
        raise invalid_input("Invalid parameter 'NextToken'.") from None
    return {"Insights": [insights[arn] for arn in chosen]} | ({"NextToken": token} if token else {})


@operation("securityhub:GetInsightResults")
def get_insight_results(call: Call) -> dict[str, Any]:
    """Count the findings that a saved search finds now, most frequent values first."""
    insight = _insight(call)
    name, counts = insight["GroupByAttribute"], Counter[str]()
    for finding in visible(place_of(call)):
        if matches(finding.attributes, insight["Filters"]):
            counts.update({str(value) for value in values(finding.attributes, name)})
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:_MOST_VALUES]
    results = [{"GroupByAttributeValue": value, "Count": count} for value, count in ranked]
    answer = {"InsightArn": insight["InsightArn"], "GroupByAttribute": name, "ResultValues": results}
    return {"InsightResults": answer}


def _insights(place: Place) -> dict[str, dict[str, Any]]:
    return state(Insights, place.account_id, place.region).by_arn


def _insight(call: Call) -> dict[str, Any]:
    subscribed(call)
    insight = _insights(place_of(call)).get(call.parameters["InsightArn"])
    if insight is None:
        raise _missing(call.parameters["InsightArn"])
    return insight


def _missing(arn: str) -> AwsError:
    return not_found(f"The insight {arn} does not exist.")


def _check(insight: dict[str, Any]) -> None:
    if len(insight["Name"]) > _LONGEST_NAME:
        raise invalid_input(f"Invalid parameter 'Name'. It should NOT be longer than {_LONGEST_NAME} characters")
    check_filters(insight["Filters"])
    if not is_field(insight["GroupByAttribute"]):
        raise invalid_input(f"Invalid parameter 'GroupByAttribute'. {insight['GroupByAttribute']} is no attribute.")
