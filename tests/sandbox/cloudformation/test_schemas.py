"""Properties held against the schemas of resource types, without a stack."""

from typing import Any

import pytest

from rootguard.sandbox.cloudformation.handler_errors import handler_error_code
from rootguard.sandbox.cloudformation.schema_check import converted, violations
from rootguard.sandbox.cloudformation.schemas import Schema, schema_of

SCHEMA: dict[str, Any] = {
    "additionalProperties": False,
    "required": ["Name"],
    "requiredXor": ["Name", "Alias"],
    "dependentExcluded": {"Size": ["Color"]},
    "definitions": {"Tag": {"type": "object", "required": ["Key"], "properties": {"Key": {"type": "string"}}}},
    "properties": {
        "Alias": {"type": "string"},
        "Color": {"type": "string", "const": "red"},
        "Document": {"type": ["string", "object"]},
        "Name": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4},
        "On": {"type": "boolean"},
        "Ratio": {"type": "number"},
        "Size": {"type": "integer", "minimum": 1, "maximum": 9},
        "Tags": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "uniqueItems": True,
            "items": {"$ref": "#/definitions/Tag"},
        },
        "Variables": {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {"^[A-Z]": {"type": "string"}},
        },
        "Way": {"oneOf": [{"required": ["A"]}, {"required": ["B"]}]},
    },
}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        pytest.param({"Name": "abc"}, [], id="fine"),
        pytest.param(
            {}, ["#: required key [Name] not found", "#: exactly one of ['Name', 'Alias'] is required"], id="none"
        ),
        pytest.param(
            {"Name": "abc", "Alias": "a"}, ["#: exactly one of ['Name', 'Alias'] is required"], id="two of one"
        ),
        pytest.param({"Name": "abc", "X": 1}, ["#: extraneous key [X] is not permitted"], id="unknown"),
        pytest.param({"Name": "a"}, ["#/Name: expected minLength: 2, actual: 1"], id="short"),
        pytest.param({"Name": "abcde"}, ["#/Name: expected maxLength: 4, actual: 5"], id="long"),
        pytest.param(
            {"Name": "a1"}, ["#/Name: failed validation constraint for keyword [pattern]: ^[a-z]+$"], id="pattern"
        ),
        pytest.param({"Name": "abc", "Size": 0}, ["#/Size: 0 is not greater or equal to 1"], id="small"),
        pytest.param({"Name": "abc", "Size": 10}, ["#/Size: 10 is not less or equal to 9"], id="large"),
        pytest.param(
            {"Name": "abc", "Size": True}, ["#/Size: expected type: Integer, found: Boolean"], id="another type"
        ),
        pytest.param({"Name": "abc", "Color": "blue"}, ["#/Color: blue is not a valid enum value"], id="constant"),
        pytest.param(
            {"Name": "abc", "Size": 1, "Color": "red"}, ["#: [Size] and [Color] exclude each other"], id="exclusive"
        ),
        pytest.param({"Name": "abc", "Tags": [{}]}, ["#/Tags/0: required key [Key] not found"], id="in a list"),
        pytest.param(
            {"Name": "abc", "Tags": []}, ["#/Tags: expected minimum item count: 1, found: 0"], id="an empty list"
        ),
        pytest.param(
            {"Name": "abc", "Tags": [{"Key": "a"}] * 3},
            ["#/Tags: expected maximum item count: 2, found: 3", "#/Tags: array items are not unique"],
            id="a long list of the same",
        ),
        pytest.param({"Name": "abc", "Variables": {"A": "b"}}, [], id="a name that matches"),
        pytest.param(
            {"Name": "abc", "Variables": {"a": "b"}},
            ["#/Variables: extraneous key [a] is not permitted"],
            id="a name that does not match",
        ),
        pytest.param({"Name": "abc", "Way": {"A": 1}}, [], id="one of two"),
        pytest.param(
            {"Name": "abc", "Way": {"A": 1, "B": 1}},
            ["#/Way: #: 2 subschemas matched instead of one"],
            id="both alternatives",
        ),
    ],
)
def test_violations(properties: dict[str, Any], expected: list[str]) -> None:
    assert list(violations(properties, SCHEMA, SCHEMA)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"Name": 5}, {"Name": "5"}, id="a number as text"),
        pytest.param({"Name": True}, {"Name": "true"}, id="a boolean as text"),
        pytest.param({"On": "True"}, {"On": True}, id="text as a boolean"),
        pytest.param({"Size": "5"}, {"Size": 5}, id="text as an integer"),
        pytest.param({"Ratio": "0.5"}, {"Ratio": 0.5}, id="text as a number"),
        pytest.param({"Size": "five"}, {"Size": "five"}, id="what is no number stays"),
        pytest.param({"Document": {"a": 1}}, {"Document": {"a": 1}}, id="a document stays"),
        pytest.param({"Tags": [{"Key": 1}]}, {"Tags": [{"Key": "1"}]}, id="in a list of structures"),
        pytest.param({"X": 1}, {"X": 1}, id="what is unknown stays"),
    ],
)
def test_scalars_take_the_schemas_types(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert converted(given, SCHEMA, SCHEMA) == expected


def schema(type_name: str) -> Schema:
    found = schema_of(type_name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("type_name", "old", "new", "expected"),
    [
        pytest.param("AWS::IAM::Role", {"RoleName": "a"}, {"RoleName": "b"}, ["RoleName"], id="a name"),
        pytest.param("AWS::IAM::Role", {"Description": "a"}, {"Description": "b"}, [], id="a description"),
        pytest.param("AWS::IAM::Role", {}, {"Path": "/a/"}, ["Path"], id="a property that was not there"),
        pytest.param(
            "AWS::Lambda::Permission", {"Principal": "a"}, {"Principal": "b"}, ["Principal"], id="a principal"
        ),
        pytest.param(
            "AWS::Events::Rule", {"EventBusName": "a"}, {"EventBusName": "b"}, ["EventBusName"], id="conditional"
        ),
    ],
)
def test_what_makes_a_replacement_necessary(
    type_name: str, old: dict[str, Any], new: dict[str, Any], expected: list[str]
) -> None:
    assert schema(type_name).replacing(old, new) == expected


@pytest.mark.parametrize(
    ("type_name", "attribute", "known"),
    [
        pytest.param("AWS::IAM::Role", "Arn", True, id="a read-only property"),
        pytest.param("AWS::IAM::Role", "RoleName", False, id="a property that is written"),
        pytest.param("AWS::SNS::Topic", "TopicName", True, id="a property of a type that shows all"),
        pytest.param("AWS::Lambda::Function", "SnapStartResponse.ApplyOn", True, id="within a structure"),
    ],
)
def test_attributes(type_name: str, attribute: str, known: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert schema(type_name).has_attribute(attribute) is known


def test_a_type_that_aws_does_not_know_has_no_schema() -> None:
    assert schema_of("AWS::Foo::Bar") is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDeniedException", "AccessDenied"),
        ("AuthorizationError", "AccessDenied"),
        ("EntityAlreadyExists", "AlreadyExists"),
        ("ResourceConflictException", "AlreadyExists"),
        ("NoSuchEntity", "NotFound"),
        ("LimitExceededException", "ServiceLimitExceeded"),
        ("TooManyRequestsException", "Throttling"),
        ("InvalidParameterValueException", "InvalidRequest"),
        ("InternalFailure", "ServiceInternalError"),
        ("SomethingElse", "GeneralServiceException"),
    ],
)
def test_handler_error_codes(code: str, expected: str) -> None:
    assert handler_error_code(code) == expected
