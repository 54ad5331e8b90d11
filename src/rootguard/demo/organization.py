"""Creates the demo's organization, with ordinary API calls wherever AWS has one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import boto3

from rootguard.demo.cases import Case
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.server import Sandbox

_TRUSTED_SERVICES = ("config-multiaccountsetup.amazonaws.com", "cloudtrail.amazonaws.com")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo's organization, and a session of its administrator."""

    id: str
    name: str
    case: Case
    session: boto3.Session


def create_organization(sandbox: Sandbox, cases: Sequence[Case]) -> Iterator[DemoAccount]:
    """Create the organization and its accounts; yields each once it is as its case says.

    The first case is the management account's.
    """
    management = sandbox.session(sandbox.management_account_id)
    organizations = management.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    for service in _TRUSTED_SERVICES:
        organizations.enable_aws_service_access(ServicePrincipal=service)
    yield _furnished(sandbox, cases[0], sandbox.management_account_id)
    for case in cases[1:]:
        created = organizations.create_account(AccountName=case.name, Email=f"{case.name}@example.com")
        yield _furnished(sandbox, case, created["CreateAccountStatus"]["AccountId"])


def _furnished(sandbox: Sandbox, case: Case, account_id: str) -> DemoAccount:
    session = sandbox.session(account_id)
    case.root(root_user(account_id))
    _start_recorder(session, account_id)
    if case.lookalike:
        _add_lookalike(session)
    if case.alerting:
        case.alerting.set_up(session, account_id)
    return DemoAccount(account_id, case.name, case, session)


def _start_recorder(session: boto3.Session, account_id: str) -> None:
    """Turn AWS Config on, without which no account evaluates anything."""
    config = session.client("config")
    role = f"arn:aws:iam::{account_id}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    bucket = f"config-{account_id}"
    session.client("s3").create_bucket(Bucket=bucket)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def _add_lookalike(session: boto3.Session) -> None:
    """An IAM user whose virtual device has the name that root's used to have."""
    iam = session.client("iam")
    iam.create_user(UserName="root")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="root-account-mfa-device")
    iam.enable_mfa_device(
        UserName="root",
        SerialNumber=device["VirtualMFADevice"]["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
