"""A finding's severity, as a word and as a number.

`Severity` (API model): "If you provide Normalized and don't provide Label, then Label is set automatically", and the
other way round.
"""

from collections.abc import Mapping
from typing import Any

_NORMALIZED = {"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}
"""What a label is as a number, which is also the least number that becomes the label."""


def completed(severity: Mapping[str, Any]) -> dict[str, Any]:
    """The severity with whichever of Label and Normalized it lacks."""
    label, normalized = severity.get("Label"), severity.get("Normalized")
    if label is None and normalized is not None:
        label = next(each for each, least in reversed(_NORMALIZED.items()) if normalized >= least)
    if normalized is None and label is not None:
        normalized = _NORMALIZED[label]
    known = {"Label": label, "Normalized": normalized}
    return {**severity, **{name: value for name, value in known.items() if value is not None}}


def of_provider(severity: Mapping[str, Any]) -> dict[str, Any]:
    """The severity as `FindingProviderFields` has it: Label and Original only."""
    return {name: value for name, value in completed(severity).items() if name in {"Label", "Original"}}
