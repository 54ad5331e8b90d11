"""The metric route, judged link by link. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rootguard.kit.alerting.alarm_rule import AlarmRuleError, Expression, holds, parse_alarm_rule
from rootguard.kit.alerting.breaks import (
    FILTER_IS_LOUD,
    FILTER_MISSES,
    NO_ACTIONS,
    NO_ALARM,
    NO_FILTER,
    NO_LOG_GROUP,
    NO_METRIC,
    NO_TOPIC,
    NO_TRAIL,
    NOT_DELIVERED,
    NOT_LOGGING,
    NOT_RECORDED,
    NOT_TRIPPED,
    ONE_REGION,
    SPLIT_METRIC,
)
from rootguard.kit.alerting.chain import Chain, Link, best, name
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.metric_evidence import TestedFilter, TrailEvidence
from rootguard.kit.alerting.topic_judgement import judge_topic
from rootguard.kit.alerting.tripping import untripped, watches
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.alarms import Alarm, CompositeAlarm, MetricAlarm
from rootguard.kit.readers.metric_filters import MetricFilter, Transformation
from rootguard.kit.readers.topics import is_topic, topic_name

WAY = "trail {trail}, filter {filter}, alarm {alarm}, topic {topic}"
"""What a complete chain says."""


def judge_trails(trails: tuple[TrailEvidence, ...] | EvidenceUnavailable, expected: Expectations) -> Chain:
    """The best way that any trail offers whose log group could be read."""
    if isinstance(trails, EvidenceUnavailable):
        return Chain(Link.TRAIL, str(trails), unseen=trails)
    return best((TrailJudgement(found, expected).chain() for found in trails if not found.foreign), NO_TRAIL())


@dataclass(frozen=True, slots=True)
class TrailJudgement:
    """Judges what was read about one trail."""

    evidence: TrailEvidence
    expected: Expectations

    def chain(self) -> Chain:
        """How far this trail's way to a person holds."""
        evidence, trail = self.evidence, name(self.evidence.trail.name)
        if evidence.unseen:
            return Chain(Link.TRAIL, str(evidence.unseen), unseen=evidence.unseen)
        if not evidence.trail.multi_region:
            return ONE_REGION(trail=trail)
        if evidence.trail.log_group is None:
            return NO_LOG_GROUP(trail=trail)
        if evidence.status is None or not evidence.status.logging:
            return NOT_LOGGING(trail=trail)
        if evidence.status.delivery_error:
            return NOT_DELIVERED(trail=trail, error=evidence.status.delivery_error)
        if evidence.unrecorded:
            return NOT_RECORDED(trail=trail, kinds=evidence.unrecorded)
        no_filter = NO_FILTER(log_group=name(evidence.trail.log_group.name))
        return best(map(self._of_filter, evidence.filters), no_filter)

    def wanted_topics(self) -> tuple[str, ...]:
        """The topics whose subscriptions decide, in a stable order."""
        right = filter(self._may_be_right, self.evidence.filters)
        alarms = (alarm for tested in right for alarm in self._raised(tested))
        return tuple(
            sorted({arn for alarm in alarms if alarm.actions_enabled for arn in filter(is_topic, alarm.actions)})
        )

    def needs_alarms(self) -> bool:
        """Whether any filter may be right, so that its alarms matter."""
        return any(map(self._may_be_right, self.evidence.filters))

    def _may_be_right(self, tested: TestedFilter) -> bool:
        return self._misfire(tested) is None

    def _of_filter(self, tested: TestedFilter) -> Chain:
        found = tested.filter
        if misfire := self._misfire(tested):
            return misfire
        if not found.transformations:
            return NO_METRIC(filter=name(found.name))
        chain = best((self._of_metric(found, metric) for metric in found.transformations), NO_TRAIL())
        if chain.complete and (found.transformed or found.criteria):
            return self._untestable(found)
        noise = tuple(title for title in self.expected.noise if title in tested.fired)
        return replace(chain, noise=noise)

    def _misfire(self, tested: TestedFilter) -> Chain | None:
        """What is wrong with what a filter fires on, None when nothing is or the test cannot tell."""
        found = tested.filter
        if found.transformed:
            return None
        missed = [title for title in self.expected.must_fire if title not in tested.fired]
        if missed:
            return FILTER_MISSES(filter=name(found.name), events=_some(missed), wrong=len(missed))
        loud = [title for title in self.expected.quiet if title in tested.fired]
        if loud:
            return FILTER_IS_LOUD(filter=name(found.name), events=_some(loud), wrong=len(loud))
        return None

    def _untestable(self, found: MetricFilter) -> Chain:
        why = "works on transformed logs" if found.transformed else f"is limited by {found.criteria}"
        problem = f"metric filter {name(found.name)} {why}, which TestMetricFilter cannot judge"
        return self._unseen(Link.FILTER, "logs:TestMetricFilter", problem)

    def _of_metric(self, found: MetricFilter, metric: Transformation) -> Chain:
        dimensions = self._dimensions(metric)
        if dimensions is None:
            return SPLIT_METRIC(filter=name(found.name))
        watching = [alarm for alarm in self.evidence.alarms.metric if watches(alarm, metric, dimensions)]
        no_alarm = NO_ALARM(metric=f"{name(metric.namespace)}/{name(metric.name)}", filter=name(found.name))
        return best((self._of_alarm(found, metric, alarm) for alarm in watching), no_alarm)

    def _of_alarm(self, found: MetricFilter, metric: Transformation, alarm: MetricAlarm) -> Chain:
        why = untripped(alarm, metric)
        if why:
            return NOT_TRIPPED(alarm=name(alarm.name), obstacle=why)
        raised, unreadable = _raised_composites(alarm, self.evidence.alarms.composite)
        voices: tuple[Alarm, ...] = (alarm, *raised)
        heard = [self._of_voice(found, voice) for voice in voices]
        unseen = [self._unseen(Link.ACTION, "cloudwatch:DescribeAlarms", problem) for problem in unreadable]
        return best(heard + unseen, NO_TRAIL())

    def _of_voice(self, found: MetricFilter, alarm: Alarm) -> Chain:
        if not alarm.actions_enabled:
            return NO_ACTIONS(alarm=name(alarm.name))
        topics = [arn for arn in alarm.actions if is_topic(arn)]
        return best((self._of_topic(found, alarm, arn) for arn in topics), NO_TOPIC(alarm=name(alarm.name)))

    def _of_topic(self, found: MetricFilter, alarm: Alarm, arn: str) -> Chain:
        names = {"trail": self.evidence.trail.name, "filter": found.name, "alarm": alarm.name, "topic": topic_name(arn)}
        way = WAY.format(**{kind: name(each) for kind, each in names.items()})
        return judge_topic(f"alarm {name(alarm.name)}", self.evidence.topics[arn], way)

    def _raised(self, tested: TestedFilter) -> Iterator[Alarm]:
        for metric in tested.filter.transformations:
            dimensions = self._dimensions(metric)
            for alarm in self.evidence.alarms.metric:
                if dimensions is not None and watches(alarm, metric, dimensions) and not untripped(alarm, metric):
                    yield alarm
                    yield from _raised_composites(alarm, self.evidence.alarms.composite)[0]

    def _dimensions(self, metric: Transformation) -> Mapping[str, str] | None:
        """The dimension values that every event to be noticed has, None where they differ."""
        details = [event.detail for event in self.expected.required_events()]
        values = {
            dimension: {_selected(path, each) for each in details} for dimension, path in metric.dimensions.items()
        }
        if any(len(found) != 1 or None in found for found in values.values()):
            return None
        return {dimension: str(found.pop()) for dimension, found in values.items()}

    def _unseen(self, link: Link, action: str, problem: str) -> Chain:
        group = self.evidence.trail.log_group
        place = (group.account_id, group.region) if group else (self.evidence.trail.account_id, "")
        unseen = EvidenceUnavailable(action, *place, problem)
        return Chain(link, str(unseen), unseen=unseen)


def _some(titles: list[str]) -> str:
    more = f" (and {len(titles) - 1} more)" if len(titles) > 1 else ""
    return f"{titles[0]}{more}"


def _selected(path: str, detail: Mapping[str, Any]) -> object:
    """What a selector like `$.userIdentity.type` finds in an event; None for anything else than a scalar."""
    found: object = detail
    for key in path.removeprefix("$.").split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return None if isinstance(found, (Mapping, list)) else found


def _raised_composites(
    alarm: MetricAlarm, composites: tuple[CompositeAlarm, ...]
) -> tuple[tuple[CompositeAlarm, ...], tuple[str, ...]]:
    """The composite alarms that this one alone brings into ALARM, directly or through another.

    Beside them, why the rules of others that seem to name one of these cannot be read.
    """
    rules = {each: _rule(each) for each in composites}
    alarmed = {alarm.name, alarm.arn}
    raised = list[CompositeAlarm]()
    while new := [each for each, rule in rules.items() if each not in raised and _turns(rule, alarmed)]:
        raised += new
        alarmed |= {known for each in new for known in (each.name, each.arn)}
    unreadable = tuple(
        f"composite alarm {name(each.name)}: {rule}"
        for each, rule in rules.items()
        if isinstance(rule, AlarmRuleError) and any(known in each.rule for known in alarmed)
    )
    return tuple(raised), unreadable


def _rule(composite: CompositeAlarm) -> Expression | AlarmRuleError:
    try:
        return parse_alarm_rule(composite.rule)
    except AlarmRuleError as error:
        return error


def _turns(rule: Expression | AlarmRuleError, alarmed: set[str]) -> bool:
    return not isinstance(rule, AlarmRuleError) and holds(rule, alarmed) and not holds(rule, ())
