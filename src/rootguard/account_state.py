"""Whether anything can be done in an account of an organization."""

from collections.abc import Mapping
from typing import Any

ACTIVE = "ACTIVE"


def state_of(account: Mapping[str, Any]) -> str:
    """ACTIVE, SUSPENDED, PENDING_CLOSURE ...; State takes the place of Status, which AWS retires.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    """
    return str(account.get("State", account.get("Status", ACTIVE)))
