"""What was read about trails, filters, alarms and topics, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.alarms import Alarms
from rootguard.kit.readers.metric_filters import MetricFilter
from rootguard.kit.readers.topics import Topic
from rootguard.kit.readers.trails import Trail, TrailStatus

NO_ALARMS = Alarms((), ())

type Topics = Mapping[str, Topic | EvidenceUnavailable]
"""Topics by ARN, or why one could not be read."""


@dataclass(frozen=True, slots=True)
class TestedFilter:
    """A metric filter and the titles of the sample events that it fires on."""

    filter: MetricFilter
    fired: frozenset[str]


@dataclass(frozen=True, slots=True)
class TrailEvidence:
    """One trail, followed as far as its links hold; what comes after a broken link was not asked for.

    Attributes:
        foreign: The log group belongs to another account, and no role to read it was given.
        unrecorded: The management events that it leaves out, in words.
        unseen: A call that failed on the way.
    """

    trail: Trail
    foreign: bool = False
    status: TrailStatus | None = None
    unrecorded: str = ""
    filters: tuple[TestedFilter, ...] = ()
    alarms: Alarms = NO_ALARMS
    topics: Topics = field(default_factory=dict)
    unseen: EvidenceUnavailable | None = None
