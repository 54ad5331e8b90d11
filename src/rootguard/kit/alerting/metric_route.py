"""Trail, log group, metric filter, alarm, topic: asked for only as far as the links hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rootguard.kit.account import Account
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.metric_evidence import TestedFilter, TrailEvidence
from rootguard.kit.alerting.metric_judgement import TrailJudgement
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.alarms import read_alarms
from rootguard.kit.readers.metric_filters import MetricFilter, read_fired, read_metric_filters
from rootguard.kit.readers.topics import read_topic
from rootguard.kit.readers.trails import (
    LogGroup,
    Trail,
    read_trail_status,
    read_trails,
    read_unrecorded_management_events,
)


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """From where log groups are read: the judged account, or their owner's reader role.

    Attributes:
        reader_role_arn: "" where no role was given.
    """

    account: Account
    reader_role_arn: str

    def of(self, log_group: LogGroup) -> Account | None:
        """The account to ask about a log group, None when it cannot be asked.

        Raises:
            EvidenceUnavailable: The reader role could not be assumed.
        """
        if log_group.account_id == self.account.id:
            return self.account
        if self.reader_role_arn.split(":")[4:5] != [log_group.account_id]:
            return None
        return self.account.assume(self.reader_role_arn)


def gather_trails(view: Viewpoint, expected: Expectations) -> tuple[TrailEvidence, ...] | EvidenceUnavailable:
    """Read every trail of the account, each as far as its links hold; a call that failed stands in its place."""
    trails = attempt(lambda: read_trails(view.account))
    if isinstance(trails, EvidenceUnavailable):
        return trails
    return tuple(_gather_trail(view, trail, expected) for trail in trails)


def _gather_trail(view: Viewpoint, trail: Trail, expected: Expectations) -> TrailEvidence:
    evidence = attempt(lambda: _followed(view, trail, expected))
    return TrailEvidence(trail, unseen=evidence) if isinstance(evidence, EvidenceUnavailable) else evidence


def _followed(view: Viewpoint, trail: Trail, expected: Expectations) -> TrailEvidence:
    if trail.log_group is None or not trail.multi_region:
        return TrailEvidence(trail)
    owner = view.of(trail.log_group)
    if owner is None:
        return TrailEvidence(trail, foreign=True)
    evidence = TrailEvidence(trail, status=read_trail_status(owner, trail))
    if evidence.status is None or not evidence.status.logging:
        return evidence
    evidence = replace(evidence, unrecorded=read_unrecorded_management_events(owner, trail))
    if evidence.unrecorded:
        return evidence
    evidence = replace(evidence, filters=tuple(_tested(owner, trail.log_group, expected)))
    if not TrailJudgement(evidence, expected).needs_alarms():
        return evidence
    evidence = replace(evidence, alarms=read_alarms(owner, trail.log_group.region))
    wanted = TrailJudgement(evidence, expected).wanted_topics()
    return replace(evidence, topics={arn: attempt(partial(read_topic, owner, arn)) for arn in wanted})


def _tested(owner: Account, log_group: LogGroup, expected: Expectations) -> Iterator[TestedFilter]:
    filters = read_metric_filters(owner, log_group)
    fired = {pattern: _fired(owner, log_group.region, pattern, expected) for pattern in _patterns(filters)}
    for found in filters:
        yield TestedFilter(found, fired[found.pattern])


def _patterns(filters: Sequence[MetricFilter]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.pattern for found in filters))


def _fired(owner: Account, region: str, pattern: str, expected: Expectations) -> frozenset[str]:
    titles = {event.message: event.title for event in expected.events}
    return frozenset(titles[message] for message in read_fired(owner, region, pattern, tuple(titles)))
