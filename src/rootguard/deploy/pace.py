"""How often to look at what AWS does by itself."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from rootguard.errors import UnfinishedError

_GROWTH = 1.3


@dataclass(frozen=True, slots=True)
class Pace:
    """Iterating over it waits between two rounds, longer each time, and does not wait before the first.

    Attributes:
        first: Seconds between the first two looks.
        longest: Seconds between two looks, in the end.
        deadline: On time.monotonic()'s clock: when to give up; None for never.
    """

    first: float = 0.5
    longest: float = 10
    deadline: float | None = None

    def __iter__(self) -> Iterator[int]:
        """Count the rounds.

        Raises:
            UnfinishedError: The deadline has passed.
        """
        pause, rounds = self.first, 0
        while True:
            yield rounds
            if self.deadline is not None and time.monotonic() + pause > self.deadline:
                raise UnfinishedError(
                    "the time of --timeout is up; AWS goes on by itself: run the same command again to go on watching"
                )
            time.sleep(pause)
            pause, rounds = min(pause * _GROWTH, self.longest), rounds + 1
