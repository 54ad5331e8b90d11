"""StackSets with roles of one's own."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow

REGION = "us-east-1"
ADMINISTRATION, EXECUTION = "AWSCloudFormationStackSetAdministrationRole", "AWSCloudFormationStackSetExecutionRole"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def role(organization: Any, account_id: str, name: str, principal: dict[str, str]) -> None:
    iam = organization.client(account_id, "iam")
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))


def administration_role(organization: Any, service: str = "cloudformation.amazonaws.com") -> None:
    role(organization, organization.management_id, ADMINISTRATION, {"Service": service})


def execution_role(organization: Any, name: str, administrator: str) -> None:
    role(organization, organization.accounts[name], EXECUTION, {"AWS": f"arn:aws:iam::{administrator}:root"})


def deployed(organization: Any, *names: str) -> dict[str, tuple[str, str | None]]:
    organization.cloudformation.create_stack_set(
        StackSetName="topics", TemplateBody="Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: own}}}"
    )
    operation_id = organization.cloudformation.create_stack_instances(
        StackSetName="topics",
        Accounts=[organization.accounts[name] for name in names],
        Regions=[REGION],
        OperationPreferences={"FailureToleranceCount": 5},
    )["OperationId"]
    organization.rest()
    return {name: result for (name, _), result in organization.results(operation_id).items()}


def test_through_both_roles(organization: Any) -> None:
    administration_role(organization)
    execution_role(organization, "alpha", organization.management_id)
    assert deployed(organization, "alpha") == {"alpha": ("SUCCEEDED", None)}
    assert organization.topics() == {"alpha": ["own"]}
    described = organization.cloudformation.describe_stack_set(StackSetName="topics")["StackSet"]
    assert described["AdministrationRoleARN"].endswith(f":role/{ADMINISTRATION}")
    assert described["ExecutionRoleName"] == EXECUTION


@pytest.mark.parametrize("trusted", [pytest.param(None, id="missing"), pytest.param("999999999999", id="no-trust")])
def test_without_the_execution_role(organization: Any, trusted: str | None) -> None:
    administration_role(organization)
    if trusted:
        execution_role(organization, "alpha", trusted)
    account_id = organization.accounts["alpha"]
    trust = f"role with trust relationship to Role '{ADMINISTRATION}'."
    assert deployed(organization, "alpha") == {
        "alpha": ("FAILED", f"Account {account_id} should have '{EXECUTION}' {trust}")
    }


def test_without_the_trust_of_the_administration_role(organization: Any) -> None:
    administration_role(organization, "lambda.amazonaws.com")
    execution_role(organization, "alpha", organization.management_id)
    [(status, reason)] = deployed(organization, "alpha").values()
    assert status == "FAILED"
    assert reason is not None
    assert reason.endswith("with trust relationship to CloudFormation service.")


def test_without_the_administration_role(organization: Any, refused: Any) -> None:
    code, message = refused(lambda: deployed(organization, "alpha"))
    assert code == "ValidationError"
    assert message.endswith("is invalid or cannot be assumed")


def test_units_are_no_targets(organization: Any, refused: Any) -> None:
    administration_role(organization)
    deployed(organization, "alpha")
    code, message = refused(lambda: organization.deploy("Root"))
    assert (code, "only have accounts as target" in message) == ("ValidationError", True)
