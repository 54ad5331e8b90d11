"""The service control policies that bind an account: those of the organization's root, of the OUs above it, its own.

Only the management account and delegated administrators may ask for them
(https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rootguard.kit.account import Account

_TYPE = "SERVICE_CONTROL_POLICY"
_MOST_LEVELS = 7
"""The root, OUs nested five deep, the account.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a service control policy.

    Attributes:
        effect: `Allow` or `Deny`.
        actions: The element `Action` or `NotAction` with its value.
        resources: The values of `Resource`; empty where the statement has `NotResource`.
        condition: Operator -> key -> a value or a list of them; empty without one.
    """

    effect: str
    actions: Mapping[str, Any]
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, Any]]

    @property
    def allows(self) -> bool:
        """Whether it allows; otherwise it denies."""
        return self.effect == "Allow"

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """A statement of a policy document.

        Raises:
            ValueError: It is not one.
        """
        actions = {name: raw[name] for name in ("Action", "NotAction") if name in raw}
        resources = raw.get("Resource", [])
        condition = raw.get("Condition", {})
        if raw.get("Effect") not in ("Allow", "Deny") or len(actions) != 1 or not _is_condition(condition):
            raise ValueError("not a statement of a service control policy")
        return cls(raw["Effect"], actions, (resources,) if isinstance(resources, str) else tuple(resources), condition)


@dataclass(frozen=True, slots=True)
class ServiceControlPolicy:
    """A service control policy: its id, its version of the policy language, its statements.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
    """

    id: str
    version: str
    statements: tuple[Statement, ...]

    @classmethod
    def parse(cls, policy_id: str, text: str) -> Self:
        """A policy by its document.

        Raises:
            ValueError: The document is not one of a service control policy.
        """
        document = json.loads(text)
        statements = document.get("Statement") if isinstance(document, dict) else None
        statements = [statements] if isinstance(statements, dict) else statements
        if not isinstance(statements, list) or not all(isinstance(each, dict) for each in statements):
            raise ValueError("no statements")
        return cls(policy_id, document.get("Version", "2008-10-17"), tuple(map(Statement.parse, statements)))


@dataclass(frozen=True, slots=True)
class Level:
    """The organization's root, an OU or an account, by its id, with the policies attached to it directly."""

    id: str
    policies: tuple[ServiceControlPolicy, ...]


def read_service_control_policies(reader: Account, account_id: str) -> tuple[Level, ...] | None:
    """The policies that bind an account, level by level from the organization's root down to the account.

    Args:
        reader: The management account or a delegated administrator.
        account_id: The account whose policies they are.

    Returns:
        None where service control policies are not enabled in the organization's root.

    Raises:
        EvidenceUnavailable: A call failed, the account is not below the root, or a policy is none.
    """
    if not _enabled(reader):
        return None
    documents = dict[str, ServiceControlPolicy]()
    return tuple(Level(target, _attached(reader, target, documents)) for target in _targets(reader, account_id))


def _enabled(reader: Account) -> bool:
    """Whether the policies are in force: ListRoots says so, DescribeOrganization's AvailablePolicyTypes does not.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_PolicyTypeSummary.html
    """
    roots = [root for page in reader.pages("organizations:ListRoots") for root in page.structures("Roots")]
    types = [each for root in roots for each in root.structures("PolicyTypes")]
    return any((each.text("Type"), each.text("Status")) == (_TYPE, "ENABLED") for each in types)


def _targets(reader: Account, account_id: str) -> list[str]:
    """The ids of the root, of the OUs and of the account, in this order."""
    path = [account_id]
    while True:
        pages = list(reader.pages("organizations:ListParents", ChildId=path[0]))
        parents = [parent for page in pages for parent in page.structures("Parents")]
        if len(parents) != 1 or len(path) == _MOST_LEVELS:
            raise pages[-1].unavailable(f"{account_id} is not below the organization's root by way of single parents")
        path.insert(0, parents[0].text("Id"))
        if parents[0].text("Type") == "ROOT":
            return path


def _attached(
    reader: Account, target: str, documents: dict[str, ServiceControlPolicy]
) -> tuple[ServiceControlPolicy, ...]:
    """The policies of one level; `documents` keeps those that were read already."""
    pages = list(reader.pages("organizations:ListPoliciesForTarget", TargetId=target, Filter=_TYPE))
    ids = [policy.text("Id") for page in pages for policy in page.structures("Policies")]
    if not ids:
        raise pages[-1].unavailable(f"{target} has no service control policy, though AWS demands at least one")
    for policy_id in ids:
        if policy_id not in documents:
            documents[policy_id] = _policy(reader, policy_id)
    return tuple(documents[policy_id] for policy_id in ids)


def _policy(reader: Account, policy_id: str) -> ServiceControlPolicy:
    answer = reader.call("organizations:DescribePolicy", PolicyId=policy_id).structure("Policy")
    try:
        return ServiceControlPolicy.parse(policy_id, answer.text("Content"))
    except (ValueError, TypeError) as error:
        raise answer.unavailable(f"the content of {policy_id} is no service control policy: {error}") from error


def _is_condition(condition: object) -> bool:
    return isinstance(condition, dict) and all(isinstance(keys, dict) for keys in condition.values())
