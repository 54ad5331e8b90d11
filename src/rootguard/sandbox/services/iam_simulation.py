"""IAM: the policy simulator."""

import base64
import binascii
from typing import Any

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.policy import UnsupportedPolicyError
from rootguard.sandbox.simulator import Simulation, evaluation_result, read

_PAGE = 100


@operation("iam:SimulateCustomPolicy")
def simulate_custom_policy(call: Call) -> dict[str, Any]:
    """Judge each action by policies given as text.

    Pages are of actions; a marker is a position in their list and goes with any other input, as AWS's does.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html

    What AWS's simulator has and this lacks: it denies an action on a resource of a type that the action does not take,
    and refuses actions that "require different authorization information" for the same resources; both need the
    Service Authorization Reference.

    Raises:
        AwsError: InvalidInput; SandboxNotImplemented for a policy that cannot be judged here.
    """
    simulation, start = _read(call), _position(call.parameters.get("Marker"))
    end = start + call.parameters.get("MaxItems", _PAGE)
    actions = simulation.actions[start:end]
    answer: dict[str, Any] = {
        "EvaluationResults": [evaluation_result(simulation, action) for action in actions],
        "IsTruncated": end < len(simulation.actions),
    }
    return answer | ({"Marker": _marker(end)} if answer["IsTruncated"] else {})


def _read(call: Call) -> Simulation:
    try:
        return read(call)
    except UnsupportedPolicyError as error:
        message = f"The sandbox cannot simulate this policy: {error}"
        raise AwsError(NOT_IMPLEMENTED, message) from error


def _marker(position: int) -> str:
    return base64.urlsafe_b64encode(f"simulation:{position}".encode()).decode()


def _position(marker: str | None) -> int:
    if marker is None:
        return 0
    try:
        kind, _, position = base64.urlsafe_b64decode(marker).decode().partition(":")
    except (binascii.Error, ValueError):
        kind, position = "", ""
    if kind != "simulation" or not position.isdigit():
        raise AwsError("InvalidInput", "Invalid marker for pagination.")
    return int(position)
