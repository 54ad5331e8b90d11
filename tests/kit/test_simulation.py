"""AWS's judgement of service control policies, also by a botocore that is older than the parameter for them."""

import copy
import json
from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ParamValidationError
from botocore.loaders import Loader, create_loader
from tests.kit.conftest import ACCOUNT_ID, Body, Script

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.denial.request_context import Member
from rootguard.kit.denial.simulation import allowed_by_organization
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.organization import Organization
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox

PARAMETER = "OrderedOrganizationPolicyInputList"
NEW_SHAPES = ("OrganizationPolicyListType", "OrderedOrganizationPolicyType")
ACTIONS = ("iam:CreateUser", "s3:GetObject")
ALLOW = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
DENY_ROOT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": "iam:*",
                "Resource": "*",
                "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
            },
        ],
    }
)
HIERARCHY = ((ALLOW,), (ALLOW, DENY_ROOT))


def member_of(account: Account) -> Member:
    organization = Organization("o-exampleorgid", "999988887777", all_features=True)
    return Member(account, organization, "o-exampleorgid/r-ab12/")


def asked(account: Account) -> tuple[str, ...]:
    return allowed_by_organization(account, HIERARCHY, member_of(account).root(), ACTIONS)


def test_root_and_others_are_told_apart(account: Account) -> None:
    assert asked(account) == ("s3:GetObject",)
    role = member_of(account).ordinary_role()
    assert allowed_by_organization(account, HIERARCHY, role, ACTIONS) == ACTIONS


def result(action: str, *, allowed: bool) -> str:
    return (
        f"<member><EvalActionName>{action}</EvalActionName><EvalDecision>implicitDeny</EvalDecision>"
        "<OrganizationsDecisionDetail>"
        f"<AllowedByOrganizations>{str(allowed).lower()}</AllowedByOrganizations>"
        "</OrganizationsDecisionDetail></member>"
    )


def page(*results: str, more: bool = False) -> str:
    rest = "<IsTruncated>true</IsTruncated><Marker>x</Marker>" if more else "<IsTruncated>false</IsTruncated>"
    return (
        "<SimulateCustomPolicyResponse><SimulateCustomPolicyResult><EvaluationResults>"
        f"{''.join(results)}</EvaluationResults>{rest}</SimulateCustomPolicyResult></SimulateCustomPolicyResponse>"
    )


def test_all_pages_are_read(account_hearing: Callable[[Script], Account]) -> None:
    pages: list[Body] = [
        page(result("iam:CreateUser", allowed=True), more=True),
        page(result("s3:GetObject", allowed=False)),
    ]
    account = account_hearing({"SimulateCustomPolicy": pages})
    assert asked(account) == ("iam:CreateUser",)
    assert [(fact.member, fact.text) for fact in account.facts] == [
        ("EvaluationResults[].AllowedByOrganizations", "iam:CreateUser")
    ]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(
            page(result("iam:CreateUser", allowed=False)), "says nothing of s3:GetObject", id="one is left out"
        ),
        pytest.param(
            page("<member><EvalActionName>iam:CreateUser</EvalActionName></member>"),
            "no OrganizationsDecisionDetail",
            id="the organization is left out",
        ),
        pytest.param(
            page("<member><OrganizationsDecisionDetail></OrganizationsDecisionDetail></member>"),
            "no EvalActionName|no AllowedByOrganizations",
            id="everything is left out",
        ),
    ],
)
def test_what_aws_does_not_say_is_unavailable(
    account_hearing: Callable[[Script], Account], answer: str, problem: str
) -> None:
    with pytest.raises(EvidenceUnavailable, match=problem) as raised:
        asked(account_hearing({"SimulateCustomPolicy": answer}))
    assert raised.value.action == "iam:SimulateCustomPolicy"


class OldModels(Loader):
    """The models of a botocore before 1.43.60."""

    def load_data(self, name: str) -> Any:
        model = copy.deepcopy(super().load_data(name))
        if name == "iam/2010-05-08/service-2":
            del model["shapes"]["SimulateCustomPolicyRequest"]["members"][PARAMETER]
            for shape in NEW_SHAPES:
                del model["shapes"][shape]
        return model


def session_with(loader: Loader, url: str) -> boto3.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", loader)
    core.get_component("config_store").set_config_variable("endpoint_url", url)
    keys = operator(ACCOUNT_ID)
    return boto3.Session(keys.access_key_id, keys.secret_access_key, region_name="us-east-1", botocore_session=core)


def test_a_botocore_older_than_the_parameter_is_taught_it(sandbox: Sandbox) -> None:
    session = session_with(OldModels(), sandbox.endpoint_url)
    assert asked(Account(ACCOUNT_ID, "aws", "us-east-1", SessionConnection(session))) == ("s3:GetObject",)


def test_it_would_not_know_the_parameter_by_itself(sandbox: Sandbox) -> None:
    iam = session_with(OldModels(), sandbox.endpoint_url).client("iam")
    with pytest.raises(ParamValidationError, match=f'Unknown parameter in input: "{PARAMETER}"'):
        iam.simulate_custom_policy(PolicyInputList=[ALLOW], ActionNames=[*ACTIONS], **{PARAMETER: []})


def test_what_it_is_taught_is_what_botocore_says_since(sandbox: Sandbox) -> None:
    taught = OldModels()
    account = Account(ACCOUNT_ID, "aws", "us-east-1", SessionConnection(session_with(taught, sandbox.endpoint_url)))
    account.call("iam:GetAccountSummary")

    def parameter(loader: Loader) -> Any:
        shapes = loader.load_service_model("iam", "service-2")["shapes"]
        member = shapes["SimulateCustomPolicyRequest"]["members"][PARAMETER]
        return _without_documentation({PARAMETER: member} | {name: shapes[name] for name in NEW_SHAPES})

    assert parameter(taught) == parameter(create_loader())


def _without_documentation(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_documentation(each) for name, each in value.items() if name != "documentation"}
