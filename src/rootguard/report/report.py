"""What every format writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from rootguard.audit.comparison import Comparison
from rootguard.audit.results import Audit
from rootguard.kit.rule import AnyRule


@dataclass(frozen=True, slots=True)
class Report:
    """An audit, and what is known besides.

    Attributes:
        audit: What was found out.
        rules: By name; those of the audit at least.
        comparison: With an earlier audit; None where none was given.
    """

    audit: Audit
    rules: Mapping[str, AnyRule]
    comparison: Comparison | None = None


type Write = Callable[[Report, TextIO], None]
"""A format: writes a report, to a file or to standard output."""
