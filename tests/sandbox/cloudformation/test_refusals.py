"""What CloudFormation refuses before it does anything."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

A = "A: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: a}}"
ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
"""


def of(value: str) -> str:
    return f"Resources: {{{A}, B: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: {value}}}}}}}"


@pytest.mark.parametrize(
    ("template", "error"),
    [
        pytest.param("{", r"JSON not well-formed. \(line 1, column 2\)", id="broken JSON"),
        pytest.param("Resources: {", "YAML not well-formed", id="broken YAML"),
        pytest.param("[1]", "unsupported structure", id="a list"),
        pytest.param('{"Resources": {}, "Resources": {}}', "Duplicate key", id="a key twice in JSON"),
        pytest.param("Resources: {}", "At least one Resources member must be defined", id="no resources"),
        pytest.param(
            f"Resources: {{{A}}}\nResource: {{}}", r"property or properties \[Resource\]", id="unknown section"
        ),
        pytest.param(f"AWSTemplateFormatVersion: 2020-01-01\nResources: {{{A}}}", "unsupported value", id="version"),
        pytest.param(f"Resources: {{{A}}}\nTransform: X", "SandboxNotImplemented.*Transform", id="a transform"),
        pytest.param(f"Description: {'x' * 1025}\nResources: {{{A}}}", "greater than 1024", id="a long description"),
        pytest.param(f"Resources: {{{A.replace('A:', 'A-1:')}}}", "A-1 is non alphanumeric", id="a logical id"),
        pytest.param("Resources: {A: {Properties: {}}}", "must contain a Type member", id="no type"),
        pytest.param(
            "Resources: {A: {Type: AWS::Foo::Bar}, B: {Type: AWS::SNS::Tropic}}",
            r"Template format error: Unrecognized resource types: \[AWS::Foo::Bar, AWS::SNS::Tropic\]",
            id="types that AWS does not know",
        ),
        pytest.param(
            "Resources: {A: {Type: AWS::RoboMaker::Robot}, B: {Type: Custom::Thing}}",
            r"SandboxNotImplemented.*\[AWS::RoboMaker::Robot, Custom::Thing\]",
            id="types that the sandbox lacks",
        ),
        pytest.param(
            of("b").replace("Type: AWS", "DeletionPolicy: Keep, Type: AWS"), "DeletionPolicy Keep", id="deletion policy"
        ),
        pytest.param(
            of("b").replace("Type: AWS", "UpdateReplacePolicy: RetainExceptOnCreate, Type: AWS"),
            "UpdateReplacePolicy",
            id="replace policy",
        ),
        pytest.param(of("b").replace("Type: AWS", "DependOn: A, Type: AWS"), "'DependOn'", id="an unknown attribute"),
        pytest.param(
            of("b").replace("Type: AWS", "CreationPolicy: {}, Type: AWS"), "SandboxNotImplemented", id="creation policy"
        ),
        pytest.param(
            of("b").replace("Type: AWS", "DependsOn: C, Type: AWS"),
            r"Unresolved resource dependencies \[C\] in the Resources block",
            id="depends on nothing",
        ),
        pytest.param(
            of("!Ref C"), r"Unresolved resource dependencies \[C\] in the Resources block of the template", id="ref"
        ),
        pytest.param(of('!Sub "${C}"'), r"dependencies \[C\] in the Resources", id="sub"),
        pytest.param(of("!GetAtt C.Arn"), r"dependencies \[C\] in the Resources", id="get attribute of nothing"),
        pytest.param(
            of("!GetAtt A.Colour"),
            "resource A does not support attribute type Colour in Fn::GetAtt",
            id="get an unknown attribute",
        ),
        pytest.param(of("!Ref B"), r"Circular dependency between resources: \[B\]", id="a resource on itself"),
        pytest.param(
            f"{of('b')}\nOutputs: {{O: {{Value: !Ref C}}}}", r"\[C\] in the Outputs block", id="an output of nothing"
        ),
        pytest.param(f"{of('b')}\nOutputs: {{O: {{}}}}", "must contain a Value", id="an output without value"),
        pytest.param(f"{of('b')}\nOutputs: {{O: {{Value: [a]}}}}", "must evaluate to a String", id="a list as output"),
        pytest.param(
            f"Conditions: {{C: !Equals [!Ref A, a]}}\n{of('b')}",
            r"Unresolved dependencies \[A\]. Cannot reference resources in the Conditions block",
            id="a condition on a resource",
        ),
        pytest.param(of("!If [C, a, b]"), "Unresolved condition dependency C in the Resources", id="unknown condition"),
        pytest.param(
            of("b").replace("Type: AWS", "Condition: C, Type: AWS"),
            "condition dependency C",
            id="condition of a resource",
        ),
        pytest.param(
            "Conditions: {C: !Equals [a, b]}\n" + of("!Ref A").replace("A: {Type", "A: {Condition: C, Type"),
            "Unresolved dependency A|Unresolved resource dependencies",
            id="a resource that is absent",
        ),
        pytest.param(of("!FindInMap [M, a, b]"), "Unable to get mapping for M::a::b", id="a missing mapping"),
        pytest.param(of("'{{resolve:ssm:/a}}'"), "SandboxNotImplemented.*dynamic references", id="a dynamic reference"),
        pytest.param(of("!Cidr [a, 1, 2]"), "Fn::Cidr is not supported", id="a function that the sandbox lacks"),
        pytest.param(
            "Resources: {" + ", ".join(A.replace("A:", f"A{number}:") for number in range(501)) + "}",
            "Number of resources, 501, is greater than maximum allowed, 500",
            id="too many resources",
        ),
        pytest.param("x" * 51_201, "length less than or equal to 51200", id="too long"),
    ],
)
def test_a_template_is_refused(cloud: Any, template: str, error: str) -> None:
    with pytest.raises(ClientError, match=error):
        cloud.cloudformation.create_stack(StackName="s", TemplateBody=template)
    assert cloud.cloudformation.list_stacks()["StackSummaries"] == []


@pytest.mark.parametrize(
    ("declaration", "values", "error"),
    [
        pytest.param("{Type: String}", {}, r"Parameters: \[P\] must have values", id="no value"),
        pytest.param(
            "{Type: String, Default: a}", {"Q": "x"}, r"Parameters: \[Q\] do not exist in", id="an unknown one"
        ),
        pytest.param("{Type: Number}", {"P": "x"}, "Parameter 'P' must be a number", id="no number"),
        pytest.param("{Type: Number, MinValue: 3}", {"P": "2"}, "not less than 3", id="too small"),
        pytest.param("{Type: List<Number>}", {"P": "1,x"}, "must be a number", id="no number in a list"),
        pytest.param("{Type: String, AllowedValues: [a, true]}", {"P": "b"}, "one of AllowedValues", id="not allowed"),
        pytest.param(
            "{Type: String, AllowedPattern: '[a-z]+'}", {"P": "a1"}, r"must match pattern \[a-z\]\+", id="pattern"
        ),
        pytest.param(
            "{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: must be lower case}",
            {"P": "A"},
            "Parameter P failed to satisfy constraint: must be lower case",
            id="a described constraint",
        ),
        pytest.param(
            "{Type: String}", {"P": "é" * 2049}, "P is too long. Length is 4098, and limit is 4096", id="long"
        ),
        pytest.param("{Type: Text}", {"P": "A"}, "Unrecognized parameter type: Text", id="an unknown type"),
        pytest.param("{Default: a}", {}, "must contain a Type member", id="no type"),
        pytest.param(
            "{Type: 'AWS::SSM::Parameter::Value<String>'}", {"P": "a"}, "SandboxNotImplemented", id="a stored parameter"
        ),
    ],
)
def test_a_parameter_is_refused(cloud: Any, declaration: str, values: dict[str, str], error: str) -> None:
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    template = f"Parameters: {{P: {declaration}}}\nResources: {{{A}}}"

    with pytest.raises(ClientError, match=error):
        cloud.cloudformation.create_stack(StackName="s", TemplateBody=template, Parameters=given)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param({"StackName": "s_1"}, "1 validation error detected.*'s_1' at 'stackName'", id="a bad name"),
        pytest.param({"StackName": "s" * 129}, "less than or equal to 128", id="a long name"),
        pytest.param({"StackName": "known"}, r"\(AlreadyExistsException\).*Stack \[known\] already exists", id="taken"),
        pytest.param({"OnFailure": "DELETE", "DisableRollback": True}, "but not both", id="two ways to fail"),
        pytest.param({"TemplateURL": "https://s3.amazonaws.com/b/k"}, "Either Template URL or", id="two templates"),
        pytest.param({"TemplateBody": ""}, "[Ii]nvalid length|Either Template URL", id="no template"),
        pytest.param({"TimeoutInMinutes": 5}, "SandboxNotImplemented.*TimeoutInMinutes", id="a timeout"),
        pytest.param({"NotificationARNs": ["a"]}, "SandboxNotImplemented", id="notifications"),
        pytest.param(
            {"RoleARN": "arn:aws:iam::123456789012:role/none"}, "is invalid or cannot be assumed", id="a role"
        ),
        pytest.param({"Tags": [{"Key": "aws:a", "Value": "b"}]}, "aws: prefixed tag key", id="a reserved tag"),
        pytest.param({"Tags": [{"Key": "a", "Value": "b"}] * 2}, "Duplicate tag keys", id="a tag twice"),
        pytest.param(
            {"Parameters": [{"ParameterKey": "P", "UsePreviousValue": True}]}, "usePreviousValue", id="a previous value"
        ),
    ],
)
def test_a_request_is_refused(cloud: Any, request_: dict[str, Any], error: str) -> None:
    cloud.created("known", f"Resources: {{{A}}}")
    request = {"StackName": "s", "TemplateBody": f"Resources: {{{A}}}"} | request_
    if request["TemplateBody"] == "":
        del request["TemplateBody"]

    with pytest.raises(ClientError, match=error):
        cloud.cloudformation.create_stack(**request)


@pytest.mark.parametrize(
    ("template", "capabilities", "needed"),
    [
        pytest.param(ROLE, [], "CAPABILITY_IAM", id="a role"),
        pytest.param(ROLE, ["CAPABILITY_IAM"], None, id="a role, acknowledged"),
        pytest.param(ROLE, ["CAPABILITY_NAMED_IAM"], None, id="a role, acknowledged with more"),
        pytest.param(
            ROLE.replace("Properties:", "Properties:\n      RoleName: r"),
            ["CAPABILITY_IAM"],
            "CAPABILITY_NAMED_IAM",
            id="a role with a name",
        ),
        pytest.param(f"Resources: {{{A}}}", [], None, id="no role"),
    ],
)
def test_capabilities(cloud: Any, template: str, capabilities: list[str], needed: str | None) -> None:
    summary = cloud.cloudformation.validate_template(TemplateBody=template)
    request = {"StackName": "s", "TemplateBody": template, "Capabilities": capabilities}

    if needed is None:
        assert cloud.cloudformation.create_stack(**request)
        return
    assert summary["Capabilities"] == [needed]
    assert summary["CapabilitiesReason"] == "The following resource(s) require capabilities: [AWS::IAM::Role]"
    error = re.escape(f"Requires capabilities : [{needed}]")
    with pytest.raises(ClientError, match=rf"\(InsufficientCapabilitiesException\).*{error}"):
        cloud.cloudformation.create_stack(**request)


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        pytest.param("describe_stacks", "Stack with id none does not exist", id="describe"),
        pytest.param("describe_stack_events", r"Stack \[none\] does not exist", id="events"),
        pytest.param("describe_stack_resources", "Stack with id none does not exist", id="resources"),
        pytest.param("list_stack_resources", "Stack with id none does not exist", id="list resources"),
        pytest.param("get_template", "Stack with id none does not exist", id="template"),
        pytest.param("get_template_summary", "Stack with id none does not exist", id="summary"),
        pytest.param("list_change_sets", r"Stack \[none\] does not exist", id="change sets"),
        pytest.param("set_stack_policy", "SandboxNotImplemented", id="a stack policy"),
        pytest.param("detect_stack_drift", "SandboxNotImplemented", id="drift"),
    ],
)
def test_a_stack_that_does_not_exist(cloud: Any, operation: str, error: str) -> None:
    with pytest.raises(ClientError, match=error):
        getattr(cloud.cloudformation, operation)(StackName="none")


SUMMARIZED = """
AWSTemplateFormatVersion: 2010-09-09
Description: Summarized.
Metadata: {Owner: me}
Parameters:
  P: {Type: Number, Default: 5, Description: How many, AllowedValues: [5, 6]}
  Q: {Type: CommaDelimitedList, NoEcho: true}
Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: a}}, B: {Type: AWS::SNS::Topic}}
"""


def test_a_template_is_summarized(cloud: Any) -> None:
    summary = cloud.cloudformation.get_template_summary(TemplateBody=SUMMARIZED)

    assert summary["Description"] == "Summarized."
    assert json.loads(summary["Metadata"]) == {"Owner": "me"}
    assert summary["ResourceTypes"] == ["AWS::SSM::Parameter", "AWS::SNS::Topic"]
    assert summary["Parameters"] == [
        {
            "ParameterKey": "P",
            "ParameterType": "Number",
            "DefaultValue": "5",
            "Description": "How many",
            "NoEcho": False,
            "ParameterConstraints": {"AllowedValues": ["5", "6"]},
        },
        {"ParameterKey": "Q", "ParameterType": "CommaDelimitedList", "NoEcho": True, "ParameterConstraints": {}},
    ]
    assert summary["ResourceIdentifierSummaries"][0] == {
        "ResourceType": "AWS::SSM::Parameter",
        "LogicalResourceIds": ["A"],
        "ResourceIdentifiers": ["Name"],
    }


def test_a_template_is_given_back(cloud: Any) -> None:
    template = f"# as it was submitted\nResources: {{{A}}}"
    cloud.created("s", template)

    assert cloud.cloudformation.get_template(StackName="s")["TemplateBody"] == template
    assert cloud.cloudformation.get_template_summary(StackName="s")["ResourceTypes"] == ["AWS::SSM::Parameter"]
