"""What is refused of definitions and operations."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

REGION = "us-east-1"
OTHER = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: second}}}"
ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
"""
NAMED_ROLE = f"{ROLE}      RoleName: named\n"
PREVIOUS = {"ParameterKey": "Name", "UsePreviousValue": True}


@pytest.fixture(scope="module")
def deployed(shared: Any) -> Any:
    """The organization with instances of `topics` in a unit."""
    shared.stack_set()
    shared.deploy("Workloads")
    return shared


def value(key: str, text: str) -> dict[str, Any]:
    return {"ParameterKey": key, "ParameterValue": text}


@pytest.mark.parametrize(
    ("template", "request_", "expected"),
    [
        pytest.param(ROLE, {}, ("InsufficientCapabilitiesException", "[CAPABILITY_IAM]"), id="iam"),
        pytest.param(
            NAMED_ROLE,
            {"Capabilities": ["CAPABILITY_IAM"]},
            ("InsufficientCapabilitiesException", "[CAPABILITY_NAMED_IAM]"),
            id="named-iam",
        ),
        pytest.param(f"Transform: AWS::LanguageExtensions\n{OTHER}", {}, ("ValidationError", "transforms"), id="macro"),
        pytest.param(
            "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://x}}}",
            {},
            ("ValidationError", "Nested stacks"),
            id="nested-stack",
        ),
        pytest.param(
            f"Parameters: {{P: {{Type: String}}}}\n{OTHER}",
            {},
            ("ValidationError", "[P] must have values"),
            id="no-value",
        ),
        pytest.param(
            OTHER, {"Parameters": [value("P", "x")]}, ("ValidationError", "[P] do not exist"), id="unknown-parameter"
        ),
        pytest.param(
            OTHER,
            {"AutoDeployment": {"Enabled": False, "RetainStacksOnAccountRemoval": True}},
            ("ValidationError", "RetainStacksOnAccountRemoval"),
            id="retaining-without-auto-deployment",
        ),
        pytest.param(
            OTHER,
            {"ExecutionRoleName": "mine"},
            ("ValidationError", "only valid with SELF_MANAGED"),
            id="role-of-the-other-model",
        ),
        pytest.param("Resources: {T: {Type: AWS::No::Thing}}", {}, ("ValidationError", "AWS::No::Thing"), id="no-type"),
    ],
)
def test_definitions_that_are_refused(
    shared: Any, refused: Any, template: str, request_: dict[str, Any], expected: tuple[str, str]
) -> None:
    code, message = refused(lambda: shared.stack_set(template, **request_))
    assert (code, expected[1] in message) == (expected[0], True)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param(None, "can only have OrganizationalUnit as target", id="none"),
        pytest.param({"Accounts": ["111111111111"]}, "OrganizationalUnitIds are required", id="accounts-alone"),
        pytest.param("Root and an account", "AccountFilterType must be specified", id="accounts-without-filter"),
        pytest.param("Root UNION", "UNION is not supported", id="union"),
        pytest.param("Root INTERSECTION without accounts", "requires Accounts", id="intersection-with-nothing"),
        pytest.param("Root NONE with an account", "does not take Accounts", id="none-with-accounts"),
        pytest.param({"OrganizationalUnitIds": ["ou-zzzz-12345678"]}, "does not exist", id="unknown-unit"),
    ],
)
def test_targets_of_a_create_operation_that_are_refused(
    deployed: Any, refused: Any, targets: Any, expected: str
) -> None:
    root = {"OrganizationalUnitIds": [deployed.units["Root"]]}
    account = {"Accounts": [deployed.accounts["alpha"]]}
    named = {
        "Root and an account": root | account,
        "Root UNION": root | account | {"AccountFilterType": "UNION"},
        "Root INTERSECTION without accounts": root | {"AccountFilterType": "INTERSECTION"},
        "Root NONE with an account": root | account | {"AccountFilterType": "NONE"},
    }
    given = named[targets] if isinstance(targets, str) else targets
    request = {"DeploymentTargets": given} if given else {}
    code, message = refused(
        lambda: deployed.cloudformation.create_stack_instances(StackSetName="topics", Regions=["us-east-1"], **request)
    )
    assert code == "ValidationError"
    assert expected in message


@pytest.mark.parametrize("filter_type", [None, "UNION", "INTERSECTION"])
def test_a_delete_operation_takes_no_accounts_without_units(
    deployed: Any, refused: Any, filter_type: str | None
) -> None:
    code, message = refused(
        lambda: deployed.delete(deployed.targets(accounts=("alpha",), filter_type=filter_type), retains=True)
    )
    assert (code, "can only have OrganizationalUnit as target" in message) == ("ValidationError", True)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        pytest.param(
            {"OperationPreferences": {"MaxConcurrentCount": 1, "MaxConcurrentPercentage": 1}},
            "not both",
            id="count-and-percentage",
        ),
        pytest.param({"Regions": [REGION, "us-east-9"]}, "Region us-east-9 is not supported", id="unknown-region"),
    ],
)
def test_create_operations_that_are_refused(deployed: Any, refused: Any, request_: dict[str, Any], words: str) -> None:
    code, message = refused(lambda: deployed.deploy("Root", **request_))
    assert (code, words in message) == ("ValidationError", True)


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        pytest.param(
            {"ParameterOverrides": [value("Nobody", "x")]},
            "ValidationError",
            "[Nobody] do not exist in the template",
            id="unknown-parameter",
        ),
        pytest.param(
            {"ParameterOverrides": [PREVIOUS]},
            "ValidationError",
            "no previous value",
            id="no-previous-override",
        ),
        pytest.param({"Regions": ["eu-west-1"]}, "StackInstanceNotFoundException", "No stack instances", id="nowhere"),
    ],
)
def test_updates_of_instances_that_are_refused(
    deployed: Any, refused: Any, request_: dict[str, Any], code: str, words: str
) -> None:
    whole = {"DeploymentTargets": deployed.targets("Workloads"), "Regions": [REGION], **request_}
    refusal = refused(lambda: deployed.cloudformation.update_stack_instances(StackSetName="topics", **whole))
    assert refusal[0] == code
    assert words in refusal[1]
