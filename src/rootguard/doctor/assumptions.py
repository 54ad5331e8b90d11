"""What no documentation settles and no sandbox can: each assumption, what happens if it is wrong, and a probe if any.

README's list is derived from this one. A probe is a read-only call that shows whether the assumption holds here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from rootguard.doctor.finding import Check, Finding, Status
from rootguard.doctor.standing import Standing
from rootguard.kit.answer import Answer
from rootguard.kit.denial.request_context import RequestContext
from rootguard.kit.denial.simulation import allowed_by_organization

type Probe = Callable[[Standing], bool | None]
"""Whether it holds in the account; None where the account has nothing yet to tell it by."""

_CALIBRATION = {
    "iam:CreateUser": {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}},
    "iam:CreateRole": {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:role/*"}},
    "iam:CreateGroup": {"StringEquals": {"aws:PrincipalType": "Account"}},
    "s3:ListAllMyBuckets": {"StringNotEquals": {"aws:PrincipalType": "Account"}},
}
"""Actions, and the condition on which a service control policy denies each: root is denied the first and the third."""
_LEFT_TO_ROOT = ("iam:CreateRole", "s3:ListAllMyBuckets")
_ROOT_EVENT_PATTERN = '{ $.userIdentity.type = "Root" }'
_ROOT_EVENT = '{"userIdentity": {"type": "Root"}}'


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that holds as far as anybody says.

    Attributes:
        name: In a few words.
        text: The assumption, and what follows if it is wrong; a Markdown line of README.
        probe: How to find out.
    """

    name: str
    text: str
    probe: Probe | None = None

    def examine(self, standing: Standing) -> Finding:
        """The probe's result.

        Raises:
            EvidenceUnavailable: The probe was refused.
        """
        holds = self.probe(standing) if self.probe else None
        if holds is None:
            when = " (to be told once the rules are deployed here)" if self.probe else ""
            return Finding(self.name, Status.UNPROVEN, f"{self.text}{when}")
        if holds:
            return Finding(self.name, Status.OK, f"holds here: {self.text}")
        fix = "report it: the project's tests assume otherwise"
        return Finding(self.name, Status.FAILED, f"does not hold here: {self.text}", fix)


def _password_present(standing: Standing) -> bool:
    answer = standing.account.call("iam:GetAccountSummary")
    return "AccountPasswordPresent" in answer.structure("SummaryMap")


def _both_alarm_lists(standing: Standing) -> bool:
    kinds = ["MetricAlarm", "CompositeAlarm"]
    answer = standing.account.call("cloudwatch:DescribeAlarms", AlarmTypes=kinds, AlarmNamePrefix="rootguard-doctor")
    return "MetricAlarms" in answer and "CompositeAlarms" in answer


def _filters_are_judged(standing: Standing) -> bool:
    answer = standing.account.call(
        "logs:TestMetricFilter", filterPattern=_ROOT_EVENT_PATTERN, logEventMessages=[_ROOT_EVENT]
    )
    return len(answer.structures("matches")) == 1


def _policies_are_judged_for_root(standing: Standing) -> bool:
    statements: list[dict[str, object]] = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    for action, condition in _CALIBRATION.items():
        statements.append({"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition})
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    root = RequestContext(
        {"aws:PrincipalArn": standing.account.root_arn, "aws:PrincipalType": "Account"}, absent=frozenset()
    )
    return allowed_by_organization(standing.account, [[policy]], root, tuple(_CALIBRATION)) == _LEFT_TO_ROOT


def _pack_resolves_function(standing: Standing) -> bool | None:
    """Whether a pack's rule that names a function of ours names it in this very account."""
    rules = [
        rule.structure("Source")
        for page in standing.account.pages("config:DescribeConfigRules")
        for rule in page.structures("ConfigRules", [])
        if rule.text("CreatedBy", "") == "config-conforms.amazonaws.com" and _is_ours(rule)
    ]
    if not rules:
        return None
    prefix = f"arn:{standing.account.partition}:lambda:{standing.account.region}:{standing.account.id}:function:"
    return all(source.text("SourceIdentifier").startswith(prefix) for source in rules)


def _is_ours(rule: Answer) -> bool:
    source = rule.structure("Source")
    return source.text("Owner") == "CUSTOM_LAMBDA" and ":function:rootguard-" in source.text("SourceIdentifier", "")


ASSUMPTIONS = (
    Assumption(
        "pseudo parameters in packs",
        "`Fn::Sub` resolves pseudo parameters in a conformance pack's SourceIdentifier (public packs rely on it, no AWS"
        " page says it); if not, the pack fails in every account, visibly",
        _pack_resolves_function,
    ),
    Assumption(
        "conditions in packs",
        "a rule of a conformance pack may have a Condition, by which root-denied-by-scp waits for its reader role"
        " (a public organization-wide pack does so, no AWS page says it); if not, the pack is refused as a whole,"
        " visibly",
    ),
    Assumption(
        "an audit session's account",
        "`sts:AssumeRoot` fills in aws:ResourceAccount, by which root-audit-role.yaml holds each function to its own"
        " account; if not, hardware-mfa-for-root ends in an error, and the template's OwnAccountOnly=no lifts it",
    ),
    Assumption(
        "password in the account summary",
        "`iam:GetAccountSummary` of a centrally managed member has AccountPasswordPresent (if not: an error, no"
        " verdict)",
        _password_present,
    ),
    Assumption(
        "both kinds of alarms",
        "`cloudwatch:DescribeAlarms`, asked for both kinds, answers both lists even when empty (if not: an error, no"
        " verdict)",
        _both_alarm_lists,
    ),
    Assumption(
        "metric filters judged by AWS",
        "`logs:TestMetricFilter` needs no log group of the account (if it does: an error, no verdict)",
        _filters_are_judged,
    ),
    Assumption(
        "service control policies judged for root",
        "`iam:SimulateCustomPolicy` judges service control policies by the aws:PrincipalArn and aws:PrincipalType that"
        " it is given, the root user's too; no page speaks of root (if not, root-denied-by-scp takes denials of root"
        " for none)",
        _policies_are_judged_for_root,
    ),
    Assumption(
        "retries",
        "how soon AWS Config retries a failed asynchronous invocation, and how long a result token lives",
    ),
    Assumption(
        "sign-in events",
        "which of two spellings EventBridge gives root's sign-ins (either is taken)",
    ),
    Assumption(
        "status of failed functions",
        "what `config:DescribeConfigRuleEvaluationStatus` says of a function that failed: AWS Config invokes"
        " asynchronously and may only see that no result came, where the sandbox shows the function's own error; so"
        " `rootguard status` goes by the age of results, too",
    ),
    Assumption(
        "a pack before its functions",
        "a pack that failed in an account is tried again there when it is put again (AWS Config says only that it waits"
        " seven hours for a recorder); if not, `rootguard status` goes on naming the account",
    ),
    Assumption(
        "events of a delegated administrator's StackSet",
        "a StackSet's events reach a delegated administrator's account; if not, nothing puts the pack again by itself"
        " there: `rootguard deploy` does, and PackDeployment=stackset does without",
    ),
    Assumption(
        "instances of accounts that have left",
        "`cloudformation:DeleteStackInstances` takes the instances of accounts that have left the organization out of a"
        " StackSet, as AWS's Knowledge Center says of closed ones; if not, `rootguard destroy` stops before it deletes"
        " anything, and names the account and the step in the console",
    ),
    Assumption(
        "failures sent to another account",
        "Lambda delivers a failed invocation to an event bus or topic of another account; no page allows or forbids it."
        " If not, name the account's own default bus, and let a rule of it forward to the central one",
    ),
    Assumption(
        "process checks of an organization's pack",
        "`config:PutExternalEvaluation` takes the answer to a process check that an organization's pack brought from a"
        " role of the account itself (AWS describes it for packs, whose rules are service-linked, and says nothing of"
        " organizations); if not, `rootguard attest` shows the refusal, and PackDeployment=stackset does without",
    ),
    Assumption(
        "timing",
        "AWS Config's own schedule, CloudTrail's delivery, and the Regions in which root's sign-ins are logged",
    ),
)


def assumption_checks() -> tuple[Check[Standing], ...]:
    """A check per assumption."""
    return tuple(Check(each.name, each.examine) for each in ASSUMPTIONS)
