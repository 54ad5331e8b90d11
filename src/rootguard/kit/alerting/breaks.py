"""Every way in which a link can be broken: what the reason says of it, and at which link the chain then ends."""

from dataclasses import dataclass

from rootguard.kit.alerting.chain import Chain, Link
from rootguard.kit.alerting.tripping import OBSTACLES
from rootguard.kit.verdict import Outcome, non_compliant


@dataclass(frozen=True, slots=True)
class Break:
    """A way to break; called with the details of its reason it makes the chain that ends there."""

    link: Link
    outcome: Outcome

    def __call__(self, *, wrong: int = 0, **details: object) -> Chain:
        """The broken chain.

        Raises:
            KeyError: A detail is missing.
        """
        return Chain(self.link, self.outcome.reason.format(**details), wrong, outcome=self.outcome)


def _break(link: Link, reason: str, *variants: str) -> Break:
    return Break(link, non_compliant(reason, *variants))


NO_TRAIL = _break(Link.NOTHING, "no trail records the account's activity")
ONE_REGION = _break(Link.TRAIL, "trail {trail} covers one Region only")
NO_LOG_GROUP = _break(Link.LOG_GROUP, "trail {trail} delivers to no log group")
NOT_LOGGING = _break(Link.LOGGING, "trail {trail} is not logging")
NOT_DELIVERED = _break(Link.LOGGING, "trail {trail} cannot deliver to its log group: {error}")
NOT_RECORDED = _break(Link.RECORDING, "trail {trail} does not record {kinds} management events")

NO_FILTER = _break(Link.FILTER, "log group {log_group} has no metric filter")
FILTER_MISSES = _break(Link.FILTER, "filter {filter} misses: {events}")
FILTER_IS_LOUD = _break(Link.FILTER, "filter {filter} also fires when {events}")
NO_METRIC = _break(Link.ALARM, "filter {filter} publishes no metric")
SPLIT_METRIC = _break(Link.ALARM, "filter {filter} splits root's events over dimensions of its metric")

NO_ALARM = _break(Link.ALARM, "no alarm on {metric} of filter {filter}")
NOT_TRIPPED = _break(Link.TRIPPING, "alarm {alarm} does not trip on one event: {obstacle}", *OBSTACLES)
NO_ACTIONS = _break(Link.ACTION, "alarm {alarm} has actions disabled")
NO_TOPIC = _break(Link.ACTION, "alarm {alarm} notifies no topic")

NO_RULE = _break(Link.FILTER, "no EventBridge rule in {region} accepts what root does")
RULE_MISSES = _break(Link.FILTER, "no EventBridge rule in {region} accepts root's {events}")
RULE_IS_LOUD = _break(Link.FILTER, "EventBridge rule {rule} also fires when {event}")
NO_TARGET = _break(Link.ACTION, "EventBridge rule {rule} has no topic or other account's bus as target")

TOPIC_GONE = _break(Link.SUBSCRIPTION, "{notifier} notifies topic {topic}, which does not exist")
UNHEARD = _break(Link.SUBSCRIPTION, "{notifier} notifies topic {topic}, which has no confirmed subscription{pending}")

BREAKS = (
    NO_TRAIL,
    ONE_REGION,
    NO_LOG_GROUP,
    NOT_LOGGING,
    NOT_DELIVERED,
    NOT_RECORDED,
    NO_FILTER,
    FILTER_MISSES,
    FILTER_IS_LOUD,
    NO_METRIC,
    SPLIT_METRIC,
    NO_ALARM,
    NOT_TRIPPED,
    NO_ACTIONS,
    NO_TOPIC,
    NO_RULE,
    RULE_MISSES,
    RULE_IS_LOUD,
    NO_TARGET,
    TOPIC_GONE,
    UNHEARD,
)
"""In the order of the links, the metric route before EventBridge."""

BROKEN = tuple(each.outcome for each in BREAKS)
"""The outcomes of a rule that follows such a chain."""
