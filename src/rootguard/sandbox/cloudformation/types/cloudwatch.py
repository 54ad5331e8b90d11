"""Amazon CloudWatch: metric alarms and composite alarms, whose properties are the parameters of the API.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudWatch.html
"""

from typing import Any, ClassVar, override

from rootguard.sandbox.cloudformation.requests import already_exists, gone, send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type


class _Alarm(ResourceType):
    """Either kind of alarm; Ref gives its name. A new one has no data, an update leaves the state as it is."""

    _put: ClassVar[str]

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put an alarm that does not exist."""
        cloudwatch, name = context.client("cloudwatch"), properties.get("AlarmName") or context.generated_name(255)
        found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        if found["MetricAlarms"] or found["CompositeAlarms"]:
            raise already_exists(self.name, name)
        send(cloudwatch, self._put, {**properties, "AlarmName": name, "Tags": tag_list(tags(properties, context))})
        arn = f"arn:{context.partition}:cloudwatch:{context.region}:{context.account_id}:alarm:{name}"
        return Physical(name, {"Arn": arn})

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the alarm again; tags count on creation only and are changed by themselves."""
        cloudwatch: Any = context.client("cloudwatch")
        send(cloudwatch, self._put, {**new, "AlarmName": physical.id, "Tags": None})
        wanted, arn = tags(new, context), physical.attributes["Arn"]
        if lost := removed_tags(old, wanted, context):
            send(cloudwatch, "UntagResource", {"ResourceARN": arn, "TagKeys": lost})
        if wanted:
            send(cloudwatch, "TagResource", {"ResourceARN": arn, "Tags": tag_list(wanted)})
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the alarm, which no composite alarm may need."""
        with gone("ResourceNotFound"):
            send(context.client("cloudwatch"), "DeleteAlarms", {"AlarmNames": [physical.id]})


@resource_type("AWS::CloudWatch::Alarm")
class MetricAlarm(_Alarm):
    """An alarm of a metric or of metric math."""

    _put = "PutMetricAlarm"


@resource_type("AWS::CloudWatch::CompositeAlarm")
class CompositeAlarm(_Alarm):
    """An alarm of alarms."""

    _put = "PutCompositeAlarm"
