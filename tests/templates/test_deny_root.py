"""deny-root.yaml: root is denied in member accounts, sessions of sts:AssumeRoot and everybody else are not."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.policy import Document, Layer, PolicyType, Principal, Request, judge, parse

TEMPLATE = "deny-root.yaml"
MEMBER = "111122223333"
EXEMPT = "444455556666"
OTHER_EXEMPT = "777788889999"
ROOT = {"aws:PrincipalArn": f"arn:aws:iam::{MEMBER}:root", "aws:PrincipalAccount": MEMBER}
EXEMPT_ROOT = {"aws:PrincipalArn": f"arn:aws:iam::{EXEMPT}:root", "aws:PrincipalAccount": EXEMPT}


@pytest.fixture(scope="module")
def unit(organization: Mapping[str, str], management: Any) -> str:
    """An OU below the organization's root."""
    made = management.client("organizations").create_organizational_unit(ParentId=organization["root"], Name="members")
    return str(made["OrganizationalUnit"]["Id"])


@pytest.fixture
def deployed(management: Any, unit: str) -> Iterator[Callable[..., str]]:
    """Deploy the policy, which is deleted after the test; its id."""

    def deploy(**parameters: str) -> str:
        return str(management.deploy(TEMPLATE, **{"TargetIds": unit} | parameters)["PolicyId"])

    yield deploy
    management.remove()
    assert own_policies(management) == []


@pytest.fixture(scope="module")
def with_exemption(management: Any, unit: str) -> Document:
    """The policy that spares one account."""
    policy = management.deploy(TEMPLATE, TargetIds=unit, ExemptAccountIds=f"{EXEMPT},{OTHER_EXEMPT}")["PolicyId"]
    found = document(management, policy)
    management.remove()
    return found


def own_policies(management: Any) -> list[str]:
    found = management.client("organizations").list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    return [policy["Name"] for policy in found if not policy["AwsManaged"]]


def targets(management: Any, policy_id: str) -> set[str]:
    found = management.client("organizations").list_targets_for_policy(PolicyId=policy_id)["Targets"]
    return {target["TargetId"] for target in found}


def document(management: Any, policy_id: str) -> Document:
    found = management.client("organizations").describe_policy(PolicyId=policy_id)["Policy"]
    return parse(found["Content"])


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        pytest.param(ROOT, False, id="root with its password or key"),
        pytest.param(ROOT | {"aws:AssumedRoot": "true"}, True, id="a session of sts:AssumeRoot"),
        pytest.param(EXEMPT_ROOT, True, id="root of an exempt account"),
        pytest.param(
            ROOT | {"aws:PrincipalArn": f"arn:aws:iam::{MEMBER}:role/admin"}, True, id="a role of the account"
        ),
        pytest.param(ROOT | {"aws:PrincipalArn": f"arn:aws:iam::{MEMBER}:user/root"}, True, id="a user called root"),
        pytest.param(
            ROOT | {"aws:PrincipalArn": f"arn:aws:iam::{MEMBER}:role/x:root"}, True, id="a role whose name ends so"
        ),
    ],
)
@pytest.mark.parametrize(
    "action",
    ["iam:CreateAccessKey", "iam:EnableMFADevice", "s3:DeleteBucketPolicy", "organizations:LeaveOrganization"],
)
def test_who_is_denied(
    with_exemption: Document,
    context: dict[str, str],
    allowed: bool,  # noqa: FBT001 - a column of the table
    action: str,
) -> None:
    everything = parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    principal = Principal(arn=context["aws:PrincipalArn"], account_id=context["aws:PrincipalAccount"])
    request = Request.of(action, "*", context, principal)
    assert judge((Layer(PolicyType.SERVICE_CONTROL, (everything, with_exemption)),), request).allowed is allowed


def test_without_exemptions_no_root_is_spared(deployed: Callable[..., str], management: Any) -> None:
    policy = document(management, deployed())
    request = Request.of("s3:ListBuckets", "*", EXEMPT_ROOT, Principal(arn=EXEMPT_ROOT["aws:PrincipalArn"]))
    assert not judge((Layer(PolicyType.SERVICE_CONTROL, (policy,), must_allow=False),), request).allowed


def test_it_is_attached_where_it_is_asked_for(
    deployed: Callable[..., str], management: Any, unit: str, new_member: Callable[[], Any]
) -> None:
    account = new_member().id
    policy = deployed(TargetIds=f"{unit},{account}")
    assert targets(management, policy) == {unit, account}
    assert deployed(TargetIds=account) == policy
    assert targets(management, policy) == {account}


def test_its_size_leaves_room_for_others(deployed: Callable[..., str], management: Any) -> None:
    # a service control policy may have 5,120 characters:
    # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
    policy = deployed(ExemptAccountIds=",".join(f"{number:012}" for number in range(100)))
    content = management.client("organizations").describe_policy(PolicyId=policy)["Policy"]["Content"]
    assert len(json.dumps(json.loads(content), separators=(",", ":"))) < 5120


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        pytest.param({"TargetIds": "r-ab12"}, "root is left out", id="the organization's root"),
        pytest.param({"TargetIds": "ou-ab12"}, "Must be OUs", id="half an OU"),
        pytest.param({"ExemptAccountIds": "12"}, "12 digits", id="half an account"),
    ],
)
def test_wrong_parameters_are_refused_at_once(
    management: Any, unit: str, parameters: dict[str, str], said: str
) -> None:
    with pytest.raises(ClientError, match=said):
        management.deploy(TEMPLATE, **{"TargetIds": unit} | parameters)
    assert management.status() is None
