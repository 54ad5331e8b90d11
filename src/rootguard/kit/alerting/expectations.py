"""What a metric filter or an event pattern has to do with the sample events."""

from collections.abc import Sequence
from dataclasses import dataclass

from rootguard.kit.alerting.events import Group, TrailEvent


@dataclass(frozen=True, slots=True)
class Expectations:
    """The sample events, by title: fired on by a right filter, never, and better not."""

    events: tuple[TrailEvent, ...]
    must_fire: tuple[str, ...]
    quiet: tuple[str, ...]
    noise: tuple[str, ...]

    @classmethod
    def of(cls, events: Sequence[TrailEvent], assume_root_sessions: str) -> "Expectations":
        """Expectations, with sessions of sts:AssumeRoot `ignored`, `required` or taken for `noise`."""

        def titles(group: Group) -> tuple[str, ...]:
            return tuple(event.title for event in events if event.group is group)

        sessions = titles(Group.ASSUME_ROOT)
        return cls(
            events=tuple(events),
            must_fire=titles(Group.MUST_FIRE) + (sessions if assume_root_sessions == "required" else ()),
            quiet=titles(Group.QUIET),
            noise=titles(Group.NOISE) + (sessions if assume_root_sessions == "noise" else ()),
        )

    def required_events(self) -> tuple[TrailEvent, ...]:
        """The events that must be noticed."""
        return tuple(event for event in self.events if event.title in self.must_fire)
