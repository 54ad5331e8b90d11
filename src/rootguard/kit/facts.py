"""What AWS said, member by member, as the rules read it: the evidence behind a verdict.

Numbers, booleans and dates are kept whatever they are called. Of texts only those are kept that TEXTS names, because a
text may be a secret, somebody's address or a policy: a finding and a report are read by more people than those who may
ask AWS.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

MOST = 200
"""Facts that are kept of one evaluation, the first ones; a verdict rests on a few."""

_REPORT_COLUMNS = (
    "password_last_used",
    *(f"access_key_{slot}_{what}" for slot in (1, 2) for what in ("active", "last_used_date")),
    *(f"access_key_{slot}_last_used_{what}" for slot in (1, 2) for what in ("service", "region")),
)
TEXTS = frozenset(
    {
        ("cloudtrail:DescribeTrails", "HomeRegion"),
        ("cloudtrail:DescribeTrails", "Name"),
        ("cloudtrail:GetEventSelectors", "ReadWriteType"),
        ("cloudwatch:DescribeAlarms", "AlarmName"),
        ("cloudwatch:DescribeAlarms", "ComparisonOperator"),
        ("cloudwatch:DescribeAlarms", "MetricName"),
        ("cloudwatch:DescribeAlarms", "Namespace"),
        ("cloudwatch:DescribeAlarms", "Statistic"),
        ("cloudwatch:DescribeAlarms", "TreatMissingData"),
        ("events:ListRules", "Name"),
        ("events:ListRules", "State"),
        ("iam:GenerateCredentialReport", "State"),
        ("iam:ListOrganizationsFeatures", "EnabledFeatures"),
        ("iam:ListVirtualMFADevices", "SerialNumber"),
        ("iam:SimulateCustomPolicy", "AllowedByOrganizations"),
        ("logs:DescribeMetricFilters", "filterName"),
        ("logs:DescribeMetricFilters", "metricName"),
        ("logs:DescribeMetricFilters", "metricNamespace"),
        ("organizations:DescribeOrganization", "FeatureSet"),
        ("organizations:DescribeOrganization", "MasterAccountId"),
        ("organizations:ListParents", "Id"),
        ("organizations:ListParents", "Type"),
        ("organizations:ListPoliciesForTarget", "Id"),
        ("organizations:ListRoots", "Status"),
        ("organizations:ListRoots", "Type"),
        ("sns:ListSubscriptionsByTopic", "SubscriptionArn"),
        *(("iam:GetCredentialReport", column) for column in _REPORT_COLUMNS),
    }
)
"""The members whose text is a fact, by the action that answers with them."""

ERROR_CODE = "Error.Code"
"""What stands for the member where AWS refused to answer; its code may always be told."""

_SILENT_SERVICE = "sts:"
"""Of what it answers nothing is kept: credentials."""

type Value = str | float | bool | datetime | tuple[()]
"""The empty tuple is a list without items, which may be all that a verdict rests on."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One member of one answer.

    Attributes:
        action: The call as IAM spells it, `iam:GetAccountSummary`.
        account_id: The account that was asked.
        region: The Region that was asked.
        member: Its path in the answer, `SummaryMap.AccountMFAEnabled`, `Subscriptions[0].SubscriptionArn`.
        value: As AWS gave it; of several texts, with commas between.
        answered: When the answer came, UTC.
    """

    action: str
    account_id: str
    region: str
    member: str
    value: Value
    answered: datetime

    @property
    def text(self) -> str:
        """The value as people read it: `0`, `true`, `2026-11-23T05:30:00Z`."""
        match self.value:
            case bool():
                return str(self.value).lower()
            case float() if self.value.is_integer():
                return str(int(self.value))
            case datetime():
                return timestamp(self.value)
            case ():
                return "(empty)"
            case _:
                return str(self.value)


class Facts:
    """The facts that were read so far, in the order of their first reading, each once."""

    def __init__(self) -> None:
        self._facts: dict[Fact, None] = {}

    def __iter__(self) -> Iterator[Fact]:
        return iter(tuple(self._facts))

    def __len__(self) -> int:
        return len(self._facts)

    def add(self, fact: Fact) -> None:
        """Keep a fact, unless it is a text that is nobody's business or there are too many already."""
        if len(self._facts) < MOST and _may_be_told(fact):
            self._facts[fact] = None


def timestamp(time: datetime) -> str:
    """A time in UTC to the second, `2026-11-23T05:30:00Z`."""
    moment = time if time.tzinfo else time.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _may_be_told(fact: Fact) -> bool:
    if fact.member == ERROR_CODE:
        return True
    if fact.action.startswith(_SILENT_SERVICE):
        return False
    if isinstance(fact.value, str):
        return (fact.action, fact.member.rpartition(".")[2]) in TEXTS
    return True
