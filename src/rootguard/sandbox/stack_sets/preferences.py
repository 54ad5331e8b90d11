"""How fast an operation goes, and how many failures it bears: StackSetOperationPreferences of botocore's model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rootguard.sandbox.errors import AwsError

_EXCLUSIVE = (
    ("FailureToleranceCount", "FailureTolerancePercentage"),
    ("MaxConcurrentCount", "MaxConcurrentPercentage"),
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences of a request.

    Attributes:
        given: The request's OperationPreferences, which DescribeStackSetOperation gives back.
        unlimited: Whether neither failures nor numbers hold an operation up: "StackSetOperationPreferences don't apply
            to AutoDeployment".
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    unlimited: bool = False

    @property
    def is_parallel(self) -> bool:
        """Whether Regions are worked at together instead of one after another."""
        return self.unlimited or self.given.get("RegionConcurrencyType") == "PARALLEL"

    def tolerates(self, failed: int, accounts: int) -> bool:
        """Whether an operation goes on in a Region after so many of its accounts have failed."""
        return self.unlimited or failed <= self._tolerance(accounts)

    def concurrent(self, failed: int, accounts: int) -> int:
        """In how many accounts of a Region it works at a time.

        STRICT_FAILURE_TOLERANCE, the default, "dynamically lowers the concurrency level to ensure the number of failed
        accounts never exceeds the value of FailureToleranceCount + 1".
        """
        if self.unlimited:
            return accounts
        most = self.given.get("MaxConcurrentCount", 1)
        if "MaxConcurrentPercentage" in self.given:
            most = max(1, accounts * int(self.given["MaxConcurrentPercentage"]) // 100)
        if self.given.get("ConcurrencyMode") == "SOFT_FAILURE_TOLERANCE":
            return int(most)
        return min(int(most), self._tolerance(accounts) - failed + 1)

    def ordered(self, regions: tuple[str, ...]) -> tuple[str, ...]:
        """The Regions in RegionOrder; those that it leaves out come last."""
        order = [region for region in self.given.get("RegionOrder") or () if region in regions]
        return (*order, *(region for region in regions if region not in order))

    def _tolerance(self, accounts: int) -> int:
        if "FailureTolerancePercentage" in self.given:
            return accounts * int(self.given["FailureTolerancePercentage"]) // 100
        return int(self.given.get("FailureToleranceCount", 0))


def preferences_of(parameters: Mapping[str, Any]) -> Preferences:
    """The preferences of a request.

    Raises:
        AwsError: ValidationError for a count together with a percentage.
    """
    given = parameters.get("OperationPreferences") or {}
    for count, percentage in _EXCLUSIVE:
        if count in given and percentage in given:
            raise AwsError("ValidationError", f"You can specify either {count} or {percentage}, but not both.")
    return Preferences(given)
