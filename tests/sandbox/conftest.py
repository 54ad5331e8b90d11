import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.credentials import Keys, operator
from rootguard.sandbox.server import Sandbox

type Statement = Mapping[str, Any]


class World:
    """What a module's tests share: one sandbox, never emptied, and clients that are made once.

    Every account is new to the test that asks for one, and any account may manage an organization of its own.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.region = sandbox.region
        self._numbers = itertools.count(1)
        self._administrators = Administrators(sandbox)

    def new_name(self) -> str:
        return f"name{next(self._numbers)}"

    def standalone_account(self) -> str:
        return f"{next(self._numbers):012}"

    def organization(self, feature_set: str = "ALL") -> str:
        """The management account of a new organization."""
        account_id = self.standalone_account()
        self.client("organizations", account_id).create_organization(FeatureSet=feature_set)
        return account_id

    def member(self, management_id: str) -> str:
        name = self.new_name()
        organizations = self.client("organizations", management_id)
        status = organizations.create_account(Email=f"{name}@example.com", AccountName=name)
        return str(status["CreateAccountStatus"]["AccountId"])

    def client(self, service: str, who: str | Keys, region: str | None = None) -> Any:
        """A client of an account's administrator (`who` is the account), or with keys."""
        return self._administrators.client_with(operator(who) if isinstance(who, str) else who, service, region)

    def role(
        self, account_id: str, *trust: Statement, permissions: tuple[Statement, ...] = (), **arguments: Any
    ) -> str:
        """A new role with this trust policy; without one its own account may assume it."""
        iam, name = self.client("iam", account_id), arguments.pop("RoleName", None) or self.new_name()
        own = {"Effect": "Allow", "Principal": {"AWS": account_id}, "Action": "sts:AssumeRole"}
        document = _policy(trust or (own,))
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **arguments)["Role"]
        if permissions:
            self.permit(role["Arn"], *permissions)
        return str(role["Arn"])

    def permit(self, role_arn: str, *statements: Statement) -> None:
        """Replace what a role may do."""
        iam, name = self.client("iam", role_arn.split(":")[4]), role_arn.rpartition("/")[2]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=_policy(statements))
        elif iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName="inline")

    def assume(self, caller: str | Keys, role_arn: str, **arguments: Any) -> Keys:
        sts = self.client("sts", caller)
        return _keys(sts.assume_role(RoleArn=role_arn, **{"RoleSessionName": "session", **arguments}))

    def assume_root(self, caller: str | Keys, target: str, task: str, **arguments: Any) -> Keys:
        sts, policy = self.client("sts", caller), {"arn": f"arn:aws:iam::aws:policy/{task}"}
        return _keys(sts.assume_root(TargetPrincipal=target, TaskPolicyArn=policy, **arguments))

    def identity(self, who: str | Keys) -> str:
        return str(self.client("sts", who).get_caller_identity()["Arn"])


def _keys(answer: Any) -> Keys:
    credentials = answer["Credentials"]
    return Keys(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def _policy(statements: tuple[Statement, ...]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture(scope="module")
def world() -> Iterator[Any]:
    with Sandbox() as sandbox:
        yield World(sandbox)


@pytest.fixture
def refusal() -> Callable[[Callable[[], object]], tuple[str, str, int]]:
    """Code, message and HTTP status of the error that a call ends in."""

    def of(call: Callable[[], object]) -> tuple[str, str, int]:
        with pytest.raises(ClientError) as caught:
            call()
        error = caught.value.response["Error"]
        return error["Code"], error["Message"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]

    return of
