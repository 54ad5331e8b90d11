"""The seven practices for the root user that the rules put to the test."""

from collections.abc import Mapping

PRACTICES: Mapping[int, str] = {
    1: "Protect the root user with MFA, best with hardware",
    2: "Do not use the root user for daily work",
    3: "Give the root user a strong password that nothing else has",
    4: "Keep the ways to recover the root user current and in safe hands",
    5: "Give the root user no access keys",
    6: "Control the root users of member accounts centrally",
    7: "Watch what the root user does, and be told of it",
}
"""By the number that a rule's `practice` gives."""
