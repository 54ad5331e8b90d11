"""Per rule, states of an account in which it gives a verdict and which together make it call all that it declares."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import boto3

from rootguard.demo.alerting import EventRoute, MetricRoute
from rootguard.sandbox.administrators import Administrator, Administrators
from rootguard.sandbox.root_user import Password, root_user
from rootguard.sandbox.server import Sandbox


@dataclass(frozen=True)
class Place:
    """An organization with one member, which is judged."""

    sandbox: Sandbox
    administrators: Administrators
    management_id: str
    account_id: str

    @classmethod
    def found(cls, sandbox: Sandbox, administrators: Administrators, management_id: str) -> "Place":
        """Make an account the management account of a new organization."""
        organizations = administrators.of(management_id).client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
        created = organizations.create_account(AccountName="judged", Email=f"judged-{management_id}@example.com")
        return cls(sandbox, administrators, management_id, created["CreateAccountStatus"]["AccountId"])

    @property
    def judged(self) -> Administrator:
        return self.administrators.of(self.account_id)

    @property
    def management(self) -> Administrator:
        return self.administrators.of(self.management_id)

    @property
    def session(self) -> boto3.Session:
        return self.sandbox.session(self.account_id)


@dataclass(frozen=True)
class Scenario:
    """A state of the judged account in which a rule gives a verdict.

    Attributes:
        set_up: Brings a new account into it.
        compliance: What the rule says then.
        parameters: The rule's own; `{management}` stands for the management account's id.
        unneeded: Actions that the rule calls, and gives the same verdict without what they answer.
    """

    set_up: Callable[[Place], None]
    compliance: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    unneeded: frozenset[str] = frozenset()

    def parameters_in(self, place: Place) -> dict[str, str]:
        return {name: value.format(management=place.management_id) for name, value in self.parameters.items()}


def _passkey(place: Place) -> None:
    root_user(place.account_id).password = Password()
    root_user(place.account_id).add_passkey()


def _audited_passkey(place: Place) -> None:
    _passkey(place)
    place.management.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    place.management.client("iam").enable_organizations_root_credentials_management()
    _reader_role(place, "root-audit")
    look = {"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": "arn:aws:iam::*:root"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [look]})
    place.management.client("iam").put_role_policy(RoleName="root-audit", PolicyName="look", PolicyDocument=policy)


def _access_key(place: Place) -> None:
    root_user(place.account_id).add_access_key()


def _signing_certificate(place: Place) -> None:
    root_user(place.account_id).add_signing_certificate()


def _unused_password(place: Place) -> None:
    root_user(place.account_id).password = Password()
    place.judged.client("iam").generate_credential_report()  # so that the rule need not wait for it


def _metric_route(place: Place) -> None:
    MetricRoute().set_up(place.judged, place.account_id)


def _event_route(place: Place) -> None:
    EventRoute().set_up(place.judged, place.account_id)


def _organization_trail(place: Place) -> None:
    MetricRoute(organization=True).set_up(place.management, place.management_id)
    _reader_role(place, "alarm-reader")


def _denied_by_scp(place: Place) -> None:
    organizations = place.management.client("organizations")
    root_id = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
    condition = {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    policy = organizations.create_policy(
        Name="deny-root",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=place.account_id)
    _reader_role(place, "scp-reader")


def _reader_role(place: Place, name: str) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{place.account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = place.management.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")


def _nothing(_: Place) -> None:
    """A new member's root user has no credentials."""


def _delegated_root_management(place: Place) -> None:
    organizations, iam = place.management.client("organizations"), place.management.client("iam")
    organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    iam.enable_organizations_root_credentials_management()
    iam.enable_organizations_root_sessions()
    organizations.register_delegated_administrator(AccountId=place.account_id, ServicePrincipal="iam.amazonaws.com")


def _security_contact(place: Place) -> None:
    place.judged.client("account").put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Security team",
        Title="CSIRT",
        EmailAddress="security@anycompany.com",
        PhoneNumber="+1(206)555-0123",
    )


SCENARIOS: dict[str, tuple[Scenario, ...]] = {
    "root-mfa-enabled": (Scenario(_passkey, "COMPLIANT"),),
    "hardware-mfa-for-root": (
        Scenario(_passkey, "COMPLIANT"),
        Scenario(_audited_passkey, "COMPLIANT", {"RootAuditRoleArn": "arn:aws:iam::{management}:role/root-audit"}),
    ),
    "root-no-access-keys": (
        Scenario(
            _access_key,
            "NON_COMPLIANT",
            unneeded=frozenset({"iam:GenerateCredentialReport", "iam:GetCredentialReport"}),
        ),
    ),
    "root-no-signing-certificates": (Scenario(_signing_certificate, "NON_COMPLIANT"),),
    "root-not-used": (Scenario(_unused_password, "COMPLIANT"),),
    "root-alarm-present": (
        Scenario(_metric_route, "COMPLIANT"),
        Scenario(_event_route, "COMPLIANT", unneeded=frozenset({"cloudtrail:DescribeTrails"})),
        Scenario(
            _organization_trail,
            "COMPLIANT",
            {"AlarmReaderRoleArn": "arn:aws:iam::{management}:role/alarm-reader"},
        ),
    ),
    "root-credentials-removed": (Scenario(_nothing, "COMPLIANT"),),
    "organization-root-management": (Scenario(_delegated_root_management, "COMPLIANT"),),
    "root-security-contact": (Scenario(_security_contact, "COMPLIANT"),),
    "root-denied-by-scp": (
        Scenario(_denied_by_scp, "COMPLIANT", {"ReaderRoleArn": "arn:aws:iam::{management}:role/scp-reader"}),
    ),
}
