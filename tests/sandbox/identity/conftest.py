import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.server import Sandbox

type Refusal = tuple[str, str, int]


class World:
    """An organization that a module's tests share, with clients that are made once.

    Its hub is a role of the management account that may assume whatever trusts it.
    """

    management_account_id = Sandbox.management_account_id
    hub = f"arn:aws:iam::{management_account_id}:role/Hub"
    hub_session = f"arn:aws:sts::{management_account_id}:assumed-role/Hub/session"

    def __init__(self, sandbox: Sandbox) -> None:
        sandbox.reset()
        self.sandbox = sandbox
        self._numbers = itertools.count()
        self._clients: dict[tuple[str, ...], Any] = {}
        self.client("organizations").create_organization(FeatureSet="ALL")
        self.member = self.new_account()
        self.role(self.management_account_id, [trust({"AWS": self.management_account_id})], RoleName="Hub")
        self.permit("Hub", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
        self.hub_keys = self.assume(self.client("sts"), self.hub)

    def client(self, service: str, who: str | Keys = management_account_id, region: str = "us-east-1") -> Any:
        """A client of an account's administrator, or with keys."""
        name = (service, who if isinstance(who, str) else who.access_key_id, region)
        if name not in self._clients:
            session = self.sandbox.session(who) if isinstance(who, str) else self.sandbox.session_for(who)
            self._clients[name] = session.client(service, region)
        return self._clients[name]

    def new_account(self) -> str:
        number = next(self._numbers)
        status = self.client("organizations").create_account(Email=f"a{number}@example.com", AccountName=f"a{number}")
        return str(status["CreateAccountStatus"]["AccountId"])

    def role(self, account_id: str, statements: list[Mapping[str, Any]], **arguments: Any) -> str:
        """A role with this trust policy, under a name of its own."""
        name = {"RoleName": f"Role{next(self._numbers)}"} | arguments
        role = self.client("iam", account_id).create_role(AssumeRolePolicyDocument=policy(*statements), **name)
        return str(role["Role"]["Arn"])

    def permit(self, role_name: str, *statements: Mapping[str, Any]) -> None:
        """Replace what a role of the management account may do."""
        self.client("iam").put_role_policy(
            RoleName=role_name, PolicyName="inline", PolicyDocument=policy(*statements)
        )

    def assume(self, sts: Any, role_arn: str, **arguments: Any) -> Keys:
        answer = sts.assume_role(RoleArn=role_arn, **{"RoleSessionName": "session", **arguments})
        return keys_of(answer)

    def assume_root(self, sts: Any, account_id: str, task: str) -> Keys:
        arn = f"arn:aws:iam::aws:policy/root-task/{task}"
        return keys_of(sts.assume_root(TargetPrincipal=account_id, TaskPolicyArn={"arn": arn}))


def keys_of(answer: Any) -> Keys:
    credentials = answer["Credentials"]
    return Keys(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(principal: Any, condition: Mapping[str, Any] | None = None, effect: str = "Allow") -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    return statement | ({"Condition": condition} if condition else {})
