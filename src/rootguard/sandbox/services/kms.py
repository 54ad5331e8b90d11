"""AWS KMS: keys taken out of use and back.

moto knows a key here by its id only, looks at neither account nor Region of an ARN, and at no key state
(https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.utils import utcnow
from moto.kms.models import Key, kms_backends

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError

_PENDING = "PendingDeletion"
_LONGEST_WINDOW = 30


@operation("kms:DisableKey")
def disable_key(call: Call) -> dict[str, Any]:
    """Take a key out of use."""
    _set_state(_available(call), "Disabled")
    return {}


@operation("kms:EnableKey")
def enable_key(call: Call) -> dict[str, Any]:
    """Take a key into use again."""
    _set_state(_available(call), "Enabled")
    return {}


@operation("kms:ScheduleKeyDeletion")
def schedule_key_deletion(call: Call) -> dict[str, Any]:
    """Let a key's waiting period begin; here it never ends."""
    key, days = _available(call), call.parameters.get("PendingWindowInDays", _LONGEST_WINDOW)
    end = utcnow() + timedelta(days=days)  # without a time zone, as moto keeps it
    _set_state(key, _PENDING, end)
    date = end.replace(tzinfo=UTC)
    return {"KeyId": key.arn, "DeletionDate": date, "KeyState": _PENDING, "PendingWindowInDays": days}


@operation("kms:CancelKeyDeletion")
def cancel_key_deletion(call: Call) -> dict[str, Any]:
    """Keep a key, which is out of use then."""
    key = _key(call)
    if key.key_state != _PENDING:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    _set_state(key, "Disabled")
    return {"KeyId": key.arn}


def _available(call: Call) -> Key:
    key = _key(call)
    if key.key_state == _PENDING:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return key


def _key(call: Call) -> Key:
    """The key that is named by its id or ARN; an alias names none in these operations (KeyId, API model)."""
    name = call.parameters["KeyId"]
    keys = kms_backends[call.account_id][call.region].keys
    found = keys.get(name.rpartition(":key/")[2])
    if found is not None and name in (found.id, found.arn):
        return found
    whole = name if name.startswith("arn:") else f"arn:{call.partition}:kms:{call.region}:{call.account_id}:key/{name}"
    raise AwsError("NotFoundException", f"Key '{whole}' does not exist")


def _set_state(key: Key, state: str, deletion_date: datetime | None = None) -> None:
    key.enabled, key.key_state, key.deletion_date = state == "Enabled", state, deletion_date
