"""A stack's life: created, described, deleted, and what happens when a resource fails."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.stack_store import add_stack, new_stack
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import failing
from rootguard.sandbox.server import Sandbox

CHAIN = """
Description: Three parameters, each after the one it needs.
Parameters:
  Word: {Type: String, Default: first}
  Secret: {Type: String, Default: hush, NoEcho: true}
Conditions:
  Never: !Equals [!Ref Word, none]
Resources:
  Last:
    Type: AWS::SSM::Parameter
    DependsOn: Middle
    Metadata: {Purpose: to be last}
    Properties: {Name: /last, Type: String, Value: !Sub "${First}:${First.Value}:${Secret}"}
  Middle: {Type: AWS::SSM::Parameter, Properties: {Name: /middle, Type: String, Value: !GetAtt First.Value}}
  First: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref Word}}
  Absent: {Type: AWS::SSM::Parameter, Condition: Never, Properties: {Type: String, Value: a}}
Outputs:
  Stack: {Description: Which stack, Value: !Sub "${AWS::StackName} in ${AWS::Region} of ${AWS::AccountId}"}
  Middle: {Value: !Ref Middle, Export: {Name: !Sub "${AWS::StackName}-middle"}}
  Absent: {Condition: Never, Value: !Ref Absent}
"""
RETAINED = """
Resources:
  Kept: {Type: AWS::SSM::Parameter, DeletionPolicy: %s, Properties: {Name: /kept, Type: String, Value: a}}
  Gone: {Type: AWS::SSM::Parameter, DependsOn: Kept, Properties: {Name: /gone, Type: String, Value: a}}
"""


def test_a_stack_is_created_in_the_background(cloud: Any) -> None:
    answer = cloud.cloudformation.create_stack(StackName="chain", TemplateBody=CHAIN)

    assert cloud.events("chain")[0] == "CREATE_IN_PROGRESS"
    cloud.settled()
    stack = cloud.stack(answer["StackId"])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Description"] == "Three parameters, each after the one it needs."
    assert {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]} == {
        "Word": "first",
        "Secret": "****",
    }
    account = cloud.account_id
    assert stack["Outputs"] == [
        {"OutputKey": "Stack", "OutputValue": f"chain in us-east-1 of {account}", "Description": "Which stack"},
        {"OutputKey": "Middle", "OutputValue": "/middle", "ExportName": "chain-middle"},
    ]
    assert cloud.value("/middle") == "first"


def test_resources_come_in_the_order_of_their_needs(cloud: Any) -> None:
    cloud.created("chain", CHAIN)

    events = cloud.cloudformation.describe_stack_events(StackName="chain")["StackEvents"]
    complete = [each["LogicalResourceId"] for each in events if each["ResourceStatus"] == "CREATE_COMPLETE"]
    assert complete[::-1] == ["First", "Middle", "Last", "chain"]
    assert cloud.events("chain", "First") == ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert cloud.reasons("chain", "CREATE_IN_PROGRESS")[:3] == ["User Initiated", "", "Resource creation Initiated"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param("", "ROLLBACK_COMPLETE", id="unsaid"),
        pytest.param("DependsOn: First, ", "CREATE_COMPLETE", id="DependsOn"),
    ],
)
def test_a_need_that_the_order_of_the_template_alone_meets_is_not_met(cloud: Any, said: str, status: str) -> None:
    """AWS creates what does not depend on each other at the same time."""
    stack = cloud.created(
        "s",
        f"""
Resources:
  First: {{Type: AWS::SNS::Topic, Properties: {{TopicName: topic}}}}
  Second:
    {{Type: AWS::SNS::Subscription, {said}Properties:
      {{Protocol: email, Endpoint: a@example.com, TopicArn: !Sub "arn:aws:sns:us-east-1:${{AWS::AccountId}}:topic"}}}}
""",
    )

    assert stack["StackStatus"] == status


def test_a_part_of_what_is_not_yet_known_is_taken_when_it_is(cloud: Any) -> None:
    cloud.created(
        "s",
        """
Resources:
  A: {Type: AWS::SNS::Topic, Properties: {TopicName: topic}}
  B: {Type: AWS::SSM::Parameter, Properties: {Name: /b, Type: String, Value: !Select [5, !Split [":", !Ref A]]}}
""",
    )

    assert cloud.value("/b") == "topic"


def test_secrets_are_in_no_event(cloud: Any) -> None:
    cloud.created("chain", CHAIN)

    events = cloud.cloudformation.describe_stack_events(StackName="chain")["StackEvents"]
    shown = [each["ResourceProperties"] for each in events if each["LogicalResourceId"] == "Last"]
    assert all("hush" not in text and "****" in text for text in shown)


def test_resources_are_described(cloud: Any) -> None:
    cloud.created("chain", CHAIN)

    listed = cloud.cloudformation.list_stack_resources(StackName="chain")["StackResourceSummaries"]
    physical_ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
    assert list(physical_ids) == ["First", "Last", "Middle"]
    assert physical_ids["First"].startswith("chain-First-")
    detail = cloud.resource("chain", "Last")
    assert json.loads(detail["Metadata"]) == {"Purpose": "to be last"}
    assert detail["ResourceStatus"] == "CREATE_COMPLETE"
    owners = cloud.cloudformation.describe_stack_resources(PhysicalResourceId="/last")["StackResources"]
    assert {each["LogicalResourceId"] for each in owners} == {"First", "Last", "Middle"}
    [one] = cloud.cloudformation.describe_stack_resources(StackName="chain", LogicalResourceId="First")[
        "StackResources"
    ]
    assert one["StackName"] == "chain"


def test_a_deleted_stack_is_known_by_its_id_only(cloud: Any) -> None:
    cloud.created("chain", CHAIN)

    stack = cloud.deleted("chain")

    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.values() == set()
    with pytest.raises(ClientError, match="Stack with id chain does not exist"):
        cloud.stack("chain")
    assert cloud.cloudformation.describe_stacks()["Stacks"] == []
    [summary] = cloud.cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert summary["StackName"] == "chain"
    cloud.cloudformation.delete_stack(StackName="chain")
    assert cloud.created("chain", CHAIN)["StackId"] != stack["StackId"]


def test_stacks_are_listed_newest_first_in_pages(cloud: Any) -> None:
    for number in range(103):
        add_stack(new_stack(Place(cloud.account_id, "us-east-1"), f"s{number}"))

    first = cloud.cloudformation.list_stacks()
    assert [each["StackName"] for each in first["StackSummaries"]] == [f"s{number}" for number in range(102, 2, -1)]
    pages = cloud.cloudformation.get_paginator("describe_stacks").paginate()
    assert [each["StackName"] for page in pages for each in page["Stacks"]] == [
        f"s{number}" for number in range(102, -1, -1)
    ]


@pytest.mark.parametrize(
    ("options", "status", "left"),
    [
        pytest.param({}, "ROLLBACK_COMPLETE", set(), id="rolled back by default"),
        pytest.param({"OnFailure": "ROLLBACK"}, "ROLLBACK_COMPLETE", set(), id="rolled back"),
        pytest.param({"DisableRollback": True}, "CREATE_FAILED", {"/kept"}, id="left as it is"),
        pytest.param({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", {"/kept"}, id="left alone"),
        pytest.param({"OnFailure": "DELETE"}, "DELETE_COMPLETE", set(), id="deleted"),
    ],
)
def test_a_creation_fails(cloud: Any, options: dict[str, Any], status: str, left: set[str]) -> None:
    template = RETAINED % "Delete"
    cloud.ssm.put_parameter(Name="/gone", Value="older", Type="String")

    stack_id = cloud.cloudformation.create_stack(StackName="s", TemplateBody=template, **options)["StackId"]
    cloud.settled()

    assert cloud.status(stack_id) == status
    assert cloud.values() == left | {"/gone"}
    [reason] = [each for each in cloud.reasons(stack_id, "CREATE_FAILED") if "HandlerErrorCode" in each]
    assert reason.startswith('Resource handler returned message: "')
    assert reason.endswith("HandlerErrorCode: AlreadyExists)")


def test_the_reasons_of_a_failed_creation(cloud: Any) -> None:
    with failing("ssm:PutParameter", "AccessDeniedException", "not you"):
        cloud.created("s", RETAINED % "Delete")

    [reason] = cloud.reasons("s", "CREATE_FAILED")
    assert 'message: "not you (Service: ' in reason
    assert "HandlerErrorCode: AccessDenied)" in reason
    why = "The following resource(s) failed to create: [Kept]. Rollback requested by user."
    assert cloud.reasons("s", "ROLLBACK_IN_PROGRESS") == [why]


@pytest.mark.parametrize(
    ("policy", "options", "left"),
    [
        pytest.param("Retain", {}, {"/kept"}, id="retained"),
        pytest.param("RetainExceptOnCreate", {}, set(), id="retained except on creation"),
        pytest.param("Retain", {"RetainExceptOnCreate": True}, set(), id="retained except on creation, by request"),
    ],
)
def test_what_a_rollback_leaves(cloud: Any, policy: str, options: dict[str, Any], left: set[str]) -> None:
    cloud.ssm.put_parameter(Name="/gone", Value="older", Type="String")

    stack = cloud.created("s", RETAINED % policy, **options)

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert cloud.values() == left | {"/gone"}


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_what_a_deletion_leaves(cloud: Any, policy: str) -> None:
    cloud.created("s", RETAINED % policy)

    stack = cloud.deleted("s")

    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.values() == {"/kept"}
    assert cloud.events(stack["StackId"], "Kept")[-1] == "DELETE_SKIPPED"


def test_a_deletion_fails_and_is_repeated(cloud: Any) -> None:
    cloud.created("s", RETAINED % "Delete")
    with failing("ssm:DeleteParameter", "InternalServerError"):
        stack = cloud.deleted("s")

    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [Gone]. "
    assert cloud.events("s", "Kept")[-1] == "CREATE_COMPLETE"  # what Gone needs is not touched
    assert cloud.deleted("s")["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.values() == set()


@pytest.mark.parametrize(
    ("options", "left"),
    [
        pytest.param({"RetainResources": ["Gone"]}, {"/gone"}, id="one is retained"),
        pytest.param({"DeletionMode": "FORCE_DELETE_STACK"}, {"/gone", "/kept"}, id="by force"),
    ],
)
def test_a_stack_whose_deletion_failed_goes_without_the_resource(
    cloud: Any, options: dict[str, Any], left: set[str]
) -> None:
    cloud.created("s", RETAINED % "Delete")
    with failing("ssm:DeleteParameter", "InternalServerError"):
        cloud.deleted("s")
        stack = cloud.deleted("s", **options) if "DeletionMode" in options else None
    stack = stack or cloud.deleted("s", **options)

    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.values() == left


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"RetainResources": ["Gone"]}, id="resources to retain"),
        pytest.param({"DeletionMode": "FORCE_DELETE_STACK"}, id="by force"),
    ],
)
def test_only_a_failed_deletion_may_leave_resources(cloud: Any, options: dict[str, Any]) -> None:
    cloud.created("s", RETAINED % "Delete")

    with pytest.raises(ClientError, match="only when the stack is in the DELETE_FAILED state"):
        cloud.cloudformation.delete_stack(StackName="s", **options)


def test_termination_protection(cloud: Any) -> None:
    cloud.created("s", CHAIN, EnableTerminationProtection=True)
    assert cloud.stack("s")["EnableTerminationProtection"]

    with pytest.raises(ClientError, match=r"Stack \[s\] cannot be deleted while TerminationProtection is enabled"):
        cloud.cloudformation.delete_stack(StackName="s")
    cloud.cloudformation.update_termination_protection(StackName="s", EnableTerminationProtection=False)
    assert cloud.deleted("s")["StackStatus"] == "DELETE_COMPLETE"


def test_a_repeated_request_is_the_same_request(cloud: Any) -> None:
    ask = cloud.cloudformation.create_stack
    first = ask(StackName="s", TemplateBody=CHAIN, ClientRequestToken="t")
    cloud.settled()

    assert ask(StackName="s", TemplateBody=CHAIN, ClientRequestToken="t")["StackId"] == first["StackId"]
    with pytest.raises(ClientError, match="TokenAlreadyExistsException"):
        cloud.cloudformation.update_stack(StackName="s", TemplateBody=CHAIN, ClientRequestToken="t")
    assert cloud.events("s").count("CREATE_IN_PROGRESS") == 7


EXPORTING = """
Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Name: /exported, Type: String, Value: %s}}}
Outputs: {Out: {Value: !GetAtt A.Value, Export: {Name: shared}}}
"""
IMPORTING = (
    "Resources: {B: {Type: AWS::SSM::Parameter, Properties: {Name: /b, Type: String, Value: !ImportValue shared}}}"
)
SILENT = "Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Name: /exported, Type: String, Value: other}}}"


def test_exports_and_imports(cloud: Any) -> None:
    exporting = cloud.created("exporting", EXPORTING % "one")
    cloud.created("importing", IMPORTING)

    assert cloud.value("/b") == "one"
    assert cloud.cloudformation.list_exports()["Exports"] == [
        {"ExportingStackId": exporting["StackId"], "Name": "shared", "Value": "one"}
    ]
    assert cloud.cloudformation.list_imports(ExportName="shared")["Imports"] == ["importing"]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        pytest.param(EXPORTING % "two", "Export shared cannot be updated as it is in use by importing. ", id="changed"),
        pytest.param(SILENT, "Export shared cannot be deleted as it is in use by importing. ", id="left out"),
    ],
)
def test_an_export_in_use_stays_through_an_update(cloud: Any, template: str, reason: str) -> None:
    cloud.created("exporting", EXPORTING % "one")
    cloud.created("importing", IMPORTING)

    assert cloud.updated("exporting", template)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.reasons("exporting", "UPDATE_ROLLBACK_IN_PROGRESS") == [reason]
    assert cloud.value("/exported") == "one"
    assert len(cloud.cloudformation.list_exports()["Exports"]) == 1


def test_a_stack_whose_export_is_in_use_is_not_deleted(cloud: Any) -> None:
    cloud.created("exporting", EXPORTING % "one")
    cloud.created("importing", IMPORTING)

    stack = cloud.deleted("exporting")

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["StackStatusReason"] == "Export shared cannot be deleted as it is in use by importing"
    cloud.deleted("importing")
    assert cloud.deleted("exporting")["StackStatus"] == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        pytest.param(
            IMPORTING.replace("shared", "missing"),
            "No export named missing found. Rollback requested by user.",
            id="an import of nothing",
        ),
        pytest.param(
            (EXPORTING % "one").replace("/exported", "/again"),
            "Export with name shared is already exported by stack exporting. Rollback requested by user.",
            id="an export that another stack has",
        ),
    ],
)
def test_a_stack_fails_over_exports(cloud: Any, template: str, reason: str) -> None:
    cloud.created("exporting", EXPORTING % "one")

    assert cloud.created("s", template)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert cloud.reasons("s", "ROLLBACK_IN_PROGRESS") == [reason]
    assert cloud.values() == {"/exported"}


@pytest.mark.parametrize(
    ("properties", "violation"),
    [
        pytest.param("{Type: String}", "#: required key [Value] not found", id="a property is missing"),
        pytest.param(
            "{Type: String, Value: a, Unit: b}", "#: extraneous key [Unit] is not permitted", id="an unknown one"
        ),
        pytest.param("{Type: Text, Value: a}", "#/Type: Text is not a valid enum value", id="an enum's stranger"),
        pytest.param(
            "{Type: String, Value: a, Arn: b}", "#: extraneous key [Arn] is not permitted", id="a read-only one"
        ),
        pytest.param(
            "{Type: String, Value: [a]}", "#/Value: expected type: String, found: JSONArray", id="another type"
        ),
    ],
)
def test_properties_are_held_against_the_types_schema(cloud: Any, properties: str, violation: str) -> None:
    stack = cloud.created("s", f"Resources: {{A: {{Type: AWS::SSM::Parameter, Properties: {properties}}}}}")

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    [reason] = cloud.reasons("s", "CREATE_FAILED")
    assert reason == f"Properties validation failed for resource A with message:\n{violation}"


def test_a_region_has_stacks_of_its_own(cloud: Any, running_cloud: Sandbox) -> None:
    cloud.created("s", RETAINED % "Delete")

    abroad = running_cloud.session(cloud.account_id, "eu-west-1").client("cloudformation")
    member = running_cloud.session("222222222222").client("cloudformation")
    assert abroad.describe_stacks()["Stacks"] == member.describe_stacks()["Stacks"] == []
