"""Who may assume which role."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from rootguard.sandbox.credentials import Keys

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]

ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
OTHER = "999988887777"
EXTERNAL = {"StringEquals": {"sts:ExternalId": "secret"}}


def _trust(principal: Any, condition: Mapping[str, Any] | None = None, effect: str = "Allow") -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    return statement | ({"Condition": condition} if condition else {})


class Hub(NamedTuple):
    """A role of a management account that may assume whatever trusts it, a session of it, and another account."""

    account_id: str
    role_arn: str
    session_arn: str
    keys: Keys
    spoke_id: str
    organization_id: str

    def meant(self, value: Any) -> Any:
        """A table's value with this hub's account, ARNs and organization in place of their names."""
        names = {
            "ACCOUNT": self.account_id,
            "ROLE": self.role_arn,
            "SESSION": self.session_arn,
            "ORGANIZATION": self.organization_id,
        }
        match value:
            case str():
                return next((value.replace(name, real) for name, real in names.items() if name in value), value)
            case list():
                return [self.meant(each) for each in value]
            case dict():
                return {key: self.meant(each) for key, each in value.items()}
        return value


@pytest.fixture(scope="module")
def hub(world: Any) -> Hub:
    account_id = world.organization()
    role_arn = world.role(account_id, permissions=(ASSUME,), RoleName="Hub")
    keys = world.assume(account_id, role_arn)
    organization = world.client("organizations", account_id).describe_organization()["Organization"]
    return Hub(account_id, role_arn, world.identity(keys), keys, world.member(account_id), organization["Id"])


@pytest.mark.parametrize(
    ("trust", "arguments"),
    [
        pytest.param([_trust({"AWS": "arn:aws:iam::ACCOUNT:root"})], {}, id="account"),
        pytest.param([_trust({"AWS": "ACCOUNT"})], {}, id="account-id"),
        pytest.param([_trust({"AWS": ["ROLE", OTHER]})], {}, id="role"),
        pytest.param([_trust({"AWS": "SESSION"})], {}, id="session"),
        pytest.param([_trust({"AWS": "ACCOUNT"}, EXTERNAL)], {"ExternalId": "secret"}, id="external-id"),
        pytest.param([_trust("*", {"StringEquals": {"aws:PrincipalOrgID": "ORGANIZATION"}})], {}, id="organization"),
        pytest.param(
            [_trust("*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "ORGANIZATION/r-*/"}})], {}, id="path"
        ),
        pytest.param(
            [
                _trust(
                    {"AWS": "*"},
                    {
                        "StringEquals": {"aws:PrincipalAccount": "ACCOUNT"},
                        "ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:role/Hu?"},
                    },
                )
            ],
            {},
            id="principal-arn",
        ),
        pytest.param([_trust({"AWS": "ACCOUNT"}, {"StringLike": {"sts:RoleSessionName": "s*"}})], {}, id="name"),
    ],
)
def test_a_role_of_another_account_trusts(world: Any, hub: Hub, trust: Any, arguments: dict[str, str]) -> None:
    reader = world.role(hub.spoke_id, *hub.meant(trust))
    keys = world.assume(hub.keys, reader, **arguments)
    assert world.identity(keys) == f"arn:aws:sts::{hub.spoke_id}:assumed-role/{reader.split('/')[-1]}/session"


@pytest.mark.parametrize(
    ("trust", "arguments"),
    [
        pytest.param([_trust({"AWS": "ROLE2"})], {}, id="another-role"),
        pytest.param([_trust({"AWS": OTHER})], {}, id="another-account"),
        pytest.param([_trust({"Service": "lambda.amazonaws.com"})], {}, id="service"),
        pytest.param([_trust({"AWS": "ACCOUNT"}, EXTERNAL)], {}, id="external-id-missing"),
        pytest.param([_trust({"AWS": "ACCOUNT"}, EXTERNAL)], {"ExternalId": "guess"}, id="external-id-wrong"),
        pytest.param([_trust("*", {"StringEquals": {"aws:PrincipalOrgID": "o-other"}})], {}, id="organization"),
        pytest.param([_trust("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/X"}})], {}, id="principal-arn"),
        pytest.param([_trust({"AWS": "ACCOUNT"}), _trust({"AWS": "ROLE"}, effect="Deny")], {}, id="denied"),
    ],
)
def test_a_role_of_another_account_does_not_trust(
    world: Any, hub: Hub, refusal: Refused, trust: Any, arguments: dict[str, str]
) -> None:
    reader = world.role(hub.spoke_id, *hub.meant(trust))
    code, message, status = refusal(lambda: world.assume(hub.keys, reader, **arguments))
    assert (code, status) == ("AccessDenied", 403)
    sentence = f"User: {hub.session_arn} is not authorized to perform: sts:AssumeRole on resource: {reader}"
    denied = " with an explicit deny in the role trust policy" if len(trust) > 1 else ""
    assert message == sentence + denied


def test_a_role_that_does_not_exist_is_refused_in_the_same_words(world: Any, hub: Hub, refusal: Refused) -> None:
    strict = world.role(hub.spoke_id, _trust({"AWS": OTHER}))
    nobody = strict + "x"
    refused = refusal(lambda: world.assume(hub.keys, strict))
    assert refusal(lambda: world.assume(hub.keys, nobody)) == (refused[0], refused[1] + "x", refused[2])


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        pytest.param([], False, id="nothing"),
        pytest.param([ASSUME | {"Resource": "arn:aws:iam::*:role/Reader*"}], True, id="that-role"),
        pytest.param([ASSUME | {"Resource": "arn:aws:iam::*:role/Writer"}], False, id="another-role"),
        pytest.param([ASSUME, ASSUME | {"Effect": "Deny"}], False, id="denied"),
        pytest.param([ASSUME | {"Condition": EXTERNAL}], False, id="condition"),
    ],
)
def test_the_caller_needs_permission_in_its_own_account(
    world: Any, hub: Hub, refusal: Refused, *, statements: list[dict[str, Any]], allowed: bool
) -> None:
    reader = world.role(hub.spoke_id, _trust({"AWS": hub.account_id}), RoleName=f"Reader-{world.new_name()}")
    keys = world.assume(hub.account_id, world.role(hub.account_id, permissions=tuple(statements)))
    if allowed:
        assert world.assume(keys, reader)
    else:
        assert refusal(lambda: world.assume(keys, reader))[0] == "AccessDenied"


NO_IDENTITY = "because no identity-based policy allows the sts:AssumeRole action"
NO_BOUNDARY = "because no permissions boundary allows the sts:AssumeRole action"
NO_TRUST = "because no role trust policy allows the sts:AssumeRole action"


@pytest.mark.parametrize(
    ("principal", "reason", "bounded"),
    [
        pytest.param({"AWS": "ACCOUNT"}, NO_IDENTITY, NO_IDENTITY, id="delegated-to-the-account"),
        pytest.param({"AWS": "ROLE"}, None, NO_BOUNDARY, id="role"),
        pytest.param({"AWS": "SESSION"}, None, None, id="session"),
        pytest.param("*", None, None, id="everybody"),
        pytest.param({"AWS": OTHER}, NO_TRUST, NO_TRUST, id="untrusted"),
    ],
)
def test_within_an_account_a_trust_policy_that_names_the_caller_is_enough(
    world: Any, hub: Hub, refusal: Refused, *, principal: Any, reason: str | None, bounded: str | None
) -> None:
    boundary = {"PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess"}
    for arguments, expected in (({}, reason), (boundary, bounded)):
        caller = world.role(hub.account_id, **arguments)
        keys = world.assume(hub.account_id, caller)
        named = hub._replace(role_arn=caller, session_arn=world.identity(keys))
        target = world.role(hub.account_id, _trust(named.meant(principal)))
        if expected is None:
            assert world.assume(keys, target)
        else:
            message = refusal(lambda: world.assume(keys, target))[1]  # noqa: B023 - called at once
            assert message.endswith(expected)


@pytest.mark.parametrize(
    ("seconds", "error"),
    [
        pytest.param(3600, None, id="an-hour"),
        pytest.param(7200, None, id="the-roles-maximum"),
        pytest.param(7201, "MaxSessionDuration", id="longer-than-the-role-allows"),
        pytest.param(43201, "43200", id="longer-than-any-role-allows"),
    ],
)
def test_durations(world: Any, hub: Hub, refusal: Refused, seconds: int, error: str | None) -> None:
    target = world.role(hub.account_id, MaxSessionDuration=7200)
    sts = world.client("sts", hub.account_id)

    def call() -> Any:
        return sts.assume_role(RoleArn=target, RoleSessionName="session", DurationSeconds=seconds)

    if error is None:
        left = call()["Credentials"]["Expiration"] - datetime.now(UTC)
        assert timedelta(seconds=seconds - 60) < left <= timedelta(seconds=seconds)
        return
    code, message, _ = refusal(call)
    assert code == "ValidationError"
    assert error in message


def test_a_chained_role_lasts_an_hour_at_most(world: Any, hub: Hub, refusal: Refused) -> None:
    target = world.role(hub.account_id, MaxSessionDuration=7200)
    assert world.assume(hub.keys, target, DurationSeconds=3600)
    code, message, _ = refusal(lambda: world.assume(hub.keys, target, DurationSeconds=3601))
    assert code == "ValidationError"
    assert message.endswith("1 hour session limit for roles assumed by role chaining")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param({"RoleSessionName": "not valid"}, "ValidationError", id="session-name"),
        pytest.param({"RoleSessionName": "x" * 65}, "ValidationError", id="session-name-length"),
        pytest.param({"Policy": "{}"}, "MalformedPolicyDocument", id="policy"),
        pytest.param({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/Nope"}]}, "ValidationError", id="policy-arn"),
        pytest.param({"SourceIdentity": "alice"}, "SandboxNotImplemented", id="not-supported"),
    ],
)
def test_arguments(world: Any, hub: Hub, refusal: Refused, arguments: dict[str, Any], code: str) -> None:
    assert refusal(lambda: world.assume(hub.account_id, hub.role_arn, **arguments))[0] == code
