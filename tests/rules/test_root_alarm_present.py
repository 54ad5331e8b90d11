"""root-alarm-present: the way from a trail to an alarm that one event trips, each broken link with its reason."""

from dataclasses import replace
from typing import Any

import pytest
from root_alarm_present import Evidence, decide
from tests import sample_alarm
from tests.sample_alarm import METRIC

from rootguard.kit.alerting import metric_evidence
from rootguard.kit.alerting.events import Group, load_events
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.metric_evidence import TrailEvidence
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.alarms import Alarms, MetricAlarm
from rootguard.kit.readers.metric_filters import MetricFilter, Transformation
from rootguard.kit.readers.topics import Topic
from rootguard.kit.readers.trails import LogGroup, Trail, TrailStatus

EVENTS = load_events("111122223333", "aws")
IGNORED = Expectations.of(EVENTS, "ignored")
ROOT = frozenset(IGNORED.must_fire)
SESSIONS = frozenset(event.title for event in EVENTS if event.group is Group.ASSUME_ROOT)
SERVICES = frozenset(IGNORED.noise)
GROUP = "arn:aws:logs:us-east-1:{}:log-group:trails:*"
TOPIC = "arn:aws:sns:us-east-1:111122223333:security"

TRAIL = Trail(
    arn="arn:aws:cloudtrail:us-east-1:111122223333:trail/all",
    name="all",
    home_region="us-east-1",
    multi_region=True,
    log_group=LogGroup(GROUP.format("111122223333")),
)
ALARM = replace(sample_alarm.ALARM, actions=(TOPIC,))
FILTER = MetricFilter(name="root", pattern="{}", transformations=(METRIC,), transformed=False, criteria="")
HEARD = Topic(TOPIC, exists=True, confirmed=1)
COMPLETE = TrailEvidence(
    TRAIL,
    status=TrailStatus(logging=True, delivery_error=""),
    filters=(metric_evidence.TestedFilter(FILTER, ROOT),),
    alarms=Alarms((ALARM,), ()),
    topics={TOPIC: HEARD},
)
REPORTED = "root activity is reported by trail all, filter root, alarm root-use, topic security"
NOBODY_LISTENS = "no trail records the account's activity"


def sees(fired: frozenset[str] = ROOT, **changes: Any) -> metric_evidence.TestedFilter:
    return metric_evidence.TestedFilter(replace(FILTER, **changes), fired)


def trail(**changes: Any) -> TrailEvidence:
    return replace(COMPLETE, trail=replace(TRAIL, **changes))


def filters(*found: metric_evidence.TestedFilter) -> TrailEvidence:
    return replace(COMPLETE, filters=found)


def metrics(*found: Transformation) -> TrailEvidence:
    return filters(sees(transformations=found))


def alarms(*found: MetricAlarm) -> TrailEvidence:
    return replace(COMPLETE, alarms=Alarms(found, ()))


def alarm(**changes: Any) -> TrailEvidence:
    return alarms(replace(ALARM, **changes))


def denied(action: str) -> EvidenceUnavailable:
    return EvidenceUnavailable(action, "111122223333", "us-east-1", "AccessDenied: no", "AccessDenied")


FOREIGN = TrailEvidence(
    replace(TRAIL, name="organization", log_group=LogGroup(GROUP.format("444455556666"))), foreign=True
)
STRANGERS = (
    "trail organization delivers to a log group of account 444455556666, where its alarm is judged; "
    "AlarmReaderRoleArn would judge it from here"
)
TITLES = tuple(sorted(ROOT, key=IGNORED.must_fire.index))


def judged(*trails: TrailEvidence, sessions: str = "ignored") -> str:
    verdict = decide(Evidence(Expectations.of(EVENTS, sessions), trails), {})
    return f"{verdict.compliance}: {verdict.reason}"


BROKEN_LINKS = [
    pytest.param(trail(multi_region=False), "trail all covers one Region only", id="one Region (Prowler: PASS)"),
    pytest.param(trail(log_group=None), "trail all delivers to no log group", id="no log group"),
    pytest.param(replace(COMPLETE, status=None), "trail all is not logging", id="status unknown"),
    pytest.param(
        replace(COMPLETE, status=TrailStatus(logging=False, delivery_error="")),
        "trail all is not logging",
        id="stopped (Prowler: PASS)",
    ),
    pytest.param(
        replace(COMPLETE, status=TrailStatus(logging=True, delivery_error="Access denied.")),
        "trail all cannot deliver to its log group: Access denied.",
        id="delivery fails",
    ),
    pytest.param(
        replace(COMPLETE, unrecorded="read"),
        "trail all does not record read management events",
        id="writing only",
    ),
    pytest.param(
        replace(COMPLETE, unrecorded="read and write"),
        "trail all does not record read and write management events",
        id="data events only (Prowler: PASS)",
    ),
    pytest.param(filters(), "log group trails has no metric filter", id="no filter"),
    pytest.param(
        filters(sees(frozenset())),
        f"filter root misses: {TITLES[0]} (and {len(TITLES) - 1} more)",
        id="filter never fires",
    ),
    pytest.param(
        filters(sees(ROOT - {"root stops a trail"})),
        "filter root misses: root stops a trail",
        id="filter misses one kind",
    ),
    pytest.param(
        filters(sees(ROOT | {"a role writes"})),
        "filter root also fires when a role writes",
        id="filter fires on a role",
    ),
    pytest.param(
        filters(sees(ROOT | set(IGNORED.quiet))),
        f"filter root also fires when {IGNORED.quiet[0]} (and {len(IGNORED.quiet) - 1} more)",
        id="filter fires on everything",
    ),
    pytest.param(metrics(), "filter root publishes no metric", id="no transformation"),
    pytest.param(
        metrics(replace(METRIC, dimensions={"Call": "$.eventName"})),
        "filter root splits root's events over dimensions of its metric",
        id="dimension that varies",
    ),
    pytest.param(
        metrics(replace(METRIC, dimensions={"Error": "$.errorCode"})),
        "filter root splits root's events over dimensions of its metric",
        id="dimension that most events lack",
    ),
    pytest.param(
        metrics(replace(METRIC, dimensions={"Who": "$.userIdentity"})),
        "filter root splits root's events over dimensions of its metric",
        id="dimension that is no scalar",
    ),
    pytest.param(
        metrics(replace(METRIC, dimensions={"Type": "$.userIdentity.type"})),
        "no alarm on LogMetrics/RootUse of filter root",
        id="alarm lacks the dimension",
    ),
    pytest.param(alarms(), "no alarm on LogMetrics/RootUse of filter root", id="no alarm"),
    pytest.param(
        alarm(namespace="Other"), "no alarm on LogMetrics/RootUse of filter root", id="alarm on another namespace"
    ),
    pytest.param(alarm(metric="Other"), "no alarm on LogMetrics/RootUse of filter root", id="alarm on another metric"),
    pytest.param(
        alarm(dimensions={"Account": "111122223333"}),
        "no alarm on LogMetrics/RootUse of filter root",
        id="alarm on a dimension that is not published",
    ),
    pytest.param(
        metrics(replace(METRIC, value="$.size")),
        "alarm root-use does not trip on one event: its metric adds $.size for an event, not a number",
        id="metric value from the event",
    ),
    pytest.param(
        alarm(unit="Count"),
        "alarm root-use does not trip on one event: it selects the unit Count, its metric has None",
        id="unit",
    ),
    pytest.param(
        alarm(statistic="Average"),
        "alarm root-use does not trip on one event: the statistic Average of one event depends on the others",
        id="statistic",
    ),
    pytest.param(
        alarm(threshold=1e6),
        "alarm root-use does not trip on one event: one event makes 1, its threshold is "
        "GreaterThanOrEqualToThreshold 1e+06",
        id="threshold of a million (Prowler: PASS)",
    ),
    pytest.param(
        alarm(operator="LessThanThreshold"),
        "alarm root-use does not trip on one event: one event makes 1, its threshold is LessThanThreshold 1",
        id="operator",
    ),
    pytest.param(
        alarm(datapoints=3),
        "alarm root-use does not trip on one event: it needs 3 breaching datapoints, one event makes one",
        id="datapoints",
    ),
    pytest.param(
        alarm(missing_data="breaching"),
        "alarm root-use does not trip on one event: it is in ALARM without any event, so an event changes nothing",
        id="always in ALARM",
    ),
    pytest.param(
        replace(metrics(replace(METRIC, default=None)), alarms=alarm(missing_data="ignore").alarms),
        "alarm root-use does not trip on one event: it ignores missing data and its filter has no default value, so it "
        "stays in ALARM after the first event",
        id="rings once and for all",
    ),
    pytest.param(
        alarm(operator="LessThanLowerOrGreaterThanUpperThreshold", threshold=None),
        "alarm root-use does not trip on one event: it detects anomalies, not single events",
        id="anomaly detection",
    ),
    pytest.param(
        filters(sees(transformed=True, transformations=())),
        "filter root publishes no metric",
        id="filter on transformed logs whose way is broken anyway",
    ),
]


@pytest.mark.parametrize(("found", "reason"), BROKEN_LINKS)
def test_a_broken_link_is_named(found: TrailEvidence, reason: str) -> None:
    assert judged(found) == f"NON_COMPLIANT: {reason}"


def test_without_a_trail_nothing_is_recorded() -> None:
    assert judged() == f"NON_COMPLIANT: {NOBODY_LISTENS}"


@pytest.mark.parametrize(
    ("found", "sessions", "verdict"),
    [
        pytest.param(COMPLETE, "ignored", f"COMPLIANT: {REPORTED}", id="exact filter"),
        pytest.param(filters(sees(ROOT | SESSIONS)), "ignored", f"COMPLIANT: {REPORTED}", id="sessions ignored: fires"),
        pytest.param(
            filters(sees(ROOT | SESSIONS)), "required", f"COMPLIANT: {REPORTED}", id="sessions required: fires"
        ),
        pytest.param(
            COMPLETE,
            "required",
            "NON_COMPLIANT: filter root misses: a root session of the management account reads (and 1 more)",
            id="sessions required: missed",
        ),
        pytest.param(COMPLETE, "noise", f"COMPLIANT: {REPORTED}", id="sessions are noise: quiet"),
        pytest.param(
            filters(sees(ROOT | {"a root session of the management account reads"})),
            "noise",
            f"COMPLIANT: {REPORTED}; noise: also fires when a root session of the management account reads",
            id="sessions are noise: fires",
        ),
        pytest.param(
            filters(sees(ROOT | {"an AWS service acts for root", "an AwsServiceEvent names root"})),
            "ignored",
            f"COMPLIANT: {REPORTED}; noise: also fires when an AWS service acts for root and when an AwsServiceEvent "
            "names root",
            id="every event of type Root",
        ),
        pytest.param(
            replace(
                metrics(replace(METRIC, dimensions={"Type": "$.userIdentity.type"})),
                alarms=Alarms((replace(ALARM, dimensions={"Type": "Root"}),), ()),
            ),
            "ignored",
            f"COMPLIANT: {REPORTED}",
            id="dimension that all events share",
        ),
    ],
)
def test_sessions_and_services_are_what_the_parameter_says(found: TrailEvidence, sessions: str, verdict: str) -> None:
    assert judged(found, sessions=sessions) == verdict


BEST_WAYS = [
    pytest.param((trail(multi_region=False, name="first"), COMPLETE), f"COMPLIANT: {REPORTED}", id="one of two trails"),
    pytest.param(
        (filters(sees(frozenset(), name="errors"), sees()),), f"COMPLIANT: {REPORTED}", id="one of two filters"
    ),
    pytest.param((metrics(replace(METRIC, name="Other"), METRIC),), f"COMPLIANT: {REPORTED}", id="one of two metrics"),
    pytest.param(
        (alarms(replace(ALARM, name="never", threshold=9), ALARM),),
        f"COMPLIANT: {REPORTED}",
        id="one of two alarms",
    ),
    pytest.param(
        (filters(sees(ROOT | SERVICES, name="loud"), sees()),), f"COMPLIANT: {REPORTED}", id="the quieter one"
    ),
    pytest.param(
        (filters(sees(frozenset(), name="errors"), sees(ROOT - {"root stops a trail"}, name="root")),),
        "NON_COMPLIANT: filter root misses: root stops a trail",
        id="the filter that misses least",
    ),
    pytest.param(
        (trail(log_group=None, name="bucket"), alarms()),
        "NON_COMPLIANT: no alarm on LogMetrics/RootUse of filter root",
        id="the trail that holds furthest",
    ),
    pytest.param((FOREIGN,), f"NOT_APPLICABLE: {STRANGERS}", id="organization trail, judged elsewhere"),
    pytest.param((FOREIGN, COMPLETE), f"COMPLIANT: {REPORTED}", id="organization trail beside an own one"),
    pytest.param((FOREIGN, alarms()), f"NOT_APPLICABLE: {STRANGERS}", id="organization trail beside a broken one"),
]


@pytest.mark.parametrize(("found", "verdict"), BEST_WAYS)
def test_the_best_way_counts(found: tuple[TrailEvidence, ...], verdict: str) -> None:
    assert judged(*found) == verdict


@pytest.mark.parametrize(
    ("found", "error"),
    [
        pytest.param(
            replace(COMPLETE, unseen=denied("logs:DescribeMetricFilters")),
            "logs:DescribeMetricFilters in account 111122223333 (us-east-1): AccessDenied: no",
            id="a call on the way was denied",
        ),
        pytest.param(
            filters(sees(transformed=True)),
            "logs:TestMetricFilter in account 111122223333 (us-east-1): metric filter root works on transformed logs, "
            "which TestMetricFilter cannot judge",
            id="filter on transformed logs whose way is complete otherwise",
        ),
        pytest.param(
            filters(replace(sees(transformed=True), fired=frozenset())),
            "logs:TestMetricFilter in account 111122223333 (us-east-1): metric filter root works on transformed logs, "
            "which TestMetricFilter cannot judge",
            id="filter on transformed logs that misses raw ones",
        ),
        pytest.param(
            filters(sees(criteria='@aws.account IN ["111122223333"]')),
            "logs:TestMetricFilter in account 111122223333 (us-east-1): metric filter root is limited by "
            '@aws.account IN ["111122223333"], which TestMetricFilter cannot judge',
            id="filter for some accounts only",
        ),
    ],
)
def test_what_could_not_be_seen_is_no_verdict(found: TrailEvidence, error: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        judged(found, alarms())
    assert str(raised.value).startswith(error)
    assert judged(found, COMPLETE).startswith("COMPLIANT: ")


def test_trails_that_cannot_be_listed_are_no_verdict() -> None:
    with pytest.raises(EvidenceUnavailable, match="grant cloudtrail:DescribeTrails"):
        decide(Evidence(IGNORED, denied("cloudtrail:DescribeTrails")), {})
