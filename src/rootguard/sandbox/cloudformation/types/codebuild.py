"""AWS::CodeBuild::Project and AWS::CodeBuild::ReportGroup.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_CodeBuild.html
"""

from typing import Any

from rootguard.sandbox.cloudformation.lower_names import lower_names
from rootguard.sandbox.cloudformation.requests import gone, refuse, send
from rootguard.sandbox.cloudformation.resource_tags import tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_NAME_LENGTH = 150
_OTHER_NAMES = {"BuildSpec": "buildspec"}
_OTHER_CALLS = ("Triggers", "Visibility", "ResourceAccessRole")
"""Properties that CreateProject does not take: a webhook's and a public project's."""

# What a project has when a property is taken away: UpdateProject leaves what it is not told.
_DEFAULTS: dict[str, Any] = {
    "autoRetryLimit": 0,
    "cache": {"type": "NO_CACHE"},
    "concurrentBuildLimit": -1,
    "description": "",
    "fileSystemLocations": [],
    "logsConfig": {},
    "queuedTimeoutInMinutes": 480,
    "secondaryArtifacts": [],
    "secondarySourceVersions": [],
    "secondarySources": [],
    "sourceVersion": "",
    "timeoutInMinutes": 60,
    "vpcConfig": {},
}


@resource_type("AWS::CodeBuild::Project")
class Project(ResourceType):
    """A build project; the physical id is its name."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the project."""
        client = context.client("codebuild")
        name = properties.get("Name") or context.generated_name(_NAME_LENGTH)
        made = send(client, "CreateProject", self._request(client, "CreateProject", properties, context, name))
        return _project(made["project"])

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change the project; a property that is gone takes its default."""
        client = context.client("codebuild")
        before = self._request(client, "UpdateProject", old, context, physical.id)
        after = self._request(client, "UpdateProject", new, context, physical.id)
        reset = {name: _DEFAULTS[name] for name in before.keys() - after.keys() if name in _DEFAULTS}
        return _project(send(client, "UpdateProject", reset | after)["project"])

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the project."""
        del properties
        context.client("codebuild").delete_project(name=physical.id)

    def _request(
        self, client: Any, operation: str, properties: Properties, context: Context, name: str
    ) -> dict[str, Any]:
        refuse(properties, self.name, *_OTHER_CALLS)
        shape = client.meta.service_model.operation_model(operation).input_shape
        given = {key: value for key, value in properties.items() if key not in {"Name", "Tags"}}
        lowered: dict[str, Any] = lower_names(given, shape, _OTHER_NAMES)
        return lowered | {"name": name, "tags": _tag_list(properties, context)}


def _project(made: dict[str, Any]) -> Physical:
    return Physical(made["name"], {"Arn": made["arn"]})


def _tag_list(properties: Properties, context: Context) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags(properties, context, system=False).items()]


@resource_type("AWS::CodeBuild::ReportGroup")
class ReportGroup(ResourceType):
    """A report group; the physical id is its ARN. DeleteReports has no effect: no build runs, so there are none."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the group."""
        client = context.client("codebuild")
        name = properties.get("Name") or context.generated_name(_NAME_LENGTH)
        request = {"name": name, "type": properties["Type"]} | self._changeable(client, properties, context)
        arn = send(client, "CreateReportGroup", request)["reportGroup"]["arn"]
        return Physical(arn, {"Arn": arn})

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change where it exports to and its tags."""
        del old
        client = context.client("codebuild")
        send(client, "UpdateReportGroup", {"arn": physical.id} | self._changeable(client, new, context))
        return physical

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the group, with its reports if DeleteReports says so."""
        request = {"arn": physical.id, "deleteReports": properties.get("DeleteReports")}
        with gone("ResourceNotFoundException"):
            send(context.client("codebuild"), "DeleteReportGroup", request)

    @staticmethod
    def _changeable(client: Any, properties: Properties, context: Context) -> dict[str, Any]:
        shape = client.meta.service_model.operation_model("UpdateReportGroup").input_shape
        given = {key: value for key, value in properties.items() if key == "ExportConfig"}
        lowered: dict[str, Any] = lower_names(given, shape)
        return lowered | {"tags": _tag_list(properties, context)}
