"""Whoever runs an audit enters accounts by a role, and looks elsewhere himself."""

import pytest
from botocore.exceptions import ClientError
from tests.audit.conftest import Ground

from rootguard.audit.operator import Operator, Role
from rootguard.caller import Caller
from rootguard.errors import RootguardError
from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.sandbox import dispatch
from rootguard.sandbox.credentials import Keys

DEFAULT = Role("OrganizationAccountAccessRole")


def identity(account: Account) -> str:
    return account.call("sts:GetCallerIdentity").text("Arn")


def entered(operator: Operator, account_id: str, role: Role = DEFAULT) -> str:
    return identity(operator.enter(account_id, role).view())


def test_his_own_account_is_entered_without_a_role(ground: Ground) -> None:
    operator = ground.operator()
    with dispatch.recording() as requests:
        assert entered(operator, ground.management) == operator.caller.arn
    assert requests == []  # who he is, he knows


def test_another_account_is_entered_by_the_role_once_for_all_rules(ground: Ground) -> None:
    (member,) = ground.organization("one")
    operator = ground.operator()
    with dispatch.recording() as requests:
        entrance = operator.enter(member, DEFAULT)
        seen = {identity(entrance.view()) for _ in range(3)}
    assert seen == {f"arn:aws:sts::{member}:assumed-role/OrganizationAccountAccessRole/rootguard"}
    assert [each.action for each in requests] == ["sts:AssumeRole", "sts:GetCallerIdentity"]


def test_views_of_an_account_have_facts_of_their_own(ground: Ground) -> None:
    entrance = ground.operator().enter(ground.management, DEFAULT)
    first, second = entrance.view(), entrance.view()
    first.call("iam:GetAccountSummary").structure("SummaryMap").number("AccountMFAEnabled")
    assert (len(first.facts), len(second.facts)) == (1, 0)
    second.call("iam:GetAccountSummary").structure("SummaryMap").number("AccountMFAEnabled")
    assert list(first.facts) == list(second.facts)


def test_the_role_s_name_may_have_a_path(ground: Ground) -> None:
    (member,) = ground.organization("one")
    ground.role(member, "reader", "/security/audit/")
    arn = f"arn:aws:sts::{member}:assumed-role/reader/rootguard"
    assert entered(ground.operator(), member, Role("security/audit/reader")) == arn
    with pytest.raises(EvidenceUnavailable, match="AccessDenied"):
        entered(ground.operator(), member, Role("reader"))


def test_the_external_id_is_sent_if_there_is_one(ground: Ground) -> None:
    (member,) = ground.organization("one")
    ground.role(member, "reader", StringEquals={"sts:ExternalId": "a-secret-handshake"})
    assert "reader" in entered(ground.operator(), member, Role("reader", "a-secret-handshake"))
    for other in ("", "another"):
        with pytest.raises(EvidenceUnavailable, match="AccessDenied"):
            entered(ground.operator(), member, Role("reader", other))


def test_the_duration_is_sent(ground: Ground) -> None:
    (member,) = ground.organization("one")
    assert entered(ground.operator(), member, Role(DEFAULT.name, seconds=900))
    with pytest.raises(EvidenceUnavailable, match="exceeds the MaxSessionDuration"):
        entered(ground.operator(), member, Role(DEFAULT.name, seconds=7200))


@pytest.mark.parametrize("role", ["not-there", "does-not-trust"])
def test_a_role_that_cannot_be_assumed_comes_with_the_fix(ground: Ground, role: str) -> None:
    (member,) = ground.organization("one")
    ground.role(member, "does-not-trust", StringEquals={"sts:ExternalId": "what-nobody-tells"})
    operator = ground.operator()
    with pytest.raises(EvidenceUnavailable) as caught:
        operator.enter(member, Role(role))
    error = caught.value
    assert (error.action, error.account_id, error.region, error.denied) == ("sts:AssumeRole", member, "us-east-1", True)
    assert error.advice == (
        f"see that arn:aws:iam::{member}:role/{role} is there and trusts {operator.caller.arn}, who may sts:AssumeRole "
        "it; or give --role-name"
    )


def test_a_role_of_another_partition_has_its_arn(ground: Ground) -> None:
    ground.become(ground.management, "us-gov-west-1")
    operator = ground.operator()
    assert operator.caller.partition == "aws-us-gov"
    assert operator.own_role_arn.startswith(f"arn:aws-us-gov:iam::{ground.management}:role/")
    with pytest.raises(EvidenceUnavailable, match="see that arn:aws-us-gov:iam::222222222222:role/reader is there"):
        operator.enter("222222222222", Role("reader"))
    assert operator.enter(ground.management, DEFAULT).view().root_arn == f"arn:aws-us-gov:iam::{ground.management}:root"


def test_rules_that_look_elsewhere_see_it_with_his_own_credentials(ground: Ground) -> None:
    (member,) = ground.organization("one")
    operator = ground.operator()
    view = operator.enter(member, DEFAULT).view()
    elsewhere = view.assume(operator.own_role_arn)
    assert (elsewhere.id, identity(elsewhere)) == (ground.management, operator.caller.arn)
    assert elsewhere.facts is view.facts


def test_rules_that_look_elsewhere_by_a_role_have_him_assume_it_once_for_all_accounts(ground: Ground) -> None:
    members = ground.organization("one", "two", "reading")
    reader = ground.role(members[2], "reader")
    operator = ground.operator()
    views = [operator.enter(member, DEFAULT).view() for member in members[:2]]
    with dispatch.recording() as requests:
        seen = [view.assume(reader, session_name="root-denied-by-scp") for view in views]
        assert {identity(each) for each in seen} == {
            f"arn:aws:sts::{members[2]}:assumed-role/reader/root-denied-by-scp"
        }
    assert {each.id for each in seen} == {members[2]}
    assert [(each.account_id, each.action) for each in requests] == [
        (ground.management, "sts:AssumeRole"),
        (members[2], "sts:GetCallerIdentity"),
    ]


@pytest.mark.parametrize(
    ("arn", "partition"),
    [
        ("arn:aws:iam::111111111111:root", "aws"),
        ("arn:aws:iam::111111111111:user/path/name", "aws"),
        ("arn:aws-cn:sts::111111111111:assumed-role/name/session", "aws-cn"),
    ],
)
def test_the_partition_is_the_caller_s(arn: str, partition: str) -> None:
    assert Caller.parse("111111111111", arn) == Caller("111111111111", arn, partition)


@pytest.mark.parametrize("arn", ["", "arn:aws:s3:::bucket", "arn:aws:iam::11:user/x", "nonsense"])
def test_what_answers_otherwise_is_not_aws(arn: str) -> None:
    with pytest.raises(RootguardError, match="which is no user or role"):
        Caller.parse("111111111111", arn)


def test_a_user_without_permission_is_told_what_to_grant(ground: Ground) -> None:
    (member,) = ground.organization("one")
    ground.become(ground.user(ground.management))
    operator = ground.operator()
    with pytest.raises(EvidenceUnavailable, match=r"who may sts:AssumeRole it; or give --role-name"):
        operator.enter(member, DEFAULT)


def test_unknown_keys_are_nobody(ground: Ground) -> None:
    ground.become(Keys("AKIAUNKNOWN", "secret"))
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        ground.operator()
