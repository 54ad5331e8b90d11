"""CloudWatch Logs: what moto does not keep of a log group: its class, its key's changes, its protection.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/ (API_CreateLogGroup, API_AssociateKmsKey,
API_PutLogGroupDeletionProtection, API_PutRetentionPolicy).
"""

from typing import Any

from moto.logs.models import logs_backends

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError

_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
_BAD_REQUEST = 400


@operation("logs:CreateLogGroup")
def create_log_group(call: Call) -> Answer:
    """Create a log group of a class, protected or not."""
    answer, wanted = call.moto(), call.parameters
    if answer[0] < _BAD_REQUEST:
        group = _existing(call, wanted["logGroupName"])
        group.log_group_class = wanted.get("logGroupClass", "STANDARD")
        group.deletion_protected = bool(wanted.get("deletionProtectionEnabled"))
    return answer


@operation("logs:PutRetentionPolicy")
def put_retention_policy(call: Call) -> Answer:
    """Keep events for one of the numbers of days that there are."""
    days = call.parameters["retentionInDays"]
    if days not in _DAYS:
        possible = ", ".join(str(each) for each in sorted(_DAYS))
        message = f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
        raise AwsError("InvalidParameterException", f"{message}Member must satisfy enum value set: [{possible}]")
    return call.moto()


@operation("logs:AssociateKmsKey")
def associate_kms_key(call: Call) -> dict[str, Any]:
    """Encrypt what is ingested from now on with a key; data are not encrypted here."""
    _named(call).kms_key_id = call.parameters["kmsKeyId"]
    return {}


@operation("logs:DisassociateKmsKey")
def disassociate_kms_key(call: Call) -> dict[str, Any]:
    """Encrypt with the service's own key again."""
    _named(call).kms_key_id = None
    return {}


@operation("logs:PutLogGroupDeletionProtection")
def put_log_group_deletion_protection(call: Call) -> dict[str, Any]:
    """Protect a log group, given by name or ARN, or stop to."""
    name = call.parameters["logGroupIdentifier"].partition(":log-group:")[2] or call.parameters["logGroupIdentifier"]
    group = _existing(call, name.removesuffix(":*"))
    group.deletion_protected = call.parameters["deletionProtectionEnabled"]
    return {}


def _named(call: Call) -> Any:
    if not call.parameters.get("logGroupName"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has keys of log groups only, not of query results.")
    return _existing(call, call.parameters["logGroupName"])


def _existing(call: Call, name: str) -> Any:
    """A group of moto's, to which attributes are added."""
    group = logs_backends[call.account_id][call.region].groups.get(name)
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return group
