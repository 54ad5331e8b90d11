"""Creates the demo's organization, with ordinary API calls wherever AWS has one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rootguard.demo.cases import Case
from rootguard.sandbox.administrators import Administrator, Administrators, Clients
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.server import Sandbox

_TRUSTED_SERVICES = (
    "config-multiaccountsetup.amazonaws.com",
    "config.amazonaws.com",
    "cloudtrail.amazonaws.com",
)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo's organization, and its administrator."""

    id: str
    name: str
    case: Case
    administrator: Administrator


def create_organization(sandbox: Sandbox, cases: Sequence[Case]) -> Iterator[DemoAccount]:
    """Create the organization and its accounts; yields each once it is as its case says.

    The first case is the management account's.
    """
    administrators = Administrators(sandbox)
    management = administrators.of(sandbox.management_account_id)
    organizations = management.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    for service in _TRUSTED_SERVICES:
        organizations.enable_aws_service_access(ServicePrincipal=service)
    management.client("cloudformation").activate_organizations_access()
    yield _furnished(cases[0], management)
    for case in cases[1:]:
        created = management.client("organizations").create_account(
            AccountName=case.name, Email=f"{case.name}@example.com"
        )
        yield _furnished(case, administrators.of(created["CreateAccountStatus"]["AccountId"]))


def _furnished(case: Case, administrator: Administrator) -> DemoAccount:
    account_id = administrator.account_id
    case.root(root_user(account_id))
    _start_recorder(administrator, account_id)
    if case.contact_domain:
        _put_security_contact(administrator, case.contact_domain)
    if case.lookalike:
        _add_lookalike(administrator)
    if case.alerting:
        case.alerting.set_up(administrator, account_id)
    return DemoAccount(account_id, case.name, case, administrator)


def _start_recorder(clients: Clients, account_id: str) -> None:
    """Turn AWS Config on, without which no account evaluates anything."""
    config = clients.client("config")
    role = f"arn:aws:iam::{account_id}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    bucket = f"config-{account_id}"
    clients.client("s3").create_bucket(Bucket=bucket)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def _put_security_contact(clients: Clients, domain: str) -> None:
    clients.client("account").put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Security team",
        Title="Incident response",
        EmailAddress=f"security@{domain}",
        PhoneNumber="+1 206 555 0123",
    )


def _add_lookalike(clients: Clients) -> None:
    """An IAM user whose virtual device has the name that root's used to have."""
    iam = clients.client("iam")
    iam.create_user(UserName="root")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="root-account-mfa-device")
    iam.enable_mfa_device(
        UserName="root",
        SerialNumber=device["VirtualMFADevice"]["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
