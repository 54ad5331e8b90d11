"""The metric route, judged link by link. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.kit.alerting.alarm_rule import AlarmRuleError, Expression, holds, parse_alarm_rule
from rootguard.kit.alerting.chain import Chain, Link, best, name
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.metric_evidence import TestedFilter, TrailEvidence
from rootguard.kit.alerting.topic_judgement import judge_topic
from rootguard.kit.alerting.tripping import untripped, watches
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.alarms import Alarm, CompositeAlarm, MetricAlarm
from rootguard.kit.readers.metric_filters import MetricFilter, Transformation
from rootguard.kit.readers.topics import is_topic, topic_name

NO_TRAIL = Chain(Link.NOTHING, "no trail records the account's activity")


def judge_trails(trails: tuple[TrailEvidence, ...] | EvidenceUnavailable, expected: Expectations) -> Chain:
    """The best way that any trail offers whose log group could be read."""
    if isinstance(trails, EvidenceUnavailable):
        return Chain(Link.TRAIL, str(trails), unseen=trails)
    return best((TrailJudgement(found, expected).chain() for found in trails if not found.foreign), NO_TRAIL)


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
            return Chain(Link.TRAIL, f"trail {trail} covers one Region only")
        if evidence.trail.log_group is None:
            return Chain(Link.LOG_GROUP, f"trail {trail} delivers to no log group")
        if evidence.status is None or not evidence.status.logging:
            return Chain(Link.LOGGING, f"trail {trail} is not logging")
        if evidence.status.delivery_error:
            return Chain(
                Link.LOGGING, f"trail {trail} cannot deliver to its log group: {evidence.status.delivery_error}"
            )
        if evidence.unrecorded:
            return Chain(Link.RECORDING, f"trail {trail} does not record {evidence.unrecorded} management events")
        no_filter = Chain(Link.FILTER, f"log group {name(evidence.trail.log_group.name)} has no metric filter")
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
            return Chain(Link.ALARM, f"filter {name(found.name)} publishes no metric")
        chain = best((self._of_metric(found, metric) for metric in found.transformations), NO_TRAIL)
        if chain.complete and (found.transformed or found.criteria):
            return self._untestable(found)
        noise = tuple(title for title in self.expected.noise if title in tested.fired)
        return Chain(chain.link, chain.reason, noise=noise, unseen=chain.unseen)

    def _misfire(self, tested: TestedFilter) -> Chain | None:
        """What is wrong with what a filter fires on, None when nothing is or the test cannot tell."""
        found = tested.filter
        if found.transformed:
            return None
        missed = [title for title in self.expected.must_fire if title not in tested.fired]
        if missed:
            return Chain(Link.FILTER, f"filter {name(found.name)} misses: {_some(missed)}", wrong=len(missed))
        loud = [title for title in self.expected.quiet if title in tested.fired]
        if loud:
            return Chain(Link.FILTER, f"filter {name(found.name)} also fires when {_some(loud)}", wrong=len(loud))
        return None

    def _untestable(self, found: MetricFilter) -> Chain:
        why = "works on transformed logs" if found.transformed else f"is limited by {found.criteria}"
        problem = f"metric filter {name(found.name)} {why}, which TestMetricFilter cannot judge"
        return self._unseen(Link.FILTER, "logs:TestMetricFilter", problem)

    def _of_metric(self, found: MetricFilter, metric: Transformation) -> Chain:
        dimensions = self._dimensions(metric)
        if dimensions is None:
            return Chain(Link.ALARM, f"filter {name(found.name)} splits root's events over dimensions of its metric")
        watching = [alarm for alarm in self.evidence.alarms.metric if watches(alarm, metric, dimensions)]
        no_alarm = Chain(
            Link.ALARM, f"no alarm on {name(metric.namespace)}/{name(metric.name)} of filter {name(found.name)}"
        )
        return best((self._of_alarm(found, metric, alarm) for alarm in watching), no_alarm)

    def _of_alarm(self, found: MetricFilter, metric: Transformation, alarm: MetricAlarm) -> Chain:
        why = untripped(alarm, metric)
        if why:
            return Chain(Link.TRIPPING, f"alarm {name(alarm.name)} does not trip on one event: {why}")
        raised, unreadable = _raised_composites(alarm, self.evidence.alarms.composite)
        voices: tuple[Alarm, ...] = (alarm, *raised)
        heard = [self._of_voice(found, voice) for voice in voices]
        unseen = [self._unseen(Link.ACTION, "cloudwatch:DescribeAlarms", problem) for problem in unreadable]
        return best(heard + unseen, NO_TRAIL)

    def _of_voice(self, found: MetricFilter, alarm: Alarm) -> Chain:
        if not alarm.actions_enabled:
            return Chain(Link.ACTION, f"alarm {name(alarm.name)} has actions disabled")
        topics = [arn for arn in alarm.actions if is_topic(arn)]
        no_topic = Chain(Link.ACTION, f"alarm {name(alarm.name)} notifies no topic")
        way = f"trail {name(self.evidence.trail.name)}, filter {name(found.name)}, alarm {name(alarm.name)}"
        return best((self._of_topic(alarm, way, arn) for arn in topics), no_topic)

    def _of_topic(self, alarm: Alarm, way: str, arn: str) -> Chain:
        topic = self.evidence.topics[arn]
        return judge_topic(f"alarm {name(alarm.name)}", topic, f"{way}, topic {name(topic_name(arn))}")

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
