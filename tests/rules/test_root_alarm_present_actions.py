"""root-alarm-present: from an alarm that trips to somebody who hears, through actions, composites and topics."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from root_alarm_present import Evidence, decide
from tests.sample_alarm import ALARM, METRIC

from rootguard.kit.alerting import metric_evidence
from rootguard.kit.alerting.events import load_events
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.metric_evidence import Topics, TrailEvidence
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.alarms import Alarms, CompositeAlarm
from rootguard.kit.readers.metric_filters import MetricFilter
from rootguard.kit.readers.topics import Topic
from rootguard.kit.readers.trails import LogGroup, Trail, TrailStatus

EXPECTED = Expectations.of(load_events("111122223333", "aws"), "ignored")
TOPIC = "arn:aws:sns:us-east-1:111122223333:security"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:444455556666:central"
LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:forward"
DENIED = EvidenceUnavailable(
    "sns:ListSubscriptionsByTopic", "111122223333", "us-east-1", "AuthorizationError: no", "AuthorizationError"
)
HEARD = Topic(TOPIC, exists=True, confirmed=1)
UNHEARD = Topic(TOPIC, exists=True)


def composite(rule: str, **changes: Any) -> CompositeAlarm:
    found = CompositeAlarm("all-of-root", f"{ALARM.arn}-all", rule, actions_enabled=True, actions=(TOPIC,))
    return replace(found, **changes)


def evidence(
    *composites: CompositeAlarm,
    actions: tuple[str, ...] = (),
    enabled: bool = True,
    topics: Topics | None = None,
    name: str = "root-use",
    trail: str = "all",
    metric_filter: str = "root",
) -> Evidence:
    log_group = LogGroup("arn:aws:logs:us-east-1:111122223333:log-group:trails:*")
    alarm = replace(ALARM, name=name, actions_enabled=enabled, actions=actions)
    found = MetricFilter(metric_filter, "{}", (METRIC,), transformed=False, criteria="")
    followed = TrailEvidence(
        Trail("arn:aws:cloudtrail:us-east-1:111122223333:trail/all", trail, "us-east-1", True, log_group),  # noqa: FBT003 - multi_region
        status=TrailStatus(logging=True, delivery_error=""),
        filters=(metric_evidence.TestedFilter(found, frozenset(EXPECTED.must_fire)),),
        alarms=Alarms((alarm,), composites),
        topics={TOPIC: HEARD} if topics is None else topics,
    )
    return Evidence(EXPECTED, (followed,))


def judged(found: Evidence) -> str:
    verdict = decide(found, {})
    return f"{verdict.compliance}: {verdict.reason}"


WAY = "root activity is reported by trail all, filter root, alarm "
OWN = f"COMPLIANT: {WAY}root-use, topic security"
THROUGH = f"COMPLIANT: {WAY}all-of-root, topic security"
SILENT = "NON_COMPLIANT: alarm root-use notifies no topic"


VOICES = [
    pytest.param(evidence(actions=(TOPIC,)), OWN, id="complete"),
    pytest.param(evidence(), SILENT, id="no action (Prowler: PASS)"),
    pytest.param(evidence(actions=(LAMBDA,)), SILENT, id="an action that is no topic"),
    pytest.param(
        evidence(actions=(TOPIC,), enabled=False),
        "NON_COMPLIANT: alarm root-use has actions disabled",
        id="actions disabled (Prowler: PASS)",
    ),
    pytest.param(
        evidence(actions=(TOPIC,), topics={TOPIC: Topic(TOPIC, exists=False)}),
        "NON_COMPLIANT: alarm root-use notifies topic security, which does not exist",
        id="missing topic (Prowler: PASS)",
    ),
    pytest.param(
        evidence(actions=(TOPIC,), topics={TOPIC: UNHEARD}),
        "NON_COMPLIANT: alarm root-use notifies topic security, which has no confirmed subscription",
        id="no subscription",
    ),
    pytest.param(
        evidence(actions=(TOPIC,), topics={TOPIC: replace(UNHEARD, pending=2)}),
        "NON_COMPLIANT: alarm root-use notifies topic security, which has no confirmed subscription (2 pending)",
        id="subscriptions pending (Cloud Custodian #8968)",
    ),
    pytest.param(
        evidence(actions=(TOPIC,), topics={TOPIC: replace(HEARD, pending=2)}), OWN, id="one confirmed, two pending"
    ),
    pytest.param(
        evidence(
            actions=(TOPIC, OTHER_TOPIC),
            topics={TOPIC: UNHEARD, OTHER_TOPIC: Topic(OTHER_TOPIC, exists=True, confirmed=1)},
        ),
        f"COMPLIANT: {WAY}root-use, topic central",
        id="second topic, of another account",
    ),
    pytest.param(
        evidence(actions=(OTHER_TOPIC, TOPIC), topics={OTHER_TOPIC: DENIED, TOPIC: HEARD}),
        OWN,
        id="unreadable topic beside a good one",
    ),
]


@pytest.mark.parametrize(("found", "verdict"), VOICES)
def test_actions_and_topics(found: Evidence, verdict: str) -> None:
    assert judged(found) == verdict


@pytest.mark.parametrize(
    ("composites", "verdict"),
    [
        pytest.param((composite("ALARM(root-use)"),), THROUGH, id="through a composite"),
        pytest.param((composite(f'ALARM("{ALARM.arn}")'),), THROUGH, id="named by its ARN"),
        pytest.param((composite("ALARM(root-use) OR ALARM(cpu)"),), THROUGH, id="this one or another"),
        pytest.param((composite("ALARM(root-use) AND NOT ALARM(deploying)"),), THROUGH, id="not while deploying"),
        pytest.param((composite("ALARM(root-use) AND OK(network)"),), THROUGH, id="while another is OK"),
        pytest.param((composite("ALARM(root-use) AND ALARM(cpu)"),), SILENT, id="needs another alarm too"),
        pytest.param((composite("OK(root-use)"),), SILENT, id="rings when root is quiet"),
        pytest.param((composite("TRUE OR ALARM(root-use)"),), SILENT, id="always in ALARM"),
        pytest.param((composite("ALARM(root-use-2)"),), SILENT, id="an alarm with a longer name"),
        pytest.param((composite("ALARM(cpu)"),), SILENT, id="unrelated"),
        pytest.param((composite("MAYBE(cpu)"),), SILENT, id="unrelated and unreadable"),
        pytest.param(
            (composite("ALARM(middle)"), composite("ALARM(root-use)", name="middle", actions=())),
            THROUGH,
            id="through a composite of a composite",
        ),
        pytest.param(
            (composite("ALARM(middle)"), composite("ALARM(root-use) AND ALARM(cpu)", name="middle", actions=())),
            SILENT,
            id="through a composite that does not ring",
        ),
        pytest.param(
            (composite("ALARM(root-use)", actions_enabled=False),),
            "NON_COMPLIANT: alarm all-of-root has actions disabled",
            id="composite with actions disabled",
        ),
        pytest.param(
            (composite("ALARM(root-use)", actions=()),), "NON_COMPLIANT: alarm all-of-root notifies no topic",
            id="composite without actions",
        ),
        pytest.param(
            (composite("MAYBE(root-use)", name="odd"), composite("ALARM(root-use)")),
            THROUGH,
            id="an unreadable one beside a good one",
        ),
    ],
)  # fmt: skip
def test_an_alarm_without_actions_reaches_people_through_composites(
    composites: tuple[CompositeAlarm, ...], verdict: str
) -> None:
    assert judged(evidence(*composites)) == verdict


def test_a_quoted_name_is_found_in_a_rule_that_escapes_it() -> None:
    found = evidence(composite(r'ALARM("say \"root\"")'), name='say "root"')
    assert judged(found) == THROUGH


def test_an_unreadable_composite_does_not_matter_where_the_alarm_is_heard_itself() -> None:
    assert judged(evidence(composite("MAYBE(root-use)"), actions=(TOPIC,))) == OWN


@pytest.mark.parametrize(
    ("found", "error"),
    [
        pytest.param(
            evidence(actions=(TOPIC,), topics={TOPIC: DENIED}),
            "sns:ListSubscriptionsByTopic in account 111122223333 (us-east-1): AuthorizationError: no -> grant",
            id="unreadable topic",
        ),
        pytest.param(
            evidence(actions=(OTHER_TOPIC, TOPIC), topics={OTHER_TOPIC: DENIED, TOPIC: UNHEARD}),
            "sns:ListSubscriptionsByTopic in account 111122223333 (us-east-1): AuthorizationError: no -> grant",
            id="unreadable topic beside an unheard one",
        ),
        pytest.param(
            evidence(composite("MAYBE(root-use)")),
            "cloudwatch:DescribeAlarms in account 111122223333 (us-east-1): composite alarm all-of-root: cannot read "
            "the alarm rule at 'MAYBE(root-use)'",
            id="unreadable composite rule",
        ),
        pytest.param(
            evidence(composite("(ALARM(root-use)")),
            "cloudwatch:DescribeAlarms in account 111122223333 (us-east-1): composite alarm all-of-root: a parenthesis",
            id="composite rule that ends too early",
        ),
    ],
)
def test_what_could_not_be_seen_is_no_verdict(found: Evidence, error: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        judged(found)
    assert str(raised.value).startswith(error)


longest = {"alarm": 255, "trail": 128, "filter": 512, "topic": 256, "event": 100}
"""Of names that AWS takes (API models of CloudWatch, CloudTrail, CloudWatch Logs and SNS)."""


@given(
    names=st.fixed_dictionaries({kind: st.integers(1, size).map("x".__mul__) for kind, size in longest.items()}),
    actions=st.sampled_from([(), (TOPIC,), (OTHER_TOPIC,), (LAMBDA,)]),
    enabled=st.booleans(),
    rule=st.sampled_from(["ALARM({})", "ALARM({}) AND ALARM(cpu)", "MAYBE({})"]),
    delivery_error=st.sampled_from(["", "Access denied. " * 40]),
    confirmed=st.integers(0, 1),
)
def test_every_reason_fits_and_only_missing_evidence_is_raised(
    names: dict[str, str],
    actions: tuple[str, ...],
    rule: str,
    delivery_error: str,
    confirmed: int,
    *,
    enabled: bool,
) -> None:
    topic = Topic(f"{TOPIC}{names['topic']}", exists=True, confirmed=confirmed)
    found = evidence(
        composite(rule.format(names["alarm"]), name=f"{names['alarm']}-all"),
        actions=actions,
        enabled=enabled,
        topics=dict.fromkeys((TOPIC, OTHER_TOPIC), topic),
        name=names["alarm"],
        trail=names["trail"],
        metric_filter=names["filter"],
    )
    trails = found.trails if isinstance(found.trails, tuple) else ()
    status = TrailStatus(logging=True, delivery_error=delivery_error)
    try:
        verdict = decide(replace(found, trails=tuple(replace(each, status=status) for each in trails)), {})
    except EvidenceUnavailable:
        assert rule.startswith("MAYBE")
        return
    assert 1 <= len(verdict.reason) <= 256
