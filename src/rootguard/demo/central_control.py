"""What the management account sets up: organizational units, policies against root, central root access, roles."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rootguard.demo.stacks import deploy_template
from rootguard.sandbox.administrators import Clients

DENIAL_TEMPLATE = "deny-root.yaml"
READER_TEMPLATE = "reader-role.yaml"
AUDIT_TEMPLATE = "root-audit-role.yaml"

_IAM = "iam.amazonaws.com"
_POLICY_TYPE = "SERVICE_CONTROL_POLICY"


class Unit(StrEnum):
    """The organizational units, by how their policy treats root."""

    WORKLOADS = "workloads"
    """Denies it everything, by the project's own template."""
    ONE_REGION = "one-region"
    """Forgets something: denies it everything in one Region."""
    SUSPENDED = "suspended"
    """Denies everything to everybody but the functions of the rules."""


_ROOT_IN_ONE_REGION = {
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"},
    "StringEquals": {"aws:RequestedRegion": "us-east-1"},
}
_EVERYBODY_ELSE = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/rootguard-*"}}
_CONDITIONS = {Unit.ONE_REGION: _ROOT_IN_ONE_REGION, Unit.SUSPENDED: _EVERYBODY_ELSE}
"""Of the policies that deny everything and come from no template of ours."""


@dataclass(frozen=True, slots=True)
class Control:
    """What exists in the management account.

    Attributes:
        units: The ids of the organizational units.
        reader_role_arn: Reads service control policies.
        audit_role_arn: Looks at the members' root users.
    """

    units: Mapping[Unit, str]
    reader_role_arn: str
    audit_role_arn: str


def set_up_control(management: Clients) -> Control:
    """Enable service control policies and central root access; create the units and, from their templates, the roles.

    Raises:
        RootguardError: A stack failed.
    """
    organizations: Any = management.client("organizations")
    organization_id = organizations.describe_organization()["Organization"]["Id"]
    root_id = _root_id(organizations)
    organizations.enable_policy_type(RootId=root_id, PolicyType=_POLICY_TYPE)
    units = {
        unit: organizations.create_organizational_unit(ParentId=root_id, Name=unit)["OrganizationalUnit"]["Id"]
        for unit in Unit
    }
    organizations.enable_aws_service_access(ServicePrincipal=_IAM)
    iam: Any = management.client("iam")
    iam.enable_organizations_root_credentials_management()
    iam.enable_organizations_root_sessions()
    reader = deploy_template(
        management,
        READER_TEMPLATE,
        "rootguard-reader",
        OrganizationId=organization_id,
        ReadAlarms="no",
        ReadServiceControlPolicies="yes",
    )
    auditor = deploy_template(management, AUDIT_TEMPLATE, "rootguard-root-audit", OrganizationId=organization_id)
    return Control(units, reader["RoleArn"], auditor["RoleArn"])


def move(management: Clients, control: Control, members: Iterable[tuple[str, Unit]]) -> None:
    """Put accounts, by id, into their units."""
    organizations: Any = management.client("organizations")
    root_id = _root_id(organizations)
    for account_id, unit in members:
        organizations.move_account(
            AccountId=account_id, SourceParentId=root_id, DestinationParentId=control.units[unit]
        )


def deny_root(management: Clients, control: Control) -> None:
    """Attach to each unit its policy.

    Raises:
        RootguardError: The stack of the template failed.
    """
    deploy_template(management, DENIAL_TEMPLATE, "rootguard-deny-root", TargetIds=control.units[Unit.WORKLOADS])
    organizations: Any = management.client("organizations")
    for unit, condition in _CONDITIONS.items():
        statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
        policy = organizations.create_policy(
            Name=unit,
            Description="",
            Type=_POLICY_TYPE,
            Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        organizations.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=control.units[unit])


def _root_id(organizations: Any) -> str:  # noqa: ANN401 - boto3's clients have no type of their own
    return str(organizations.list_roots()["Roots"][0]["Id"])
