"""The policies that bind an account, read level by level."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.kit.conftest import Script

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.service_control_policies import (
    ServiceControlPolicy,
    Statement,
    read_service_control_policies,
)
from rootguard.sandbox import dispatch
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.server import Sandbox

SCP = "SERVICE_CONTROL_POLICY"
DENY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
ROOTS = json.dumps({"Roots": [{"Id": "r-ab12", "PolicyTypes": [{"Type": SCP, "Status": "ENABLED"}]}]})
PARENTS = '{"Parents":[{"Id":"r-ab12","Type":"ROOT"}]}'
POLICIES = '{"Policies":[{"Id":"p-12345678"}]}'
MEMBER = "444455556666"


class Tree:
    """An organization with OUs nested five deep and an account in each of them, and one beside."""

    def __init__(self, sandbox: Sandbox) -> None:
        administrators = Administrators(sandbox)
        self.client: Any = administrators.of(sandbox.management_account_id).client("organizations")
        self.client.create_organization(FeatureSet="ALL")
        self.root = self.client.list_roots()["Roots"][0]["Id"]

    def enable(self) -> None:
        self.client.enable_policy_type(RootId=self.root, PolicyType=SCP)

    def unit(self, parent: str, name: str) -> str:
        made = self.client.create_organizational_unit(ParentId=parent, Name=name)
        return str(made["OrganizationalUnit"]["Id"])

    def account(self, parent: str, name: str) -> str:
        made = self.client.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        if parent != self.root:
            self.client.move_account(AccountId=made["AccountId"], SourceParentId=self.root, DestinationParentId=parent)
        return str(made["AccountId"])

    def attach(self, target: str, content: str = DENY, name: str = "policy") -> str:
        made = self.client.create_policy(Name=name, Description="", Type=SCP, Content=content)
        policy = str(made["Policy"]["PolicySummary"]["Id"])
        self.client.attach_policy(PolicyId=policy, TargetId=target)
        return policy


@pytest.fixture
def tree(sandbox: Sandbox) -> Tree:
    return Tree(sandbox)


@pytest.fixture
def reader(sandbox: Sandbox) -> Account:
    management = sandbox.management_account_id
    return Account(management, "aws", "us-east-1", SessionConnection(sandbox.session(management)))


def ids(reader: Account, account_id: str) -> list[tuple[str, list[str]]]:
    levels = read_service_control_policies(reader, account_id)
    assert levels is not None
    return [(level.id, [policy.id for policy in level.policies]) for level in levels]


def test_every_level_has_its_own_policies(tree: Tree, reader: Account) -> None:
    tree.enable()
    unit, other = tree.unit(tree.root, "unit"), tree.unit(tree.root, "other")
    account = tree.account(unit, "judged")
    on_unit, on_account = tree.attach(unit, name="unit"), tree.attach(account, name="account")
    tree.attach(other, name="other")
    full = "p-FullAWSAccess"
    with dispatch.recording() as requests:
        found = ids(reader, account)
    assert found == [(tree.root, [full]), (unit, sorted([full, on_unit])), (account, sorted([full, on_account]))]
    calls = [request.action.partition(":")[2] for request in requests]
    assert calls.count("DescribePolicy") == 3, "a policy is read once, wherever it is attached"


def test_a_moved_account_is_bound_by_where_it_is(tree: Tree, reader: Account) -> None:
    tree.enable()
    unit = tree.unit(tree.root, "unit")
    denial = tree.attach(unit)
    account = tree.account(unit, "judged")
    assert denial in dict(ids(reader, account))[unit]
    tree.client.move_account(AccountId=account, SourceParentId=unit, DestinationParentId=tree.root)
    assert [level for level, _ in ids(reader, account)] == [tree.root, account]


def test_organizational_units_may_be_nested_five_deep(tree: Tree, reader: Account) -> None:
    tree.enable()
    path = [tree.root]
    for depth in range(5):
        path.append(tree.unit(path[-1], f"unit{depth}"))
    account = tree.account(path[-1], "judged")
    assert [level for level, _ in ids(reader, account)] == [*path, account]


def test_policies_that_are_not_enabled_are_none(tree: Tree, reader: Account) -> None:
    account = tree.account(tree.root, "judged")
    assert read_service_control_policies(reader, account) is None
    tree.enable()
    assert read_service_control_policies(reader, account) is not None
    tree.client.disable_policy_type(RootId=tree.root, PolicyType=SCP)
    assert read_service_control_policies(reader, account) is None


@pytest.mark.parametrize(
    "roots",
    [
        pytest.param('{"Roots":[{"PolicyTypes":[]}]}', id="no type"),
        pytest.param('{"Roots":[{"PolicyTypes":[{"Type":"TAG_POLICY","Status":"ENABLED"}]}]}', id="another type"),
        pytest.param(
            f'{{"Roots":[{{"PolicyTypes":[{{"Type":"{SCP}","Status":"PENDING_ENABLE"}}]}}]}}', id="being enabled"
        ),
        pytest.param(
            f'{{"Roots":[{{"PolicyTypes":[{{"Type":"{SCP}","Status":"PENDING_DISABLE"}}]}}]}}', id="being disabled"
        ),
    ],
)
def test_only_an_enabled_type_is_in_force(account_hearing: Callable[[Script], Account], roots: str) -> None:
    assert read_service_control_policies(account_hearing({"ListRoots": roots}), MEMBER) is None


def test_all_pages_are_read(account_hearing: Callable[[Script], Account]) -> None:
    account = account_hearing(
        {
            "ListRoots": ['{"Roots":[],"NextToken":"more"}', ROOTS],
            "ListParents": ['{"Parents":[],"NextToken":"more"}', PARENTS],
            "ListPoliciesForTarget": [
                '{"Policies":[],"NextToken":"1"}',
                '{"Policies":[{"Id":"p-12345678"}],"NextToken":"2"}',
                '{"Policies":[{"Id":"p-87654321"}]}',
            ],
            "DescribePolicy": json.dumps({"Policy": {"Content": DENY}}),
        }
    )
    root, own = ids(account, MEMBER)
    assert root == ("r-ab12", ["p-12345678", "p-87654321"])
    assert own == (MEMBER, ["p-87654321"])


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        pytest.param({"ListRoots": "{}"}, "organizations:ListRoots .* no Roots", id="no roots"),
        pytest.param({"ListRoots": '{"Roots":[{}]}'}, "no PolicyTypes", id="a root that says nothing of types"),
        pytest.param({"ListParents": '{"Parents":[]}'}, "organizations:ListParents .* not below", id="no parent"),
        pytest.param(
            {"ListParents": '{"Parents":[{"Id":"ou-1","Type":"ORGANIZATIONAL_UNIT"}]}'}, "not below", id="no end"
        ),
        pytest.param({"ListPoliciesForTarget": '{"Policies":[]}'}, "at least one", id="a level without a policy"),
        pytest.param(
            {"DescribePolicy": '{"Policy":{}}'}, "organizations:DescribePolicy .* no Content", id="no content"
        ),
        pytest.param({"DescribePolicy": '{"Policy":{"Content":"{"}}'}, "p-12345678 is no service", id="no JSON"),
        pytest.param({"DescribePolicy": '{"Policy":{"Content":"[]"}}'}, "p-12345678 is no service", id="a list"),
        pytest.param(
            {"DescribePolicy": json.dumps({"Policy": {"Content": '{"Statement":["x"]}'}})},
            "no statements",
            id="no statement",
        ),
    ],
)
def test_what_is_missing_or_malformed_is_unavailable(
    account_hearing: Callable[[Script], Account], script: dict[str, str], problem: str
) -> None:
    answers = {
        "ListRoots": ROOTS,
        "ListParents": PARENTS,
        "ListPoliciesForTarget": POLICIES,
        "DescribePolicy": json.dumps({"Policy": {"Content": DENY}}),
    }
    with pytest.raises(EvidenceUnavailable, match=problem):
        read_service_control_policies(account_hearing(answers | script), MEMBER)


def test_a_member_may_not_ask(tree: Tree, sandbox: Sandbox) -> None:
    account = tree.account(tree.root, "judged")
    member = Account(account, "aws", "us-east-1", SessionConnection(sandbox.session(account)))
    with pytest.raises(EvidenceUnavailable, match="organizations:ListRoots in account") as raised:
        read_service_control_policies(member, account)
    assert raised.value.denied


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param({"Effect": "Maybe", "Action": "*"}, id="no effect"),
        pytest.param({"Effect": "Deny"}, id="no action"),
        pytest.param({"Effect": "Deny", "Action": "*", "NotAction": "s3:*"}, id="both kinds of actions"),
        pytest.param({"Effect": "Deny", "Action": "*", "Condition": []}, id="a list of conditions"),
        pytest.param({"Effect": "Deny", "Action": "*", "Condition": {"Bool": "x"}}, id="an operator without keys"),
    ],
)
def test_what_is_no_statement(statement: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a statement"):
        Statement.parse(statement)


def test_a_policy_may_have_one_statement_or_a_list() -> None:
    one = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    single = ServiceControlPolicy.parse("p-1", json.dumps({"Statement": one}))
    assert single == ServiceControlPolicy.parse("p-1", json.dumps({"Statement": [one]}))
