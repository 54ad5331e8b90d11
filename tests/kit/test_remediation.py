"""A remediation that would not fit into a finding, or that leaves a reader alone, is refused where it is written."""

from typing import Any

import pytest

from rootguard.kit.remediation import TEXT_LENGTH, Remediation

WHOLE: dict[str, Any] = {
    "text": "do it",
    "console": ("Click.",),
    "commands": ("aws x y",),
    "organization": "everywhere",
}


def test_one_of_the_greatest_length_fits() -> None:
    assert Remediation(**{**WHOLE, "text": "x" * TEXT_LENGTH}).organization == "everywhere"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"text": ""}, "1 to 512 characters, not 0", id="no text"),
        pytest.param({"text": "x" * (TEXT_LENGTH + 1)}, "1 to 512 characters, not 513", id="too long a text"),
        pytest.param({"console": ()}, "in the console, by commands and everywhere", id="no steps"),
        pytest.param({"commands": ()}, "in the console, by commands and everywhere", id="no commands"),
        pytest.param({"organization": ""}, "in the console, by commands and everywhere", id="one account only"),
    ],
)
def test_a_part_that_is_missing_or_too_long(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Remediation(**{**WHOLE, **change})
