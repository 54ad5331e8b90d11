"""Tags of hubs and automation rules."""

from dataclasses import dataclass, field

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.state import state


@dataclass
class Tags:
    """The tags of a place's resources, by ARN."""

    by_arn: dict[str, dict[str, str]] = field(default_factory=dict)


def tags_of(place: Place, arn: str) -> dict[str, str]:
    """A resource's tags, to read and to change."""
    return state(Tags, place.account_id, place.region).by_arn.setdefault(arn, {})
