"""Trail, log group, metric filter, alarm, topic: asked for only as far as the links hold."""

from dataclasses import replace
from functools import cached_property, partial

from rootguard.kit.account import Account
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.metric_evidence import TestedFilter, TrailEvidence
from rootguard.kit.alerting.metric_judgement import TrailJudgement
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.alarms import read_alarms
from rootguard.kit.readers.metric_filters import read_fired, read_metric_filters
from rootguard.kit.readers.topics import read_topic
from rootguard.kit.readers.trails import (
    LogGroup,
    Trail,
    read_trail_status,
    read_trails,
    read_unrecorded_management_events,
)


class Viewpoint:
    """From where log groups are read: the judged account, or their owner's reader role, assumed when first needed.

    Args:
        account: The judged account.
        reader_role_arn: "" where no role was given.
    """

    def __init__(self, account: Account, reader_role_arn: str) -> None:
        self.account = account
        self._reader_role_arn = reader_role_arn

    def of(self, log_group: LogGroup) -> Account | None:
        """The account to ask about a log group, None when it cannot be asked.

        Raises:
            EvidenceUnavailable: The reader role could not be assumed.
        """
        if log_group.account_id == self.account.id:
            return self.account
        if self._reader_role_arn.split(":")[4:5] != [log_group.account_id]:
            return None
        return self._reader

    @cached_property
    def _reader(self) -> Account:
        return self.account.assume(self._reader_role_arn)


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
    status = read_trail_status(owner, trail)
    if not status.delivers:
        return TrailEvidence(trail, status=status)
    unrecorded = read_unrecorded_management_events(owner, trail)
    if unrecorded:
        return TrailEvidence(trail, status=status, unrecorded=unrecorded)
    evidence = TrailEvidence(trail, status=status, filters=_tested(owner, trail.log_group, expected))
    if not TrailJudgement(evidence, expected).needs_alarms():
        return evidence
    evidence = replace(evidence, alarms=read_alarms(owner, trail.log_group.region))
    wanted = TrailJudgement(evidence, expected).wanted_topics()
    return replace(evidence, topics={arn: attempt(partial(read_topic, owner, arn)) for arn in wanted})


def _tested(owner: Account, log_group: LogGroup, expected: Expectations) -> tuple[TestedFilter, ...]:
    """The log group's filters, each pattern tested once."""
    filters = read_metric_filters(owner, log_group)
    titles = {event.message: event.title for event in expected.events}
    fired = dict[str, frozenset[str]]()
    for pattern in dict.fromkeys(found.pattern for found in filters):
        messages = read_fired(owner, log_group.region, pattern, tuple(titles))
        fired[pattern] = frozenset(titles[message] for message in messages)
    return tuple(TestedFilter(found, fired[found.pattern]) for found in filters)
