"""root-alarm-present: EventBridge rules, which must carry root's sign-ins and calls in every sign-in Region."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from root_alarm_present import Evidence, decide

from rootguard.kit.alerting.event_route import RegionEvidence, RuleEvidence
from rootguard.kit.alerting.events import load_events
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.metric_evidence import TrailEvidence
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.event_rules import EventRule
from rootguard.kit.readers.topics import Topic
from rootguard.kit.readers.trails import LogGroup, Trail

EXPECTED = Expectations.of(load_events("111122223333", "aws"), "ignored")
EAST, OHIO, WEST = REGIONS = ("us-east-1", "us-east-2", "us-west-2")
SIGN_IN, CALL, BY_KEY = "sign-in", "API call", "API call by key"
EVERYTHING = frozenset({SIGN_IN, CALL, BY_KEY})
TOPIC = "arn:aws:sns:us-east-1:111122223333:security"
HEARD = Topic(TOPIC, exists=True, confirmed=1)
UNHEARD = Topic(TOPIC, exists=True, pending=1)
BUS = "arn:aws:events:eu-west-1:444455556666:event-bus/central"


def denied(action: str, region: str) -> EvidenceUnavailable:
    return EvidenceUnavailable(action, "111122223333", region, "AccessDeniedException: no", "AccessDeniedException")


NOBODY_HEARS = (
    "EventBridge rule root in us-east-1 notifies topic security, which has no confirmed subscription (1 pending)"
)
UNREADABLE = denied("sns:ListSubscriptionsByTopic", EAST)


def rule(
    region: str = EAST,
    accepted: frozenset[str] = EVERYTHING,
    *,
    name: str = "root",
    ordinary: tuple[str, ...] = (),
    buses: tuple[str, ...] = (),
    topics: tuple[Topic | EvidenceUnavailable, ...] = (HEARD,),
) -> RuleEvidence:
    return RuleEvidence(EventRule(name, region, "{}"), accepted, ordinary, buses, topics)


def judged(found: Mapping[str, RegionEvidence], regions: tuple[str, ...] = REGIONS) -> str:
    verdict = decide(Evidence(EXPECTED, (), regions, found), {})
    return f"{verdict.compliance}: {verdict.reason}"


def everywhere(east: RegionEvidence) -> Mapping[str, RegionEvidence]:
    """These rules in us-east-1, good ones in the other Regions."""
    return {EAST: east, OHIO: (rule(OHIO),), WEST: (rule(WEST),)}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        pytest.param(
            everywhere((rule(),)),
            "root in us-east-1, root in us-east-2, root in us-west-2",
            id="a topic in all Regions",
        ),
        pytest.param(
            everywhere((rule(topics=(), buses=(BUS,)),)),
            "root in us-east-1, root in us-east-2, root in us-west-2",
            id="another account's bus",
        ),
        pytest.param(
            everywhere((rule(topics=(), buses=(BUS,), ordinary=("a role writes",)),)),
            "root in us-east-1, root in us-east-2, root in us-west-2",
            id="everything to another account's bus",
        ),
        pytest.param(
            everywhere((rule(accepted=frozenset({SIGN_IN}), name="in"), rule(accepted=frozenset({CALL, BY_KEY})))),
            "in in us-east-1, root in us-east-1, root in us-east-2, root in us-west-2",
            id="one rule for sign-ins, one for calls",
        ),
        pytest.param(
            everywhere((rule(name="loud", ordinary=("a role writes",)), rule())),
            "root in us-east-1, root in us-east-2, root in us-west-2",
            id="a rule that fires on everybody beside a good one",
        ),
        pytest.param(
            everywhere((rule(topics=(UNREADABLE, HEARD)),)),
            "root in us-east-1, root in us-east-2, root in us-west-2",
            id="unreadable topic beside a good one",
        ),
    ],
)
def test_rules_in_all_regions_report_root(found: Mapping[str, RegionEvidence], reason: str) -> None:
    assert judged(found) == f"COMPLIANT: root activity is reported by EventBridge rules {reason}"


GAPS = [
    pytest.param({}, "no trail records the account's activity", id="no rule anywhere, nor a trail"),
    pytest.param(
        {EAST: denied("events:ListRules", EAST), OHIO: ()},
        "no trail records the account's activity",
        id="one Region without rules is enough, whatever an unreadable one has",
    ),
    pytest.param(
        {EAST: (rule(),), OHIO: ()},
        "no EventBridge rule in us-east-2 accepts what root does",
        id="one Region missing",
    ),
    pytest.param(
        {EAST: (rule(),), OHIO: (), WEST: (rule(WEST),)},
        "no EventBridge rule in us-east-2 accepts what root does",
        id="the Region in the middle missing",
    ),
    pytest.param(
        everywhere((rule(accepted=frozenset({SIGN_IN})),)),
        "no EventBridge rule in us-east-1 accepts root's API call and API call by key",
        id="sign-ins only",
    ),
    pytest.param(
        everywhere((rule(accepted=frozenset({CALL, BY_KEY})),)),
        "no EventBridge rule in us-east-1 accepts root's sign-in",
        id="calls only",
    ),
    pytest.param(
        everywhere((rule(accepted=frozenset({SIGN_IN, CALL})),)),
        "no EventBridge rule in us-east-1 accepts root's API call by key",
        id="calls in the console only",
    ),
    pytest.param(
        everywhere((rule(ordinary=("an IAM user signs in",)),)),
        "EventBridge rule root in us-east-1 also fires when an IAM user signs in",
        id="ordinary activity as well",
    ),
    pytest.param(
        everywhere((rule(topics=()),)),
        "EventBridge rule root in us-east-1 has no topic or other account's bus as target",
        id="no target that reaches anybody, such as a bus of the own account",
    ),
    pytest.param(
        everywhere((rule(topics=(UNHEARD,)),)),
        NOBODY_HEARS,
        id="topic unconfirmed",
    ),
    pytest.param(
        everywhere((rule(topics=(Topic(TOPIC, exists=False),)),)),
        "EventBridge rule root in us-east-1 notifies topic security, which does not exist",
        id="missing topic",
    ),
    pytest.param(
        {EAST: denied("events:ListRules", EAST), OHIO: (rule(OHIO, topics=()),), WEST: (rule(WEST),)},
        "EventBridge rule root in us-east-2 has no topic or other account's bus as target",
        id="a Region that could not be read, and one that is broken anyway",
    ),
    pytest.param(
        everywhere(
            (
                rule(accepted=frozenset({SIGN_IN}), name="in", topics=(UNREADABLE,)),
                rule(accepted=frozenset({CALL, BY_KEY}), topics=(UNHEARD,)),
            )
        ),
        NOBODY_HEARS,
        id="sign-ins to a topic that could not be read, calls to nobody anyway",
    ),
]


@pytest.mark.parametrize(("found", "reason"), GAPS)
def test_a_gap_is_named(found: Mapping[str, RegionEvidence], reason: str) -> None:
    assert judged(found) == f"NON_COMPLIANT: {reason}"


@pytest.mark.parametrize(
    ("found", "error"),
    [
        pytest.param(
            everywhere(denied("events:ListRules", EAST)),
            "events:ListRules in account 111122223333 (us-east-1): AccessDeniedException: no -> grant events:ListRules",
            id="a Region that could not be read",
        ),
        pytest.param(
            everywhere((rule(topics=(UNREADABLE,)),)),
            "sns:ListSubscriptionsByTopic in account 111122223333 (us-east-1): AccessDeniedException: no",
            id="a topic that could not be read",
        ),
        pytest.param(
            everywhere((rule(topics=(UNREADABLE, UNHEARD)),)),
            "sns:ListSubscriptionsByTopic in account 111122223333 (us-east-1): AccessDeniedException: no",
            id="a topic that could not be read beside an unheard one",
        ),
    ],
)
def test_what_could_not_be_seen_is_no_verdict(found: Mapping[str, RegionEvidence], error: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        judged(found)
    assert str(raised.value).startswith(error)


def trail(account_id: str, *, foreign: bool, unseen: EvidenceUnavailable | None = None) -> TrailEvidence:
    log_group = LogGroup(f"arn:aws:logs:us-east-1:{account_id}:log-group:trails:*")
    arn = f"arn:aws:cloudtrail:us-east-1:{account_id}:trail/all"
    return TrailEvidence(Trail(arn, "all", EAST, True, log_group), foreign=foreign, unseen=unseen)  # noqa: FBT003 - multi_region


@pytest.mark.parametrize(
    ("followed", "found", "verdict"),
    [
        pytest.param(
            trail("111122223333", foreign=False),
            everywhere((rule(),)),
            "COMPLIANT: root activity is reported by EventBridge rules root in us-east-1, root in us-east-2, root in "
            "us-west-2",
            id="EventBridge makes up for a stopped trail",
        ),
        pytest.param(
            trail("111122223333", foreign=False, unseen=denied("logs:DescribeMetricFilters", EAST)),
            everywhere((rule(),)),
            "COMPLIANT: root activity is reported by EventBridge rules root in us-east-1, root in us-east-2, root in "
            "us-west-2",
            id="EventBridge makes up for a trail that could not be followed",
        ),
        pytest.param(
            trail("111122223333", foreign=False),
            everywhere((rule(topics=(UNHEARD,)),)),
            "NON_COMPLIANT: EventBridge rule root in us-east-1 notifies topic security, which has no confirmed "
            "subscription (1 pending)",
            id="EventBridge holds further than the trail",
        ),
        pytest.param(
            trail("111122223333", foreign=False),
            {EAST: ()},
            "NON_COMPLIANT: trail all is not logging",
            id="the trail holds further than EventBridge",
        ),
        pytest.param(
            trail("444455556666", foreign=True),
            {EAST: ()},
            "NOT_APPLICABLE: trail all delivers to a log group of account 444455556666, where its alarm is judged; "
            "AlarmReaderRoleArn would judge it from here",
            id="an organization trail and no EventBridge rule",
        ),
    ],
)
def test_the_better_of_both_ways_counts(
    followed: TrailEvidence, found: Mapping[str, RegionEvidence], verdict: str
) -> None:
    decided = decide(Evidence(EXPECTED, (followed,), REGIONS, found), {})
    assert f"{decided.compliance}: {decided.reason}" == verdict


def test_a_way_that_could_not_be_seen_outweighs_a_broken_one() -> None:
    unseen = trail("111122223333", foreign=False, unseen=denied("logs:DescribeMetricFilters", EAST))
    with pytest.raises(EvidenceUnavailable, match="grant logs:DescribeMetricFilters"):
        decide(Evidence(EXPECTED, (unseen,), REGIONS, {EAST: ()}), {})


rules = st.builds(
    rule,
    st.sampled_from(REGIONS),
    st.frozensets(st.sampled_from(sorted(EVERYTHING))),
    name=st.integers(1, 64).map("x".__mul__),
    ordinary=st.sampled_from([(), ("a role writes",)]),
    buses=st.sampled_from([(), (BUS,)]),
    topics=st.sampled_from([(), (HEARD,), (UNHEARD,), (UNREADABLE,), (Topic(f"{TOPIC}{'x' * 200}", exists=False),)]),
)
in_a_region: st.SearchStrategy[RegionEvidence] = st.lists(rules, max_size=4).map(tuple) | st.just(
    denied("events:ListRules", EAST)
)


@given(st.dictionaries(st.sampled_from(REGIONS), in_a_region))
def test_every_reason_fits_and_only_missing_evidence_is_raised(found: dict[str, RegionEvidence]) -> None:
    try:
        verdict = judged(found)
    except EvidenceUnavailable as unavailable:
        assert unavailable.denied  # noqa: PT017 - the error may come or not
        return
    assert verdict.partition(": ")[2]
