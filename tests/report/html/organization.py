"""A large audit whose evidence is as much, and as varied, as that of a real one.

The calls, members and values are those that an audit of the sandbox's organization told of one account; whatever
differs from account to account (times, names, ids) differs here as well, so that nothing packs better than it would.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from tests.sample_audit import MANAGEMENT, NOW, REGION, sample_report

from rootguard.audit.results import Audit, Evidence, Observation, Result
from rootguard.kit.facts import timestamp
from rootguard.report.report import Report

OWN = ""
"""Stands for the judged account."""
type _Answer = tuple[str, str, Mapping[str, str]]
"""Action, the account asked, and values by member."""

_CREDENTIALS = {
    "SummaryMap.AccountMFAEnabled": "0",
    "SummaryMap.AccountPasswordPresent": "1",
    "SummaryMap.AccountAccessKeysPresent": "1",
    "SummaryMap.AccountSigningCertificatesPresent": "0",
}
_KEYS = {
    "GeneratedTime": "{report}",
    "access_key_1_active": "true",
    "access_key_1_last_used_date": "{used}",
    "access_key_2_active": "false",
    "access_key_2_last_used_date": "N/A",
}
_SUMMARY = ("iam:GetAccountSummary", OWN, _CREDENTIALS)
_REPORT = (
    ("iam:GenerateCredentialReport", OWN, {"State": "COMPLETE"}),
    ("iam:GetCredentialReport", OWN, _KEYS | {"password_last_used": "{signed_in}"}),
)
_ORGANIZATION = (
    "organizations:DescribeOrganization",
    OWN,
    {"Organization.MasterAccountId": MANAGEMENT, "Organization.FeatureSet": "ALL"},
)


def _alarm(number: int) -> dict[str, str]:
    members = {
        "EvaluationPeriods": "1",
        "AlarmName": f"alarm-{number}-{{mark}}",
        "Namespace": "Security",
        "MetricName": f"root-activity-{number}-{{mark}}",
        "Dimensions": "(empty)",
        "Statistic": "Sum",
        "Threshold": "1",
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "ActionsEnabled": "true",
    }
    return {f"MetricAlarms[{number}].{name}": value for name, value in members.items()}


_ALARM: tuple[_Answer, ...] = (
    (
        "cloudtrail:DescribeTrails",
        OWN,
        {
            "trailList[0].Name": "root-activity-{mark}",
            "trailList[0].HomeRegion": REGION,
            "trailList[0].IsMultiRegionTrail": "true",
        },
    ),
    ("cloudtrail:GetTrailStatus", OWN, {"IsLogging": "true"}),
    (
        "cloudtrail:GetEventSelectors",
        OWN,
        {"EventSelectors[0].IncludeManagementEvents": "true", "EventSelectors[0].ReadWriteType": "All"},
    ),
    (
        "logs:DescribeMetricFilters",
        OWN,
        {
            "metricFilters[0].filterName": "root-activity-{mark}",
            "metricFilters[0].metricTransformations[0].metricNamespace": "Security",
            "metricFilters[0].metricTransformations[0].metricName": "root-activity-0-{mark}",
            "metricFilters[0].applyOnTransformedLogs": "false",
        },
    ),
    ("cloudwatch:DescribeAlarms", OWN, _alarm(0) | _alarm(1) | {"CompositeAlarms": "(empty)"}),
    (
        "sns:ListSubscriptionsByTopic",
        OWN,
        {"Subscriptions[0].SubscriptionArn": f"arn:aws:sns:{REGION}:{{account}}:security:{{subscription}}"},
    ),
)
_HIERARCHY: tuple[_Answer, ...] = (
    (
        "organizations:ListRoots",
        MANAGEMENT,
        {"Roots[0].PolicyTypes[0].Type": "SERVICE_CONTROL_POLICY", "Roots[0].PolicyTypes[0].Status": "ENABLED"},
    ),
    ("organizations:ListParents", MANAGEMENT, {"Parents[0].Id": "ou-{mark}", "Parents[0].Type": "ORGANIZATIONAL_UNIT"}),
    ("organizations:ListPoliciesForTarget", MANAGEMENT, {f"Policies[{number}].Id": f"p-{number}" for number in (0, 1)}),
    (
        "iam:SimulateCustomPolicy",
        OWN,
        {"EvaluationResults[].AllowedByOrganizations": ", ".join(f"service{each}:DoSomething" for each in range(58))},
    ),
)

ANSWERS: Mapping[str, tuple[_Answer, ...]] = {
    "hardware-mfa-for-root": (
        _SUMMARY,
        ("iam:ListMFADevices", OWN, {"MFADevices[0].SerialNumber": "arn:aws:iam::{account}:mfa/{mark}"}),
    ),
    "root-mfa-enabled": (_SUMMARY,),
    "root-no-access-keys": (_SUMMARY, *_REPORT),
    "root-alarm-present": _ALARM,
    "root-no-signing-certificates": (_SUMMARY,),
    "root-not-used": (_SUMMARY, *_REPORT),
    "organization-root-management": (
        _ORGANIZATION,
        (
            "iam:ListOrganizationsFeatures",
            OWN,
            {"Error.Code": "AccountNotManagementOrDelegatedAdministratorException"},
        ),
    ),
    "root-credentials-removed": (_ORGANIZATION, _SUMMARY),
    "root-denied-by-scp": (_ORGANIZATION, *_HIERARCHY),
    "root-security-contact": (
        ("account:GetAlternateContact", OWN, {"AlternateContact.EmailAddress": "security-{mark}@anyagency.com"}),
    ),
}
"""What each rule was told of an account."""


def large_report(accounts: int) -> Report:
    """A report on an organization of that many accounts, the same each time."""
    report = sample_report(accounts)
    told = {id_: _told(id_, number) for number, id_ in enumerate(report.audit.by_account)}
    results = [_realistic(result, told[result.account_id]) for result in report.audit.results]
    audit: Audit = replace(report.audit, results=results)
    return replace(report, audit=audit)


def _told(account: str, number: int) -> Mapping[str, str]:
    """What differs from account to account; eight of them are looked into in a second."""
    chance = random.Random(account)  # noqa: S311 - no secrets
    asked = NOW + timedelta(seconds=number // 8)

    def earlier(days: int) -> str:
        return timestamp(asked - timedelta(seconds=chance.randrange(days * 86_400)))

    return {
        "account": account,
        "asked": timestamp(asked),
        "report": timestamp(asked - timedelta(seconds=chance.randrange(14_400))),
        "used": earlier(200),
        "signed_in": earlier(400),
        "mark": f"{chance.getrandbits(32):08x}",
        "subscription": f"{chance.getrandbits(128):032x}",
    }


def _realistic(result: Result, told: Mapping[str, str]) -> Result:
    reason = re.sub(r"<(\w+)>", rf"\1 {told['mark']} of {told['used']}", result.reason)
    return replace(result, reason=reason, evidence=Evidence(_observations(result.rule, told)))


def _observations(rule: str, told: Mapping[str, str]) -> Iterator[Observation]:
    for action, asked, members in ANSWERS[rule]:
        for member, value in members.items():
            yield Observation(action, asked or told["account"], REGION, member, value.format_map(told), told["asked"])
