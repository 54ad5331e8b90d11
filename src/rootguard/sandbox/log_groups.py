"""What the sandbox keeps of a log group beside moto: its class and whether it may be deleted."""

from typing import Any

from moto.logs.models import LogGroup

from rootguard.sandbox.errors import AwsError


def check_deletable(group: LogGroup) -> None:
    """Refuse to delete a protected log group.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html

    Raises:
        AwsError: ValidationException.
    """
    if getattr(group, "deletion_protected", False):
        message = (
            f"The log group {group.name} has deletion protection enabled. Disable it before deleting the log group."
        )
        raise AwsError("ValidationException", message)


def described(group: LogGroup) -> dict[str, Any]:
    """What DescribeLogGroups tells of a group beyond what moto does."""
    return {
        "logGroupClass": getattr(group, "log_group_class", "STANDARD"),
        "deletionProtectionEnabled": getattr(group, "deletion_protected", False),
    }
