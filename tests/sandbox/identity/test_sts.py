"""Identities, sessions and their ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rootguard.sandbox.credentials import KeyIndex, Keys
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.sessions import Sessions
from rootguard.sandbox.state import state

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_an_operator(world: Any) -> None:
    account_id = world.standalone_account()
    assert world.identity(account_id) == f"arn:aws:iam::{account_id}:user/operator"


def test_a_user(world: Any) -> None:
    account_id = world.standalone_account()
    iam = world.client("iam", account_id)
    user = iam.create_user(UserName="alice", Path="/people/")["User"]
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    keys = Keys(key["AccessKeyId"], key["SecretAccessKey"])
    identity = world.client("sts", keys).get_caller_identity()
    assert (identity["UserId"], identity["Arn"]) == (user["UserId"], user["Arn"])


def test_a_role_session(world: Any) -> None:
    account_id = world.standalone_account()
    arn = world.role(account_id, RoleName="R", Path="/x/")
    answer = world.client("sts", account_id).assume_role(RoleArn=arn, RoleSessionName="audit")
    keys = world.assume(account_id, arn, RoleSessionName="audit")
    identity = world.client("sts", keys).get_caller_identity()
    role_id = world.client("iam", account_id).get_role(RoleName="R")["Role"]["RoleId"]
    expected = (f"{role_id}:audit", f"arn:aws:sts::{account_id}:assumed-role/R/audit")
    assert (identity["UserId"], identity["Arn"]) == expected
    assert (answer["AssumedRoleUser"]["AssumedRoleId"], answer["AssumedRoleUser"]["Arn"]) == expected
    assert "PackedPolicySize" not in answer


def test_root_assumes_no_role(world: Any, refusal: Refused) -> None:
    account_id = world.standalone_account()
    arn = world.role(account_id)
    keys = root_user(account_id).add_access_key().keys
    code, message, _ = refusal(lambda: world.assume(keys, arn))
    assert (code, message) == ("AccessDenied", "Roles may not be assumed by root accounts.")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda sts: sts.get_session_token(), id="session"),
        pytest.param(lambda sts: sts.get_federation_token(Name="alice"), id="federation"),
    ],
)
def test_tokens_that_the_sandbox_does_not_have(world: Any, call: Callable[[Any], object], refusal: Refused) -> None:
    sts = world.client("sts", world.standalone_account())
    assert refusal(lambda: call(sts))[0] == "SandboxNotImplemented"


class TestSessions:
    @pytest.fixture
    def account_id(self, world: Any) -> str:
        return str(world.standalone_account())

    @pytest.fixture
    def keys(self, world: Any, account_id: str) -> Any:
        return world.assume(account_id, world.role(account_id, permissions=(EVERYTHING,), RoleName="R"))

    def test_the_key_index_knows_the_account(self, account_id: str, keys: Keys) -> None:
        assert state(KeyIndex).accounts[keys.access_key_id] == account_id

    def test_they_expire(self, world: Any, keys: Keys, refusal: Refused) -> None:
        list_users, list_rules = (
            world.client("iam", keys).list_users,
            world.client("config", keys).describe_config_rules,
        )
        assert list_users()
        assert list_rules()
        kept = state(Sessions).by_key
        kept[keys.access_key_id] = replace(kept[keys.access_key_id], expires=datetime.now(UTC) - timedelta(seconds=1))
        assert refusal(list_users)[::2] == ("ExpiredToken", 403)
        assert refusal(list_rules)[::2] == ("ExpiredTokenException", 400)

    def test_they_need_their_token(self, world: Any, keys: Keys, refusal: Refused) -> None:
        without = replace(keys, session_token=None)
        assert refusal(world.client("sts", without).get_caller_identity)[::2] == ("InvalidClientTokenId", 403)
        assert refusal(world.client("config", without).describe_config_rules)[0] == "UnrecognizedClientException"

    def test_they_end_with_their_role(self, world: Any, account_id: str, keys: Keys, refusal: Refused) -> None:
        iam = world.client("iam", account_id)
        iam.delete_role_policy(RoleName="R", PolicyName="inline")
        iam.delete_role(RoleName="R")
        assert refusal(world.client("iam", keys).list_users)[0] == "InvalidClientTokenId"


def test_a_service_becomes_a_role_that_trusts_it(world: Any) -> None:
    account_id, service = world.standalone_account(), "lambda.amazonaws.com"
    condition = {"StringEquals": {"aws:SourceAccount": account_id}}
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    arn = world.role(account_id, trust, RoleName="F")
    session = start_service_session(arn, service, "function", context={"aws:SourceAccount": account_id})
    assert world.identity(session.keys) == f"arn:aws:sts::{account_id}:assumed-role/F/function"
    for other, source in (("config.amazonaws.com", account_id), (service, "999988887777")):
        with pytest.raises(AwsError, match=f"{other} is not authorized to perform: sts:AssumeRole"):
            start_service_session(arn, other, "function", context={"aws:SourceAccount": source})
