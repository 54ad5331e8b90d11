"""Roles that must exist and trust their caller, identities, and root sessions for a task."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from rootguard.sandbox.credentials import KeyIndex, Keys
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.sessions import Sessions
from rootguard.sandbox.state import state

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]
type Assume = Callable[..., boto3.Session]

TASKS = "arn:aws:iam::aws:policy/root-task"
AUDIT = f"{TASKS}/IAMAuditRootUserCredentials"
ASSUME_ANYTHING = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}


def _policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _trust(principal: Any, condition: Mapping[str, Any] | None = None, effect: str = "Allow") -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    return statement | ({"Condition": condition} if condition else {})


def _role(session: boto3.Session, name: str, *trust: Mapping[str, Any], **arguments: Any) -> str:
    role = session.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_policy(*trust), **arguments)
    return role["Role"]["Arn"]


def _hub(management: boto3.Session, account_id: str, *statements: Mapping[str, Any]) -> str:
    """A role of the management account with the given permissions, which its own account may assume."""
    arn = _role(management, "Hub", _trust({"AWS": account_id}))
    if statements:
        management.client("iam").put_role_policy(
            RoleName="Hub", PolicyName="inline", PolicyDocument=_policy(*statements)
        )
    return arn


class TestIdentities:
    def test_an_operator(self, sandbox: Sandbox) -> None:
        identity = sandbox.session("111122223333").client("sts").get_caller_identity()
        assert (identity["Account"], identity["Arn"]) == ("111122223333", "arn:aws:iam::111122223333:user/operator")

    def test_a_user(self, sandbox: Sandbox) -> None:
        iam = sandbox.session("111122223333").client("iam")
        user = iam.create_user(UserName="alice", Path="/people/")["User"]
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        session = sandbox.session_for(Keys(key["AccessKeyId"], key["SecretAccessKey"]))
        identity = session.client("sts").get_caller_identity()
        assert (identity["UserId"], identity["Arn"]) == (user["UserId"], user["Arn"])

    def test_a_role_session(self, sandbox: Sandbox, assume: Assume) -> None:
        operator = sandbox.session("111122223333")
        arn = _role(operator, "R", _trust({"AWS": "111122223333"}), Path="/x/")
        role_id = operator.client("iam").get_role(RoleName="R")["Role"]["RoleId"]
        identity = assume(operator, arn, RoleSessionName="audit").client("sts").get_caller_identity()
        assert identity["UserId"] == f"{role_id}:audit"
        assert identity["Arn"] == "arn:aws:sts::111122223333:assumed-role/R/audit"


OWN, OTHER = "123456789012", "999988887777"
EXTERNAL = {"StringEquals": {"sts:ExternalId": "secret"}}
HUB = f"arn:aws:iam::{OWN}:role/Hub"
HUB_SESSION = f"arn:aws:sts::{OWN}:assumed-role/Hub/session"


@pytest.mark.parametrize(
    ("trust", "arguments", "allowed"),
    [
        pytest.param([_trust({"AWS": f"arn:aws:iam::{OWN}:root"})], {}, True, id="account"),
        pytest.param([_trust({"AWS": OWN})], {}, True, id="account-id"),
        pytest.param([_trust({"AWS": HUB})], {}, True, id="role"),
        pytest.param([_trust({"AWS": HUB_SESSION})], {}, True, id="session"),
        pytest.param([_trust({"AWS": f"{HUB}2"})], {}, False, id="another-role"),
        pytest.param([_trust({"AWS": OTHER})], {}, False, id="another-account"),
        pytest.param([_trust({"Service": "lambda.amazonaws.com"})], {}, False, id="service"),
        pytest.param([_trust({"AWS": OWN}, EXTERNAL)], {}, False, id="external-id-missing"),
        pytest.param([_trust({"AWS": OWN}, EXTERNAL)], {"ExternalId": "guess"}, False, id="external-id-wrong"),
        pytest.param([_trust({"AWS": OWN}, EXTERNAL)], {"ExternalId": "secret"}, True, id="external-id"),
        pytest.param([_trust("*", {"StringEquals": {"aws:PrincipalOrgID": "ORG"}})], {}, True, id="organization"),
        pytest.param([_trust("*", {"StringEquals": {"aws:PrincipalOrgID": "o-x"}})], {}, False, id="not-organization"),
        pytest.param(
            [
                _trust(
                    {"AWS": "*"},
                    {
                        "StringEquals": {"aws:PrincipalAccount": OWN},
                        "ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:role/Hu?"},
                    },
                )
            ],
            {},
            True,
            id="principal-arn",
        ),
        pytest.param(
            [_trust("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Spoke"}})], {}, False, id="not-that-role"
        ),
        pytest.param(
            [_trust({"AWS": OWN}, {"StringLike": {"sts:RoleSessionName": "sess*"}})], {}, True, id="session-name"
        ),
        pytest.param([_trust({"AWS": OWN}), _trust({"AWS": HUB}, effect="Deny")], {}, False, id="denied"),
    ],
)
def test_a_role_of_another_account_trusts(
    management: boto3.Session,
    sandbox: Sandbox,
    member: str,
    assume: Assume,
    refusal: Refused,
    trust: list[dict[str, Any]],
    arguments: dict[str, str],
    allowed: bool,  # noqa: FBT001 - a table's column
) -> None:
    organization = management.client("organizations").describe_organization()["Organization"]["Id"]
    statements = json.loads(json.dumps(trust).replace('"ORG"', f'"{organization}"'))
    reader = _role(sandbox.session(member), "Reader", *statements)
    hub = assume(management, _hub(management, OWN, ASSUME_ANYTHING))
    if allowed:
        identity = assume(hub, reader, **arguments).client("sts").get_caller_identity()
        assert identity["Arn"] == f"arn:aws:sts::{member}:assumed-role/Reader/session"
        return
    code, message, status = refusal(lambda: assume(hub, reader, **arguments))
    sentence = f"User: {HUB_SESSION} is not authorized to perform: sts:AssumeRole on resource: {reader}"
    assert (code, status) == ("AccessDenied", 403)
    assert message.startswith(sentence)


def test_a_role_that_does_not_exist_is_refused_in_the_same_words(
    sandbox: Sandbox, management: boto3.Session, member: str, assume: Assume, refusal: Refused
) -> None:
    strict = _role(sandbox.session(member), "Strict", _trust({"AWS": OTHER}))
    sentences = [refusal(lambda: assume(management, arn))[1] for arn in (strict, strict.replace("Strict", "Nobody"))]  # noqa: B023 - called at once
    assert sentences[1] == sentences[0].replace("Strict", "Nobody")


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        pytest.param([], False, id="nothing"),
        pytest.param([ASSUME_ANYTHING | {"Resource": "arn:aws:iam::*:role/Reader"}], True, id="that-role"),
        pytest.param([ASSUME_ANYTHING | {"Resource": "arn:aws:iam::*:role/Writer"}], False, id="another-role"),
        pytest.param([ASSUME_ANYTHING, ASSUME_ANYTHING | {"Effect": "Deny"}], False, id="denied"),
        pytest.param([ASSUME_ANYTHING | {"Condition": EXTERNAL}], False, id="condition"),
    ],
)
def test_the_caller_needs_permission_in_its_own_account(
    management: boto3.Session,
    sandbox: Sandbox,
    member: str,
    assume: Assume,
    refusal: Refused,
    statements: list[dict[str, Any]],
    allowed: bool,  # noqa: FBT001 - a table's column
) -> None:
    reader = _role(sandbox.session(member), "Reader", _trust({"AWS": OWN}))
    hub = assume(management, _hub(management, OWN, *statements))
    if allowed:
        assert assume(hub, reader)
    else:
        assert refusal(lambda: assume(hub, reader))[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("principal", "reason"),
    [
        pytest.param({"AWS": OWN}, "because no identity-based policy allows the sts:AssumeRole action", id="delegated"),
        pytest.param({"AWS": HUB}, None, id="named-directly"),
        pytest.param("*", None, id="everybody"),
        pytest.param({"AWS": OTHER}, "because no role trust policy allows the sts:AssumeRole action", id="untrusted"),
    ],
)
def test_within_an_account_a_trust_policy_that_names_the_caller_is_enough(
    management: boto3.Session, assume: Assume, refusal: Refused, principal: Any, reason: str | None
) -> None:
    target = _role(management, "Target", _trust(principal))
    hub = assume(management, _hub(management, OWN))
    if reason is None:
        assert assume(hub, target)
    else:
        assert refusal(lambda: assume(hub, target))[1].endswith(reason)


@pytest.mark.parametrize(
    ("seconds", "chained", "error"),
    [
        pytest.param(3600, False, None, id="an-hour"),
        pytest.param(7200, False, None, id="the-roles-maximum"),
        pytest.param(7201, False, "MaxSessionDuration", id="longer-than-the-role-allows"),
        pytest.param(899, False, "900", id="too-short"),
        pytest.param(43201, False, "43200", id="too-long"),
        pytest.param(3600, True, None, id="chained-an-hour"),
        pytest.param(3601, True, "role chaining", id="chained-longer"),
    ],
)
def test_durations(
    management: boto3.Session,
    assume: Assume,
    refusal: Refused,
    seconds: int,
    chained: bool,  # noqa: FBT001 - a table's column
    error: str | None,
) -> None:
    target = _role(management, "Target", _trust({"AWS": OWN}), MaxSessionDuration=7200)
    caller = assume(management, _hub(management, OWN, ASSUME_ANYTHING)) if chained else management
    sts = caller.client("sts")

    def call() -> Any:
        return sts.assume_role(RoleArn=target, RoleSessionName="session", DurationSeconds=seconds)

    if error is None:
        left = call()["Credentials"]["Expiration"] - datetime.now(UTC)
        assert timedelta(seconds=seconds - 60) < left <= timedelta(seconds=seconds)
        return
    code, message, _ = refusal(call)
    assert code == "ValidationError"
    assert error in message


class TestRefusals:
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
    def test_arguments(
        self, management: boto3.Session, assume: Assume, refusal: Refused, arguments: dict[str, Any], code: str
    ) -> None:
        target = _role(management, "Target", _trust({"AWS": OWN}))
        assert refusal(lambda: assume(management, target, **arguments))[0] == code

    def test_root_assumes_no_role(self, sandbox: Sandbox, assume: Assume, refusal: Refused) -> None:
        root = sandbox.session_for(root_user(OWN).add_access_key().keys)
        code, message, _ = refusal(lambda: assume(root, f"arn:aws:iam::{OWN}:role/X"))
        assert (code, message) == ("AccessDenied", "Roles may not be assumed by root accounts.")

    @pytest.mark.parametrize("operation", ["get_session_token", "get_federation_token"])
    def test_tokens_that_the_sandbox_does_not_have(self, sandbox: Sandbox, operation: str, refusal: Refused) -> None:
        sts = sandbox.session(OWN).client("sts")
        arguments = {"Name": "x1"} if "federation" in operation else {}
        assert refusal(lambda: getattr(sts, operation)(**arguments))[0] == "SandboxNotImplemented"


class TestSessions:
    @pytest.fixture
    def session(self, management: boto3.Session, assume: Assume) -> boto3.Session:
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        return assume(management, _hub(management, OWN, everything))

    def test_the_key_index_knows_the_account(self, session: boto3.Session) -> None:
        credentials = session.get_credentials()
        assert credentials is not None
        assert state(KeyIndex).accounts[credentials.access_key] == OWN

    @pytest.mark.parametrize(
        ("service", "operation", "code"),
        [
            pytest.param("iam", "list_users", "ExpiredToken", id="xml"),
            pytest.param("config", "describe_config_rules", "ExpiredTokenException", id="json"),
        ],
    )
    def test_they_expire(
        self, session: boto3.Session, service: str, operation: str, code: str, refusal: Refused
    ) -> None:
        call = getattr(session.client(service), operation)
        call()
        sessions = state(Sessions)
        for key, kept in sessions.by_key.items():
            past = datetime.now(UTC) - timedelta(seconds=1)
            sessions.by_key[key] = type(kept)(
                kept.keys, kept.account_id, kept.partition, kept.name, kept.issued, past, kept.role_arn, kept.role_id
            )
        assert refusal(call)[0] == code

    def test_they_need_their_token(self, sandbox: Sandbox, session: boto3.Session, refusal: Refused) -> None:
        credentials = session.get_credentials()
        assert credentials is not None
        without = sandbox.session_for(Keys(credentials.access_key, str(credentials.secret_key)))
        assert refusal(without.client("sts").get_caller_identity)[::2] == ("InvalidClientTokenId", 403)
        assert refusal(without.client("config").describe_config_rules)[0] == "UnrecognizedClientException"

    def test_they_end_with_their_role(
        self, management: boto3.Session, session: boto3.Session, refusal: Refused
    ) -> None:
        iam = management.client("iam")
        iam.delete_role_policy(RoleName="Hub", PolicyName="inline")
        iam.delete_role(RoleName="Hub")
        assert refusal(session.client("iam").list_users)[0] == "InvalidClientTokenId"


def test_a_service_becomes_a_role_that_trusts_it(sandbox: Sandbox, refusal: Refused) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": OWN}}
    operator = sandbox.session(OWN)
    arn = _role(operator, "F", _trust({"Service": "lambda.amazonaws.com"}, condition))
    started = start_service_session(arn, "lambda.amazonaws.com", "function", context={"aws:SourceAccount": OWN})
    identity = sandbox.session_for(started.keys).client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{OWN}:assumed-role/F/function"
    for service, account_id in (("config.amazonaws.com", OWN), ("lambda.amazonaws.com", OTHER)):
        with pytest.raises(Exception, match="is not authorized to perform: sts:AssumeRole"):
            start_service_session(arn, service, "function", context={"aws:SourceAccount": account_id})


class TestRootSessions:
    @pytest.fixture
    def enabled(self, management: boto3.Session) -> boto3.Session:
        management.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        management.client("iam").enable_organizations_root_credentials_management()
        return management

    @staticmethod
    def _start(session: boto3.Session, target: str, task: str = AUDIT, **arguments: int) -> Any:
        return session.client("sts").assume_root(TargetPrincipal=target, TaskPolicyArn={"arn": task}, **arguments)

    def test_audit(
        self, enabled: boto3.Session, member: str, root_session: Callable[..., boto3.Session], refusal: Refused
    ) -> None:
        user = root_user(member)
        user.add_hardware_totp("GALT1")
        key = user.add_access_key(active=False)
        root = root_session(enabled, member, "IAMAuditRootUserCredentials")
        assert root.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{member}:root"
        iam = root.client("iam")
        assert [each["SerialNumber"] for each in iam.list_mfa_devices()["MFADevices"]] == ["GALT1"]
        assert [each["Status"] for each in iam.list_access_keys()["AccessKeyMetadata"]] == ["Inactive"]
        assert iam.get_access_key_last_used(AccessKeyId=key.id)["AccessKeyLastUsed"]["ServiceName"] == "N/A"
        assert iam.list_signing_certificates()["Certificates"] == []
        assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1
        assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{member}:root"
        assert refusal(iam.get_login_profile)[::2] == ("NoSuchEntity", 404)
        for refused in (iam.list_users, lambda: iam.delete_access_key(AccessKeyId=key.id), iam.create_login_profile):
            code, message, _ = refusal(refused)
            assert code == "AccessDenied"
            assert message.endswith(f"with an explicit deny in a session policy: {AUDIT}")

    def test_only_root_is_audited(
        self,
        enabled: boto3.Session,
        sandbox: Sandbox,
        member: str,
        root_session: Callable[..., boto3.Session],
        refusal: Refused,
    ) -> None:
        sandbox.session(member).client("iam").create_user(UserName="alice")
        iam = root_session(enabled, member, "IAMAuditRootUserCredentials").client("iam")
        assert refusal(lambda: iam.list_access_keys(UserName="alice"))[0] == "AccessDenied"

    def test_delete_and_recover(
        self, enabled: boto3.Session, member: str, root_session: Callable[..., boto3.Session], refusal: Refused
    ) -> None:
        user = root_user(member)
        key = user.add_access_key()
        create = root_session(enabled, member, "IAMCreateRootUserPassword").client("iam")
        create.create_login_profile()
        assert refusal(create.create_login_profile)[0] == "EntityAlreadyExists"
        delete = root_session(enabled, member, "IAMDeleteRootUserCredentials").client("iam")
        delete.delete_access_key(AccessKeyId=key.id)
        delete.delete_login_profile()
        assert (user.password, user.access_keys) == (None, [])

    def test_a_delegated_administrator_may_too(
        self, enabled: boto3.Session, sandbox: Sandbox, new_account: Any
    ) -> None:
        delegated, target = new_account("delegated"), new_account("target")
        enabled.client("organizations").register_delegated_administrator(
            AccountId=delegated, ServicePrincipal="iam.amazonaws.com"
        )
        answer = self._start(sandbox.session(delegated), f"arn:aws:iam::{target}:root", DurationSeconds=60)
        assert answer["Credentials"]["Expiration"] - datetime.now(UTC) <= timedelta(seconds=60)

    @pytest.mark.parametrize("case", ["plain-member", "management-account", "outside", "closed", "feature", "root"])
    def test_refused(
        self, enabled: boto3.Session, sandbox: Sandbox, new_account: Any, case: str, refusal: Refused
    ) -> None:
        target = new_account("target")
        caller, task = enabled, AUDIT
        match case:
            case "plain-member":
                caller = sandbox.session(new_account("plain"))
            case "management-account":
                target = OWN
            case "outside":
                target = OTHER
            case "closed":
                enabled.client("organizations").close_account(AccountId=target)
            case "feature":
                task = f"{TASKS}/S3UnlockBucketPolicy"
            case "root":
                caller = sandbox.session_for(root_user(OWN).add_access_key().keys)
        code, message, status = refusal(lambda: self._start(caller, target, task))
        assert (code, status) == ("AccessDenied", 403)
        assert message.endswith(f"is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::{target}:root")

    @pytest.mark.parametrize(
        ("target", "task", "code"),
        [
            pytest.param("not-an-account", AUDIT, "ValidationError", id="target"),
            pytest.param(OTHER, "arn:aws:iam::aws:policy/AdministratorAccess", "ValidationError", id="task"),
        ],
    )
    def test_invalid(self, enabled: boto3.Session, target: str, task: str, code: str, refusal: Refused) -> None:
        assert refusal(lambda: self._start(enabled, target, task))[0] == code

    @pytest.mark.parametrize(
        ("condition", "allowed"),
        [
            pytest.param(AUDIT, True, id="that-task"),
            pytest.param(f"{TASKS}/IAMDeleteRootUserCredentials", False, id="another-task"),
        ],
    )
    def test_permissions_may_name_the_task(
        self,
        enabled: boto3.Session,
        member: str,
        assume: Assume,
        refusal: Refused,
        condition: str,
        allowed: bool,  # noqa: FBT001 - a table's column
    ) -> None:
        statement = {
            "Effect": "Allow",
            "Action": "sts:AssumeRoot",
            "Resource": "arn:aws:iam::*:root",
            "Condition": {"StringEquals": {"sts:TaskPolicyArn": condition}},
        }
        hub = assume(enabled, _hub(enabled, OWN, statement))
        if allowed:
            assert self._start(hub, member)["Credentials"]
        else:
            assert (
                "because no identity-based policy allows the sts:AssumeRoot action"
                in refusal(lambda: self._start(hub, member))[1]
            )


class TestFeatures:
    @staticmethod
    def _trusted(management: boto3.Session) -> None:
        management.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")

    def test_they_are_enabled_and_disabled(self, management: boto3.Session) -> None:
        self._trusted(management)
        iam = management.client("iam")
        organization = management.client("organizations").describe_organization()["Organization"]["Id"]
        assert iam.list_organizations_features()["EnabledFeatures"] == []
        assert iam.enable_organizations_root_sessions()["EnabledFeatures"] == ["RootSessions"]
        both = iam.enable_organizations_root_credentials_management()
        assert both["OrganizationId"] == organization
        assert both["EnabledFeatures"] == ["RootCredentialsManagement", "RootSessions"]
        assert iam.disable_organizations_root_sessions()["EnabledFeatures"] == ["RootCredentialsManagement"]
        assert iam.disable_organizations_root_credentials_management()["EnabledFeatures"] == []

    def test_a_delegate_lists_but_does_not_enable(
        self, management: boto3.Session, sandbox: Sandbox, member: str, refusal: Refused
    ) -> None:
        self._trusted(management)
        iam = sandbox.session(member).client("iam")
        code = "AccountNotManagementOrDelegatedAdministratorException"
        assert refusal(iam.list_organizations_features)[0] == code
        management.client("organizations").register_delegated_administrator(
            AccountId=member, ServicePrincipal="iam.amazonaws.com"
        )
        assert iam.list_organizations_features()["EnabledFeatures"] == []
        assert refusal(iam.enable_organizations_root_sessions)[0] == "CallerIsNotManagementAccountException"

    def test_they_need_an_organization_with_all_features_and_trusted_access(
        self, sandbox: Sandbox, refusal: Refused
    ) -> None:
        session = sandbox.session(OWN)
        ask = session.client("iam").list_organizations_features
        organizations = session.client("organizations")
        assert refusal(ask)[0] == "OrganizationNotFoundException"
        organizations.create_organization(FeatureSet="CONSOLIDATED_BILLING")
        assert refusal(ask)[0] == "OrganizationNotInAllFeaturesModeException"
        organizations.delete_organization()
        organizations.create_organization(FeatureSet="ALL")
        assert refusal(ask)[0] == "ServiceAccessNotEnabledException"
