"""The configuration recorder of a place, read from moto."""

from typing import Any

from moto.config.models import config_backends

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import AwsError

_UNAVAILABLE = "NoAvailableConfigurationRecorderException"


def _recorder(place: Place) -> Any | None:
    recorders = config_backends[place.account_id][place.region].recorders
    return next(iter(recorders.values()), None)


def check_recorder(place: Place) -> None:
    """Refuse where no recorder exists, as PutConfigRule does; a stopped one will do for it.

    Raises:
        AwsError: NoAvailableConfigurationRecorderException.
    """
    if _recorder(place) is None:
        raise AwsError(_UNAVAILABLE, "Configuration Recorder is not available to put config rule.")


def check_recording(place: Place) -> None:
    """Refuse where nothing is recorded, as a conformance pack does.

    "Ensure AWS Config recording is on"
    (https://docs.aws.amazon.com/config/latest/developerguide/cpack-prerequisites.html).

    Raises:
        AwsError: NoAvailableConfigurationRecorderException.
    """
    recorder = _recorder(place)
    if recorder is None or not recorder.status.recording:
        raise AwsError(_UNAVAILABLE, "Configuration Recorder is not available to put conformance pack.")


def execution_role(place: Place) -> str:
    """The role that events name as executionRoleArn: the recorder's, its service-linked role by default.

    https://docs.aws.amazon.com/config/latest/developerguide/using-service-linked-roles.html
    """
    recorder = _recorder(place)
    if recorder is not None and recorder.role_arn:
        return str(recorder.role_arn)
    role = "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    return f"arn:{place.partition}:iam::{place.account_id}:{role}"
