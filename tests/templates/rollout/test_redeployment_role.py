"""The role with which organization.yaml's function puts the pack again."""

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.templates.rollout.granting import Grants
from tests.templates.rollout.members import STACK, Organization

from rootguard.pack_redeployment import RedeploymentError, lambda_handler
from rootguard.permissions import LOG_ACTIONS
from rootguard.sandbox.background import idle
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.server import Sandbox

pytestmark = pytest.mark.slow

UNCHECKED = {
    "iam:CreateServiceLinkedRole",
    "iam:GetRole",
    "organizations:EnableAWSServiceAccess",
    "organizations:ListDelegatedAdministrators",
}
"""What AWS Config does for its caller, which the sandbox does not ask IAM about."""


def test_the_role_that_puts_the_pack_again_may_do_what_that_takes_and_nothing_else(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    organization.deploy_to_itself()
    organization.deploy(organization.outer)
    stack = organization.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackId"]
    s3 = organization.client(organization.management, "s3")
    s3.delete_bucket_policy(Bucket=organization.artifacts.bucket)  # which lets the whole organization read
    new = organization.add("new")
    assert idle(60)
    name = "rootguard-pack-redeployment"
    arn = f"arn:aws:iam::{organization.management}:role/{name}"
    session = sandbox.session_for(start_service_session(arn, "lambda.amazonaws.com", name).keys)
    for variable, value in {"PACK_NAME": "rootguard", "STACK_ID": stack, "FIRST_PAUSE_SECONDS": "0.01"}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    grants = Grants(name, lambda service: organization.client(organization.management, service))
    event = {"detail": {"stack-id": f"arn:aws:cloudformation:us-east-1:{new}:stack/StackSet-rootguard-rules-1/2"}}

    used = set(grants.actions()) - UNCHECKED - set(LOG_ACTIONS)
    assert used == {
        "cloudformation:DescribeStacks",
        "config:DescribeOrganizationConformancePacks",
        "config:GetOrganizationConformancePackDetailedStatus",
        "config:PutOrganizationConformancePack",
        "s3:GetObject",
    }
    for action in sorted(used):
        with grants.without(action), pytest.raises(ClientError, match=r"AccessDenied|InsufficientPermissions"):
            lambda_handler(event, Patience())
    with pytest.raises(RedeploymentError, match=f"account {new}: the pack failed again"):  # it has no functions
        lambda_handler(event, Patience())


class Patience:
    """Lambda's context, whose time is never over."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000
