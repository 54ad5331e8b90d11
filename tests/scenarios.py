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


def _access_key(place: Place) -> None:
    root_user(place.account_id).add_access_key()


def _metric_route(place: Place) -> None:
    MetricRoute().set_up(place.judged, place.account_id)


def _event_route(place: Place) -> None:
    EventRoute().set_up(place.judged, place.account_id)


def _organization_trail(place: Place) -> None:
    MetricRoute(organization=True).set_up(place.management, place.management_id)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{place.account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = place.management.client("iam")
    iam.create_role(RoleName="alarm-reader", AssumeRolePolicyDocument=document)
    iam.attach_role_policy(RoleName="alarm-reader", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")


SCENARIOS: dict[str, tuple[Scenario, ...]] = {
    "root-mfa-enabled": (Scenario(_passkey, "COMPLIANT"),),
    "hardware-mfa-for-root": (Scenario(_passkey, "COMPLIANT"),),
    "root-no-access-keys": (
        Scenario(
            _access_key,
            "NON_COMPLIANT",
            unneeded=frozenset({"iam:GenerateCredentialReport", "iam:GetCredentialReport"}),
        ),
    ),
    "root-alarm-present": (
        Scenario(_metric_route, "COMPLIANT"),
        Scenario(_event_route, "COMPLIANT", unneeded=frozenset({"cloudtrail:DescribeTrails"})),
        Scenario(
            _organization_trail,
            "COMPLIANT",
            {"AlarmReaderRoleArn": "arn:aws:iam::{management}:role/alarm-reader"},
        ),
    ),
}
