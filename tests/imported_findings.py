"""Findings as they were imported, from what GetFindings returns."""

from collections.abc import Mapping
from typing import Any

_ADDED = ("AwsAccountName", "ProcessedAt", "Region", "Severity", "Types", "Workflow", "WorkflowState")
"""Where Security Hub itself, or a customer, writes."""


def as_imported(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding of ours without what Security Hub has added to it.

    Args:
        finding: One that no customer has changed; a note, say, stays.
    """
    fields = {name: value for name, value in finding["ProductFields"].items() if name.startswith("rootguard/")}
    return {name: value for name, value in finding.items() if name not in _ADDED} | {"ProductFields": fields}
