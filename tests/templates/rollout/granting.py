"""What a role's policies grant, read back from IAM, and what they grant less for a while."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

type Statements = list[dict[str, Any]]

_NOBODY = "999999999999"


@dataclass(frozen=True, slots=True)
class Policy:
    """An inline or an attached policy, and how its statements are put into force."""

    statements: Statements
    put: Callable[[Statements], None]


@dataclass(frozen=True, slots=True)
class Grants:
    """The policies of a role, through its account's clients."""

    role_name: str
    client: Callable[[str], Any]

    def actions(self) -> list[str]:
        """Every action of every statement."""
        return sorted(
            action for policy in self._policies() for each in policy.statements for action in _listed(each["Action"])
        )

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        """Take an action out of the one statement that grants it."""
        with self._replaced(action, lambda _: []):
            yield

    @contextmanager
    def elsewhere(self, action: str) -> Iterator[None]:
        """Grant an action on the same resources of another account only."""
        with self._replaced(action, lambda statement: [_moved(statement, action)]):
            yield

    @contextmanager
    def _replaced(self, action: str, instead: Callable[[dict[str, Any]], Statements]) -> Iterator[None]:
        [(policy, granting)] = [
            (policy, each)
            for policy in self._policies()
            for each in policy.statements
            if action in _listed(each["Action"])
        ]
        kept = [name for name in _listed(granting["Action"]) if name != action]
        others = [each for each in policy.statements if each is not granting]
        policy.put([*others, *([{**granting, "Action": kept}] if kept else []), *instead(granting)])
        try:
            yield
        finally:
            policy.put(policy.statements)

    def _policies(self) -> Iterator[Policy]:
        iam, role = self.client("iam"), {"RoleName": self.role_name}
        for name in iam.list_role_policies(**role)["PolicyNames"]:
            document = iam.get_role_policy(**role, PolicyName=name)["PolicyDocument"]
            yield Policy(document["Statement"], partial(self._put_inline, name))
        for attached in iam.list_attached_role_policies(**role)["AttachedPolicies"]:
            yield self._managed(attached["PolicyArn"])

    def _put_inline(self, name: str, statements: Statements) -> None:
        iam, role = self.client("iam"), {"RoleName": self.role_name}
        if statements:
            iam.put_role_policy(**role, PolicyName=name, PolicyDocument=_document(statements))
        else:
            iam.delete_role_policy(**role, PolicyName=name)

    def _managed(self, arn: str) -> Policy:
        iam = self.client("iam")
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        return Policy(document["Statement"], partial(self._put_managed, arn))

    def _put_managed(self, arn: str, statements: Statements) -> None:
        """A managed policy has five versions at most, and one statement at least."""
        iam = self.client("iam")
        document = _document(statements or [{"Effect": "Deny", "Action": "aws-portal:*", "Resource": "*"}])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
        for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not each["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=each["VersionId"])


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _document(statements: Statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _moved(statement: dict[str, Any], action: str) -> dict[str, Any]:
    """The statement for one action, its resources those of an account that is not there."""
    resources = [arn.split(":") for arn in _listed(statement["Resource"])]
    moved = [":".join([*parts[:4], _NOBODY, *parts[5:]]) for parts in resources]
    return {"Effect": "Allow", "Action": action, "Resource": moved}
