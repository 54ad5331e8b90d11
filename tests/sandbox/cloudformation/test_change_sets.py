"""Change sets: what they show, and what executing them does."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Parameters: {Word: {Type: String, Default: a}, Name: {Type: String, Default: /one}}
Resources:
  One: {Type: AWS::SSM::Parameter, Properties: {Name: !Ref Name, Type: String, Value: !Ref Word}}
  Two: {Type: AWS::SSM::Parameter, Properties: {Name: /two, Type: String, Value: !Ref One}}
  Three: {Type: AWS::SSM::Parameter, Properties: {Name: /three, Type: String, Value: c}}
"""


def made(
    cloud: Any, kind: str = "UPDATE", text: str = TEMPLATE, name: str = "change", **parameters: str
) -> dict[str, Any]:
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    answer = cloud.cloudformation.create_change_set(
        StackName="s", ChangeSetName=name, ChangeSetType=kind, TemplateBody=text, Parameters=given
    )
    cloud.settled()
    found: dict[str, Any] = cloud.cloudformation.describe_change_set(ChangeSetName=answer["Id"])
    return found


def shown(change_set: dict[str, Any]) -> list[tuple[str, ...]]:
    changes = [change["ResourceChange"] for change in change_set["Changes"]]
    return [(each["Action"], each["LogicalResourceId"], each.get("Replacement", "-")) for each in changes]


def details(change_set: dict[str, Any], logical_id: str) -> list[tuple[str, ...]]:
    [change] = [
        each["ResourceChange"]
        for each in change_set["Changes"]
        if each["ResourceChange"]["LogicalResourceId"] == logical_id
    ]
    return [
        (
            each["Target"]["Attribute"],
            each["Target"].get("Name", "-"),
            each["Target"]["RequiresRecreation"],
            each["Evaluation"],
            each["ChangeSource"],
            each.get("CausingEntity", "-"),
        )
        for each in change["Details"]
    ]


def executed(cloud: Any, **options: Any) -> dict[str, Any]:
    cloud.cloudformation.execute_change_set(StackName="s", ChangeSetName="change", **options)
    cloud.settled()
    found: dict[str, Any] = cloud.stack("s")
    return found


def test_a_new_stack_by_change_set(cloud: Any) -> None:
    change_set = made(cloud, "CREATE")

    assert (change_set["Status"], change_set["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert sorted(shown(change_set)) == [("Add", "One", "-"), ("Add", "Three", "-"), ("Add", "Two", "-")]
    assert cloud.status("s") == "REVIEW_IN_PROGRESS"
    assert cloud.values() == set()

    stack = executed(cloud)

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["ChangeSetId"] == change_set["ChangeSetId"]
    assert cloud.events("s", "s") == ["REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert cloud.cloudformation.list_change_sets(StackName="s")["Summaries"] == []
    again = cloud.cloudformation.describe_change_set(ChangeSetName=change_set["ChangeSetId"])
    assert again["ExecutionStatus"] == "EXECUTE_COMPLETE"


def test_a_change_in_place(cloud: Any) -> None:
    cloud.created("s", TEMPLATE)

    change_set = made(cloud, Word="b")

    assert shown(change_set) == [("Modify", "One", "False")]
    assert details(change_set, "One") == [("Properties", "Value", "Never", "Static", "ParameterReference", "Word")]
    assert cloud.value("/one") == "a"
    assert executed(cloud)["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.value("/one") == "b"


def test_a_replacement_and_what_refers_to_it(cloud: Any) -> None:
    cloud.created("s", TEMPLATE)

    change_set = made(cloud, Name="/renamed")

    assert shown(change_set) == [("Modify", "One", "True"), ("Modify", "Two", "False")]
    assert details(change_set, "One") == [("Properties", "Name", "Always", "Static", "ParameterReference", "Name")]
    assert details(change_set, "Two") == [("Properties", "Value", "Never", "Dynamic", "ResourceReference", "One")]
    [first, _] = change_set["Changes"]
    assert first["ResourceChange"]["PolicyAction"] == "ReplaceAndDelete"
    assert first["ResourceChange"]["PhysicalResourceId"] == "/one"
    executed(cloud)
    assert cloud.values() == {"/renamed", "/two", "/three"}


def test_a_replacement_that_depends_on_another(cloud: Any) -> None:
    text = TEMPLATE.replace("Name: /two", 'Name: !Sub "/of${One}"')
    cloud.created("s", text)

    change_set = made(cloud, text=text, Name="/renamed")

    assert shown(change_set) == [("Modify", "One", "True"), ("Modify", "Two", "Conditional")]
    executed(cloud)
    assert cloud.values() == {"/renamed", "/of/renamed", "/three"}


def test_what_shows_a_resource_that_may_be_replaced_may_change_too(cloud: Any) -> None:
    text = TEMPLATE.replace("Name: /two", 'Name: !Sub "/of${One}"').replace("Value: c", "Value: !Ref Two")
    cloud.created("s", text)

    change_set = made(cloud, text=text, Name="/renamed")

    assert ("Modify", "Three", "False") in shown(change_set)
    assert details(change_set, "Three") == [("Properties", "Value", "Never", "Dynamic", "ResourceReference", "Two")]


def test_an_attribute_of_what_changes_in_place_may_change_and_its_name_does_not(cloud: Any) -> None:
    text = TEMPLATE.replace("Value: c", "Value: !GetAtt One.Value")
    cloud.created("s", text)

    change_set = made(cloud, text=text, Word="b")

    assert shown(change_set) == [("Modify", "One", "False"), ("Modify", "Three", "False")]
    cause = ("Properties", "Value", "Never", "Dynamic", "ResourceAttribute", "One.Value")
    assert details(change_set, "Three") == [cause]
    executed(cloud)
    assert cloud.value("/three") == "b"


@pytest.mark.parametrize(
    ("old", "new", "change", "scope"),
    [
        pytest.param("Value: c", "Value: d", ("Modify", "Three", "False"), ["Properties"], id="a value"),
        pytest.param(
            "Three: {Type", "Three: {Metadata: {a: b}, Type", ("Modify", "Three", "False"), ["Metadata"], id="metadata"
        ),
        pytest.param(
            "Three: {Type",
            "Three: {DeletionPolicy: Retain, Type",
            ("Modify", "Three", "False"),
            ["DeletionPolicy"],
            id="a deletion policy",
        ),
        pytest.param("Value: c", "Value: c, Tags: {a: b}", ("Modify", "Three", "False"), ["Tags"], id="tags"),
        pytest.param("  Three:", "  Four:", ("Add", "Four", "-"), None, id="another logical id"),
    ],
)
def test_a_changed_template(cloud: Any, old: str, new: str, change: tuple[str, ...], scope: list[str] | None) -> None:
    cloud.created("s", TEMPLATE)

    change_set = made(cloud, text=TEMPLATE.replace(old, new))

    assert shown(change_set)[0] == change
    assert change_set["Changes"][0]["ResourceChange"].get("Scope") == (scope or [])
    if scope:
        assert details(change_set, "Three")[0][-2:] == ("DirectModification", "-")
    else:
        assert shown(change_set)[1] == ("Remove", "Three", "-")


def test_a_change_set_without_changes_fails(cloud: Any) -> None:
    cloud.created("s", TEMPLATE)

    change_set = made(cloud)

    assert (change_set["Status"], change_set["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    message = "The submitted information didn't contain changes. Submit different information to create a change set."
    assert change_set["StatusReason"] == message
    with pytest.raises(ClientError, match=r"InvalidChangeSetStatus.*current status of \[FAILED\]"):
        executed(cloud)


def test_outputs_alone_are_a_change(cloud: Any) -> None:
    cloud.created("s", TEMPLATE)

    change_set = made(cloud, text=f"{TEMPLATE}\nOutputs: {{One: {{Value: !Ref One}}}}")

    assert (change_set["Status"], change_set["Changes"]) == ("CREATE_COMPLETE", [])
    assert executed(cloud)["Outputs"] == [{"OutputKey": "One", "OutputValue": "/one"}]


def test_an_execution_makes_the_others_obsolete(cloud: Any) -> None:
    cloud.created("s", TEMPLATE)
    made(cloud, Word="b")
    made(cloud, name="other", Word="c")
    listed = cloud.cloudformation.list_change_sets(StackName="s")["Summaries"]
    assert {each["ChangeSetName"] for each in listed} == {"change", "other"}

    executed(cloud)

    with pytest.raises(ClientError, match=r"\(ChangeSetNotFound\).*ChangeSet \[other\] does not exist"):
        cloud.cloudformation.describe_change_set(StackName="s", ChangeSetName="other")


def test_a_change_set_is_deleted(cloud: Any) -> None:
    made(cloud, "CREATE")

    for _ in range(2):
        cloud.cloudformation.delete_change_set(StackName="s", ChangeSetName="change")

    assert cloud.status("s") == "REVIEW_IN_PROGRESS"
    assert cloud.cloudformation.list_change_sets(StackName="s")["Summaries"] == []
    assert cloud.deleted("s")["StackStatus"] == "DELETE_COMPLETE"


def test_a_failed_change_set_is_rolled_back_or_not(cloud: Any) -> None:
    cloud.ssm.put_parameter(Name="/two", Value="older", Type="String")
    made(cloud, "CREATE")

    assert executed(cloud, DisableRollback=True)["StackStatus"] == "CREATE_FAILED"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        pytest.param(
            {"ChangeSetType": "CREATE"}, "already exists and cannot be created again", id="create what exists"
        ),
        pytest.param({"StackName": "none"}, r"Stack \[none\] does not exist", id="update what does not exist"),
        pytest.param({"ChangeSetType": "IMPORT"}, "SandboxNotImplemented", id="import"),
        pytest.param({"ChangeSetName": "known"}, r"\(AlreadyExistsException\)", id="a name that is taken"),
        pytest.param({"TemplateBody": "{"}, "JSON not well-formed", id="a broken template"),
    ],
)
def test_a_change_set_is_refused(cloud: Any, options: dict[str, Any], error: str) -> None:
    cloud.created("s", TEMPLATE)
    made(cloud, name="known", Word="b")

    request = {"StackName": "s", "ChangeSetName": "change", "TemplateBody": TEMPLATE} | options
    with pytest.raises(ClientError, match=error):
        cloud.cloudformation.create_change_set(**request)
