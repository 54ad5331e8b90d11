"""How a verdict looks on a screen: a sign and a word, so that colour is never all that tells."""

from collections.abc import Mapping
from typing import NamedTuple

from rootguard.audit.results import Compliance, Standing
from rootguard.kit.rule import Severity


class Mark(NamedTuple):
    """A sign of one column, what it stands for, and rich's style of both."""

    sign: str
    words: str
    style: str


MARKS: Mapping[str, Mark] = {
    Compliance.COMPLIANT: Mark("✔", "compliant", "green"),
    Compliance.NON_COMPLIANT: Mark("✘", "non-compliant", "bold red"),
    Compliance.ERROR: Mark("!", "could not be seen", "bold yellow"),
    Compliance.NOT_APPLICABLE: Mark("·", "not applicable", "dim"),
}
STANDINGS: Mapping[Standing, Mark] = {
    Standing.SAFE: Mark("✔", "safe", "bold green"),
    Standing.AT_RISK: Mark("✘", "at risk", "bold red"),
    Standing.UNSEEN: Mark("!", "not seen", "bold yellow"),
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}
