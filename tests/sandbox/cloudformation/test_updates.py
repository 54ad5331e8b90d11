"""Updates of a stack: in place, by replacement, refused, taken back."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.dispatch import failing

NAMED = "{Type: AWS::SSM::Parameter, %sProperties: {Name: %s, Type: String, Value: %s}}"


def template(*, before: str = "a", changed: str = "a", name: str = "/changed", extra: str = "") -> str:
    """Three parameters: one whose value changes, one that shows it, and one before them."""
    return f"""
Resources:
  Before: {NAMED % ("", "/before", before)}
  Changed: {NAMED % ("DependsOn: Before, ", name, changed)}
  Shown: {NAMED % ("", "/shown", '!Sub "${Changed}=${Changed.Value}"')}
{extra}
Outputs: {{Changed: {{Value: !GetAtt Changed.Value}}}}
"""


def test_an_update_in_place_changes_what_differs_and_what_shows_it(cloud: Any) -> None:
    cloud.created("s", template())

    stack = cloud.updated("s", template(changed="b"))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert stack["Outputs"] == [{"OutputKey": "Changed", "OutputValue": "b"}]
    assert cloud.value("/shown") == "/changed=b"
    assert cloud.events("s", "Before") == ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert cloud.events("s", "Changed")[3:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    assert cloud.events("s", "s")[2:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_a_resource_is_replaced_before_the_old_one_goes(cloud: Any) -> None:
    cloud.created("s", template())

    stack = cloud.updated("s", template(name="/renamed"))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.values() == {"/before", "/renamed", "/shown"}
    assert cloud.value("/shown") == "/renamed=a"
    assert cloud.resource("s", "Changed")["PhysicalResourceId"] == "/renamed"
    assert cloud.events("s", "Changed")[3:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "DELETE_IN_PROGRESS",
        "DELETE_COMPLETE",
    ]
    events = cloud.events("s")
    assert events.index("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") < events.index("DELETE_IN_PROGRESS")


def test_resources_come_and_go(cloud: Any) -> None:
    extra = f"  New: {NAMED % ('', '/new', 'a')}"
    cloud.created("s", template())

    cloud.updated("s", template(extra=extra))
    assert "/new" in cloud.values()
    cloud.updated("s", template())
    assert "/new" not in cloud.values()
    with pytest.raises(ClientError, match="Resource New does not exist for stack s"):
        cloud.resource("s", "New")


@pytest.mark.parametrize(
    ("attribute", "after", "left"),
    [
        pytest.param("DeletionPolicy: Retain, ", "", {"/other", "/kept"}, id="a removed resource is retained"),
        pytest.param(
            "UpdateReplacePolicy: Retain, ",
            f"  Kept: {NAMED % ('UpdateReplacePolicy: Retain, ', '/again', 'a')}",
            {"/other", "/kept", "/again"},
            id="a replaced resource is retained",
        ),
        pytest.param(
            "DeletionPolicy: Retain, ",
            f"  Kept: {NAMED % ('DeletionPolicy: Retain, ', '/again', 'a')}",
            {"/other", "/again"},
            id="a DeletionPolicy does not retain what is replaced",
        ),
    ],
)
def test_what_an_update_leaves(cloud: Any, attribute: str, after: str, left: set[str]) -> None:
    other = f"Resources:\n  Other: {NAMED % ('', '/other', 'a')}\n"
    cloud.created("s", other + f"  Kept: {NAMED % (attribute, '/kept', 'a')}")

    assert cloud.updated("s", other + after)["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.values() == left


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param("{}", id="nothing"),
        pytest.param("# a comment\n{}", id="the text alone"),
        pytest.param("Description: another\n{}", id="the description alone"),
    ],
)
def test_an_update_without_changes_is_refused(cloud: Any, changed: str) -> None:
    cloud.created("s", template())

    with pytest.raises(ClientError, match=r"\(ValidationError\).*No updates are to be performed\."):
        cloud.updated("s", changed.replace("{}", template()))


def test_parameters_keep_their_values_only_if_asked(cloud: Any) -> None:
    text = "Parameters: {P: {Type: String, Default: a}}\nResources: {A: " + NAMED % ("", "/a", "!Ref P") + "}"
    cloud.created("s", text, Parameters=[{"ParameterKey": "P", "ParameterValue": "b"}])

    with pytest.raises(ClientError, match="No updates"):
        cloud.updated("s", text, Parameters=[{"ParameterKey": "P", "UsePreviousValue": True}])
    cloud.cloudformation.update_stack(StackName="s", UsePreviousTemplate=True)
    cloud.settled()
    assert cloud.value("/a") == "a"


def test_tags_of_a_stack_reach_its_resources(cloud: Any) -> None:
    def tags() -> dict[str, str]:
        found = cloud.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/changed")["TagList"]
        return {tag["Key"]: tag["Value"] for tag in found}

    cloud.created("s", template(), Tags=[{"Key": "team", "Value": "red"}, {"Key": "old", "Value": "yes"}])
    assert tags() == {"team": "red", "old": "yes"}

    stack = cloud.updated("s", template(), Tags=[{"Key": "team", "Value": "blue"}])
    assert stack["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert tags() == {"team": "blue"}
    assert cloud.updated("s", template(changed="b"))["Tags"] == [{"Key": "team", "Value": "blue"}]


def test_a_failed_update_is_taken_back(cloud: Any) -> None:
    cloud.ssm.put_parameter(Name="/taken", Value="older", Type="String")
    cloud.created("s", template())
    extra = f"  New: {NAMED % ('', '/new', 'a')}\n  Taken: {NAMED % ('DependsOn: Shown, ', '/taken', 'a')}"

    stack = cloud.updated("s", template(before="b", changed="b", name="/renamed", extra=extra))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack["Outputs"] == [{"OutputKey": "Changed", "OutputValue": "a"}]
    values = {name: cloud.value(name) for name in cloud.values()}
    assert values == {"/before": "a", "/changed": "a", "/shown": "/changed=a", "/taken": "older"}
    reason = "The following resource(s) failed to update: [Taken]. "
    assert cloud.reasons("s", "UPDATE_ROLLBACK_IN_PROGRESS") == [reason]
    assert cloud.events("s", "s")[-3:] == [
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert cloud.updated("s", template(changed="c"))["StackStatus"] == "UPDATE_COMPLETE"


def test_a_failed_update_is_left_as_it_is_and_mended(cloud: Any) -> None:
    cloud.ssm.put_parameter(Name="/taken", Value="older", Type="String")
    cloud.created("s", template())
    extra = f"  Taken: {NAMED % ('DependsOn: Shown, ', '/taken', 'a')}"

    failed = cloud.updated("s", template(changed="b", extra=extra), DisableRollback=True)
    assert failed["StackStatus"] == "UPDATE_FAILED"
    assert cloud.value("/changed") == "b"

    cloud.ssm.delete_parameter(Name="/taken")
    assert cloud.updated("s", template(changed="b", extra=extra))["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.value("/taken") == "a"


def test_a_failed_creation_is_mended_by_an_update(cloud: Any) -> None:
    cloud.ssm.put_parameter(Name="/shown", Value="older", Type="String")
    assert cloud.created("s", template(), DisableRollback=True)["StackStatus"] == "CREATE_FAILED"
    cloud.ssm.delete_parameter(Name="/shown")

    assert cloud.updated("s", template())["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.value("/shown") == "/changed=a"


def test_a_rollback_fails_and_goes_on(cloud: Any) -> None:
    cloud.created("s", template())
    with failing("ssm:PutParameter", "InternalServerError", "down"):
        stack = cloud.updated("s", template(changed="b"))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to update: [Changed]. "
    with pytest.raises(ClientError, match="is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        cloud.updated("s", template(changed="b"))

    cloud.cloudformation.continue_update_rollback(StackName="s")
    cloud.settled()
    assert cloud.status("s") == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.value("/changed") == "a"
    with pytest.raises(ClientError, match="can not continue to roll back"):
        cloud.cloudformation.continue_update_rollback(StackName="s")


def test_a_rollback_skips_what_cannot_be_restored(cloud: Any) -> None:
    cloud.created("s", template())
    with failing("ssm:PutParameter", "InternalServerError", "down"):
        cloud.updated("s", template(changed="b"))
        cloud.cloudformation.continue_update_rollback(StackName="s", ResourcesToSkip=["Changed"])
        cloud.settled()

    assert cloud.status("s") == "UPDATE_ROLLBACK_COMPLETE"


ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: custom
      Path: %s
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
"""


def test_a_resource_with_a_custom_name_cannot_be_replaced(cloud: Any) -> None:
    cloud.created("s", ROLE % "/", Capabilities=["CAPABILITY_NAMED_IAM"])

    stack = cloud.updated("s", ROLE % "/service/", Capabilities=["CAPABILITY_NAMED_IAM"])

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    message = "CloudFormation cannot update a stack when a custom-named resource requires replacing."
    assert cloud.reasons("s", "UPDATE_FAILED") == [f"{message} Rename custom and update the stack again."]


def test_the_type_of_a_resource_stays(cloud: Any) -> None:
    cloud.created("s", "Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: a}}}")

    message = "Update of resource type is not permitted. The new template modifies resource type of the following"
    with pytest.raises(ClientError, match=re.escape(f"{message} resources: [A]")):
        cloud.updated("s", "Resources: {A: {Type: AWS::SNS::Topic}}")


@pytest.mark.parametrize("operation", ["update_stack", "update_termination_protection", "continue_update_rollback"])
def test_only_what_exists_is_updated(cloud: Any, operation: str) -> None:
    options = {"EnableTerminationProtection": True} if operation == "update_termination_protection" else {}
    with pytest.raises(ClientError, match=r"\(ValidationError\).*Stack \[none\] does not exist"):
        getattr(cloud.cloudformation, operation)(StackName="none", **options)


def test_a_stack_that_was_rolled_back_can_only_be_deleted(cloud: Any) -> None:
    with failing("ssm:PutParameter", "InternalServerError"):
        assert cloud.created("s", template())["StackStatus"] == "ROLLBACK_COMPLETE"

    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        cloud.updated("s", template())
    assert cloud.deleted("s")["StackStatus"] == "DELETE_COMPLETE"
