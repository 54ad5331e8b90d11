"""AWS Config: the configuration recorder and its delivery channel, which the API wants one after the other.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-configurationrecorder.html
"To enable AWS Config, you must create a configuration recorder and a delivery channel": whichever comes last starts the
recorder.
"""

from collections.abc import Mapping
from typing import Any, override

from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.requests import already_exists, gone, refuse, send, text
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_RECORDER_GONE = "NoSuchConfigurationRecorderException"
_CHANNEL_GONE = "NoSuchDeliveryChannelException"


@resource_type("AWS::Config::ConfigurationRecorder")
class ConfigurationRecorder(ResourceType):
    """A recorder, started as soon as there is a delivery channel; Ref gives its name."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put a recorder that does not exist, and start it if it can be."""
        config, name = context.client("config"), properties.get("Name") or context.generated_name(64)
        if name in _names(config, "ConfigurationRecorders"):
            raise already_exists(self.name, name)
        _put_recorder(config, self.name, name, properties)
        _start(config)
        return _recorder(config, name)

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the recorder again."""
        _put_recorder(context.client("config"), self.name, physical.id, new)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the recorder; what it has recorded stays."""
        with gone(_RECORDER_GONE):
            send(context.client("config"), "DeleteConfigurationRecorder", {"ConfigurationRecorderName": physical.id})


@resource_type("AWS::Config::DeliveryChannel")
class DeliveryChannel(ResourceType):
    """A delivery channel; Ref gives its name."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put a channel that does not exist, and start the recorder that waits for it."""
        config, name = context.client("config"), properties.get("Name") or context.generated_name(64)
        if name in _names(config, "DeliveryChannels"):
            raise already_exists(self.name, name)
        _put_channel(config, name, properties)
        _start(config)
        return Physical(name)

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the channel again."""
        _put_channel(context.client("config"), physical.id, new)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the channel; a recorder that still runs is stopped first."""
        config = context.client("config")
        for recorder in _names(config, "ConfigurationRecorders"):
            with gone(_RECORDER_GONE):
                send(config, "StopConfigurationRecorder", {"ConfigurationRecorderName": recorder})
        with gone(_CHANNEL_GONE):
            send(config, "DeleteDeliveryChannel", {"DeliveryChannelName": physical.id})


def _put_recorder(config: Any, kind: str, name: str, properties: Properties) -> None:
    refuse(properties, kind, "RecordingMode")
    if text(properties.get("StartedOnCreate", True)) != "true":
        refuse(properties, kind, "StartedOnCreate")
    recorder = {"name": name, "roleARN": properties["RoleARN"], "recordingGroup": properties.get("RecordingGroup")}
    send(config, "PutConfigurationRecorder", {"ConfigurationRecorder": _api(recorder)})


def _put_channel(config: Any, name: str, properties: Properties) -> None:
    channel = {key: value for key, value in properties.items() if key != "Name"}
    send(config, "PutDeliveryChannel", {"DeliveryChannel": {"name": name, **_api(channel)}})


def _api(value: Any) -> Any:
    """Members begin with a small letter in this part of the API (S3BucketName is s3BucketName)."""
    if isinstance(value, Mapping):
        return {key[0].lower() + key[1:]: _api(each) for key, each in value.items()}
    return value


def _start(config: Any) -> None:
    """Start the account's recorder; without a delivery channel it waits."""
    for recorder in _names(config, "ConfigurationRecorders"):
        try:
            send(config, "StartConfigurationRecorder", {"ConfigurationRecorderName": recorder})
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoAvailableDeliveryChannelException":
                raise


def _names(config: Any, member: str) -> list[str]:
    return [each["name"] for each in send(config, f"Describe{member}", {})[member]]


def _recorder(config: Any, name: str) -> Physical:
    request = {"ConfigurationRecorderNames": [name]}
    (found,) = send(config, "DescribeConfigurationRecorders", request)["ConfigurationRecorders"]
    return Physical(name, {"ResourceARN": found["arn"]} if found.get("arn") else {})
