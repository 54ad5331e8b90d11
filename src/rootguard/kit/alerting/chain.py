"""How far a way from root's activity to a person holds, and where it breaks."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.verdict import REASON_LENGTH, Outcome, Verdict, shortened

NAME_LENGTH = 40
"""How much of a resource's name a reason shows: several must fit into 256 characters."""


class Link(IntEnum):
    """The links in the order in which they must hold; a chain that breaks later is the better one."""

    NOTHING = 0
    TRAIL = 1
    LOG_GROUP = 2
    LOGGING = 3
    RECORDING = 4
    FILTER = 5
    ALARM = 6
    TRIPPING = 7
    ACTION = 8
    SUBSCRIPTION = 9
    COMPLETE = 10


@dataclass(frozen=True, slots=True)
class Chain:
    """One way, judged.

    Attributes:
        link: The first link that is broken, or COMPLETE.
        reason: What is broken, or by what it is complete; one sentence without a full stop.
        wrong: On how many sample events the link errs: the tempting filter comes before the unrelated one.
        noise: What it fires on beside root's own activity.
        unseen: Why the link could not be judged, where that is so.
        outcome: Of the broken link (`rootguard.kit.alerting.breaks`).
    """

    link: Link
    reason: str
    wrong: int = 0
    noise: tuple[str, ...] = ()
    unseen: EvidenceUnavailable | None = None
    outcome: Outcome | None = None

    @property
    def complete(self) -> bool:
        """Whether every link holds."""
        return self.link is Link.COMPLETE

    def verdict(self) -> Verdict:
        """The verdict of a chain that was seen to be broken.

        Raises:
            ValueError: It was not.
        """
        if self.outcome is None:
            raise ValueError(f"the chain is not known to be broken: {self.reason}")
        return Verdict(self.outcome, shortened(self.reason, REASON_LENGTH))


def best(chains: Iterable[Chain], otherwise: Chain) -> Chain:
    """The chain that holds furthest, errs least, is least noisy; `otherwise` where there is none.

    Where nothing is complete and something could not be judged, that is what comes back: it might be the complete one.
    """
    found = sorted(chains, key=lambda chain: (-chain.link, chain.wrong, len(chain.noise), chain.reason))
    if not found:
        return otherwise
    if found[0].complete:
        return found[0]
    return next((chain for chain in found if chain.unseen), found[0])


def name(text: str) -> str:
    """A resource's name as a reason shows it."""
    return shortened(text, NAME_LENGTH)
