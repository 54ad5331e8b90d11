"""The last link of either way: whether a topic reaches somebody. Pure."""

from rootguard.kit.alerting.breaks import TOPIC_GONE, UNHEARD
from rootguard.kit.alerting.chain import Chain, Link, name
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.topics import Topic


def judge_topic(notifier: str, topic: Topic | EvidenceUnavailable, way: str) -> Chain:
    """Judge a topic that `notifier` ("alarm x", "EventBridge rule y") notifies.

    Args:
        notifier: What the reason of a broken link starts with.
        topic: The topic, or why it could not be read.
        way: The reason of a complete chain.
    """
    if isinstance(topic, EvidenceUnavailable):
        return Chain(Link.SUBSCRIPTION, str(topic), unseen=topic)
    if topic.confirmed:
        return Chain(Link.COMPLETE, way)
    if not topic.exists:
        return TOPIC_GONE(notifier=notifier, topic=name(topic.name))
    pending = f" ({topic.pending} pending)" if topic.pending else ""
    return UNHEARD(notifier=notifier, topic=name(topic.name), pending=pending)
