"""root-denied-by-scp: every answer, and policies of every spelling as AWS's simulator judges them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from root_denied_by_scp import RULE, Evidence, decide

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.denial.actions import sampled_actions
from rootguard.kit.denial.denial import Denial, judge_denial
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.organization import Organization, read_organization
from rootguard.kit.readers.service_control_policies import read_service_control_policies
from rootguard.kit.verdict import Verdict
from rootguard.sandbox import dispatch
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.server import Sandbox

type Raw = Mapping[str, Any]

TODAY = date(2027, 1, 1)
SCP = "SERVICE_CONTROL_POLICY"
FULL = "p-FullAWSAccess"
ALL = len(sampled_actions())
MEMBERS = Organization("o-exampleorgid", "999988887777", all_features=True)
BILLING = Organization("o-exampleorgid", "999988887777", all_features=False)
SPARED = f"service control policies deny root all {ALL} sampled actions; sts:AssumeRoot sessions are spared"
DENIED_TOO = f"service control policies deny root all {ALL} sampled actions; sts:AssumeRoot sessions are denied, too"
EVERYBODY = (
    f"service control policies deny root all {ALL} sampled actions, but an ordinary role as well; "
    "sts:AssumeRoot sessions are denied, too"
)
FREE = f"root can do {ALL} of {ALL} sampled actions: account:CloseAccount, account:EnableRegion, …"


def given(denial: Denial | None = None, organization: Organization | None = MEMBERS) -> Evidence:
    return Evidence("111122223333", organization, denial)


DECISIONS = [
    pytest.param(given(Denial(ALL, ())), "COMPLIANT", SPARED, id="root denied, sessions spared"),
    pytest.param(given(Denial(ALL, (), assume_root=True)), "COMPLIANT", DENIED_TOO, id="root denied with sessions"),
    pytest.param(
        given(Denial(ALL, (), everybody=True, assume_root=True)), "COMPLIANT", EVERYBODY, id="everybody denied"
    ),
    pytest.param(
        given(Denial(60, ("s3:GetObject",))),
        "NON_COMPLIANT",
        "root can do 1 of 60 sampled actions: s3:GetObject",
        id="one",
    ),
    pytest.param(
        given(Denial(60, tuple("abcde"), ("aws:SourceIp",))),
        "NON_COMPLIANT",
        "root can do 5 of 60 sampled actions: a, b, c, d, …; denials limited by aws:SourceIp do not count",
        id="more than are named, with a denial that does not count",
    ),
    pytest.param(
        given(organization=MEMBERS),
        "NON_COMPLIANT",
        "service control policies are not enabled in the root of organization o-exampleorgid",
        id="not enabled",
    ),
    pytest.param(
        given(organization=BILLING),
        "NON_COMPLIANT",
        "organization o-exampleorgid has consolidated billing only; service control policies need all features",
        id="consolidated billing",
    ),
    pytest.param(
        Evidence(MEMBERS.management_account_id, MEMBERS),
        "NOT_APPLICABLE",
        "this is the management account, which service control policies do not bind",
        id="management account",
    ),
    pytest.param(
        given(organization=None),
        "NOT_APPLICABLE",
        "the account is in no organization, so no service control policy can bind its root",
        id="no organization",
    ),
]


@pytest.mark.parametrize(("evidence", "compliance", "reason"), DECISIONS)
def test_decide(evidence: Evidence, compliance: str, reason: str) -> None:
    verdict = decide(evidence, {})
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_every_outcome_has_a_case() -> None:
    assert {decide(case.values[0], {}).outcome for case in DECISIONS} == set(RULE.outcomes)  # type: ignore[arg-type]


def test_the_longest_reason_fits() -> None:
    longest = tuple(sorted(sampled_actions(), key=len)[-6:])
    verdict = decide(given(Denial(ALL, longest, ("aws:PrincipalOrgMasterAccountId", "aws:RequestedRegion"))), {})
    assert verdict.compliance == "NON_COMPLIANT"


def test_the_sample_is_of_many_services_and_in_order() -> None:
    actions = sampled_actions()
    assert list(actions) == sorted(set(actions))
    assert len({action.partition(":")[0] for action in actions}) > 20
    assert len(actions) <= 100, "more than AWS answers at once"
    left = sampled_actions("S3:putbucketpolicy , s3:DeleteBucketPolicy,s3:Unheard")
    assert set(actions) - set(left) == {"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}


@dataclass(frozen=True, slots=True)
class Place:
    """An organization: its root, an OU with the judged account in it, another OU."""

    client: Any
    management: Account
    judged: Account
    organization: Organization
    targets: Mapping[str, str]

    def verdict(self, allowed_actions: str = "") -> Verdict:
        levels = read_service_control_policies(self.management, self.judged.id)
        assert levels is not None
        denial = judge_denial(self.judged, self.organization, levels, sampled_actions(allowed_actions))
        return decide(Evidence(self.judged.id, self.organization, denial), {})


@pytest.fixture(scope="module")
def place(running_sandbox: Sandbox) -> Place:
    administrators, management_id = Administrators(running_sandbox), running_sandbox.management_account_id
    client = administrators.of(management_id).client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType=SCP)
    units = [client.create_organizational_unit(ParentId=root, Name=name) for name in ("unit", "other")]
    unit, other = (each["OrganizationalUnit"]["Id"] for each in units)
    made = client.create_account(AccountName="judged", Email="judged@example.com")["CreateAccountStatus"]
    client.move_account(AccountId=made["AccountId"], SourceParentId=root, DestinationParentId=unit)
    management, judged = (
        Account(each, "aws", "us-east-1", SessionConnection(running_sandbox.session(each)))
        for each in (management_id, made["AccountId"])
    )
    organization = read_organization(judged)
    assert organization is not None
    targets = {"root": root, "unit": unit, "other": other, "account": judged.id}
    return Place(client, management, judged, organization, targets)


@pytest.fixture
def attach(place: Place) -> Iterator[Callable[..., None]]:
    """Attach a policy for the length of a test, beside FullAWSAccess or instead of it."""
    attached = list[tuple[str, str, bool]]()

    def attach(target: str, *statements: Raw, instead: bool = False) -> None:
        content = json.dumps({"Version": "2012-10-17", "Statement": statements})
        name = f"policy{len(attached)}"
        made = place.client.create_policy(Name=name, Description="", Type=SCP, Content=content)
        policy, target_id = made["Policy"]["PolicySummary"]["Id"], place.targets[target]
        place.client.attach_policy(PolicyId=policy, TargetId=target_id)
        if instead:
            place.client.detach_policy(PolicyId=FULL, TargetId=target_id)
        attached.append((policy, target_id, instead))

    yield attach
    for policy, target_id, instead in attached:
        if instead:
            place.client.attach_policy(PolicyId=FULL, TargetId=target_id)
        place.client.detach_policy(PolicyId=policy, TargetId=target_id)
        place.client.delete_policy(PolicyId=policy)


def deny(condition: Raw | None = None, **elements: Any) -> dict[str, Any]:
    action = {} if "NotAction" in elements else {"Action": "*"}
    statement = {"Effect": "Deny", **action, "Resource": "*", **elements}
    return {**statement, **({"Condition": condition} if condition else {})}


def allow(*actions: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **elements}


def arn_like(*arns: str) -> dict[str, Any]:
    return {"ArnLike": {"aws:PrincipalArn": list(arns)}}


IS_ROOT = arn_like("arn:aws:iam::*:root")
SPARES = {"Null": {"aws:AssumedRoot": "true"}}
BUCKET_POLICY = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]


@pytest.mark.parametrize(
    ("target", "statements", "reason"),
    [
        pytest.param("root", [deny(IS_ROOT)], DENIED_TOO, id="ArnLike on the organization's root"),
        pytest.param("unit", [deny(IS_ROOT)], DENIED_TOO, id="ArnLike on the OU"),
        pytest.param("account", [deny(IS_ROOT)], DENIED_TOO, id="ArnLike on the account"),
        pytest.param("unit", [deny(arn_like("arn:*:iam::*:root"))], DENIED_TOO, id="Control Tower's"),
        pytest.param(
            "unit", [deny(arn_like("arn:*:iam::*:root") | SPARES)], SPARED, id="Control Tower's, ExemptAssumeRoot"
        ),
        pytest.param(
            "unit",
            [deny({"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::*:root"]}})],
            DENIED_TOO,
            id="StringLike, the older spelling",
        ),
        pytest.param(
            "unit",
            [deny({"BoolIfExists": {"aws:AssumedRoot": "false"}} | IS_ROOT)],
            SPARED,
            id="sessions spared in another way",
        ),
        pytest.param(
            "unit",
            [deny({"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:root"}})],
            DENIED_TOO,
            id="the account's own root by a variable",
        ),
        pytest.param(
            "unit", [deny({"StringEquals": {"aws:PrincipalType": "Account"}})], DENIED_TOO, id="PrincipalType"
        ),
        pytest.param(
            "unit", [deny({"StringLike": {"aws:PrincipalArn": "*root*"}})], DENIED_TOO, id="sloppy, but it binds"
        ),
        pytest.param(
            "unit",
            [deny(IS_ROOT, NotAction=["iam:*"]), deny(IS_ROOT, Action="iam:*")],
            DENIED_TOO,
            id="two halves",
        ),
        pytest.param("unit", [deny()], EVERYBODY, id="everybody"),
        pytest.param(
            "unit",
            [deny({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}})],
            EVERYBODY,
            id="everybody but one role",
        ),
    ],
)
def test_root_is_denied(
    place: Place, attach: Callable[..., None], target: str, statements: Sequence[Raw], reason: str
) -> None:
    attach(target, *statements)
    verdict = place.verdict()
    assert (verdict.compliance, verdict.reason) == ("COMPLIANT", reason)


@pytest.mark.parametrize(
    ("target", "statements", "limits"),
    [
        pytest.param("unit", [deny(IS_ROOT, Action="rootguard:Nothing")], "", id="none of what is sampled"),
        pytest.param("other", [deny(IS_ROOT)], "", id="another OU"),
        pytest.param("unit", [deny(arn_like("arn:aws-us-gov:iam::*:root"))], "", id="another partition"),
        pytest.param("unit", [deny(arn_like("arn:aws:iam::999999999999:root"))], "", id="another account's root"),
        pytest.param("unit", [deny(arn_like("arn:aws:iam::*:user/root"))], "", id="a user called root"),
        pytest.param(
            "unit", [deny({"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})], "", id="no wildcard"
        ),
        pytest.param("unit", [deny({"StringEquals": {"aws:username": "root"}})], "", id="root has no user name"),
        pytest.param("unit", [deny(IS_ROOT | {"Bool": {"aws:AssumedRoot": "true"}})], "", id="its sessions only"),
        pytest.param(
            "unit",
            [deny(IS_ROOT | {"StringNotLike": {"aws:PrincipalOrgPaths": "o-*"}})],
            "",
            id="exempt by the OU's path",
        ),
        pytest.param(
            "unit",
            [deny(IS_ROOT | {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}})],
            "aws:RequestedRegion",
            id="outside of a Region",
        ),
        pytest.param(
            "unit",
            [deny(IS_ROOT | {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
            "aws:SourceIp",
            id="outside of a network",
        ),
        pytest.param(
            "unit",
            [deny(IS_ROOT | {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})],
            "aws:MultiFactorAuthPresent",
            id="without MFA",
        ),
        pytest.param("unit", [deny(IS_ROOT, Resource="arn:aws:s3:::logs/*")], "Resource", id="some resources"),
        pytest.param(
            "unit",
            [deny({"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}, NotAction="iam:*")],
            "",
            id="AWS's denial of Regions",
        ),
    ],
)
def test_root_is_as_free_as_before(
    place: Place, attach: Callable[..., None], target: str, statements: Sequence[Raw], limits: str
) -> None:
    attach(target, *statements)
    verdict = place.verdict()
    assert verdict.compliance == "NON_COMPLIANT"
    start = f"root can do {ALL} of {ALL} sampled actions: account:CloseAccount, account:EnableRegion, "
    end = f"…; denials limited by {limits} do not count" if limits else "…"
    assert verdict.reason.startswith(start)
    assert verdict.reason.endswith(end)


@pytest.mark.parametrize(
    ("statements", "instead", "reason"),
    [
        pytest.param(
            [deny(IS_ROOT, NotAction=BUCKET_POLICY)],
            False,
            f"root can do 3 of {ALL} sampled actions: s3:DeleteBucketPolicy, s3:GetBucketPolicy, s3:PutBucketPolicy",
            id="AWS's own example spares bucket policies",
        ),
        pytest.param(
            [allow("support:*", "ce:*")],
            True,
            f"root can do 2 of {ALL} sampled actions: ce:GetCostAndUsage, support:CreateCase",
            id="an allow list",
        ),
        pytest.param(
            [allow("s3:*", Resource="arn:aws:s3:::public/*")],
            True,
            (
                f"root can do 6 of {ALL} sampled actions: s3:DeleteBucket, s3:DeleteBucketPolicy, s3:GetBucketPolicy, "
                "s3:GetObject, …"
            ),
            id="an allow list of some resources: there root can",
        ),
        pytest.param(
            [allow("kms:*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-central-1"}})],
            True,
            f"root can do 3 of {ALL} sampled actions: kms:Decrypt, kms:PutKeyPolicy, kms:ScheduleKeyDeletion",
            id="an allow list of a Region: there root can",
        ),
        pytest.param(
            [allow("aws-portal:*")], True, EVERYBODY, id="an allow list without anything sampled binds everybody"
        ),
        pytest.param(
            [allow("*", Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})],
            True,
            DENIED_TOO,
            id="an allow list of everybody else",
        ),
    ],
)
def test_what_is_left_to_root(
    place: Place,
    attach: Callable[..., None],
    statements: Sequence[Raw],
    instead: bool,  # noqa: FBT001 - a column of the table
    reason: str,
) -> None:
    attach("unit", *statements, instead=instead)
    assert place.verdict().reason == reason


def test_what_root_may_keep_is_a_parameter(place: Place, attach: Callable[..., None]) -> None:
    attach("root", deny(IS_ROOT | SPARES, NotAction=BUCKET_POLICY))
    verdict = place.verdict(",".join(BUCKET_POLICY))
    assert verdict.compliance == "COMPLIANT"
    assert f"all {ALL - 3} sampled actions" in verdict.reason


def test_aws_is_asked_thrice_at_most(place: Place, attach: Callable[..., None]) -> None:
    with dispatch.recording() as requests:
        place.verdict()
    assert [request.action for request in requests].count("iam:SimulateCustomPolicy") == 1
    attach("root", deny(IS_ROOT))
    with dispatch.recording() as requests:
        place.verdict()
    assert [request.action for request in requests].count("iam:SimulateCustomPolicy") == 3
    assert {request.account_id for request in requests if request.action.startswith("iam:")} == {place.judged.id}


@pytest.mark.parametrize(
    ("partition", "region"),
    [pytest.param("aws-us-gov", "us-gov-west-1", id="GovCloud"), pytest.param("aws-cn", "cn-north-1", id="China")],
)
def test_other_partitions(
    running_sandbox: Sandbox, place: Place, attach: Callable[..., None], partition: str, region: str
) -> None:
    attach("root", deny(arn_like(f"arn:{partition}:iam::*:root")))
    levels = read_service_control_policies(place.management, place.judged.id)
    assert levels is not None
    judged = Account(
        place.judged.id, partition, region, SessionConnection(running_sandbox.session(place.judged.id, region))
    )
    assert not judge_denial(judged, place.organization, levels, sampled_actions()).allowed
    assert place.verdict().compliance == "NON_COMPLIANT"


@pytest.mark.parametrize(
    ("feature_set", "compliance"),
    [
        pytest.param(None, "NOT_APPLICABLE", id="no organization"),
        pytest.param("ALL", "NOT_APPLICABLE", id="management account"),
        pytest.param("CONSOLIDATED_BILLING", "NON_COMPLIANT", id="consolidated billing"),
    ],
)
def test_one_question_is_enough_where_no_policy_can_bind(
    sandbox: Sandbox,
    client_of: Callable[..., Any],
    account_of: Callable[[str], Account],
    feature_set: str | None,
    compliance: str,
) -> None:
    judged = management = sandbox.management_account_id
    if feature_set is not None:
        client = client_of(management, "organizations")
        client.create_organization(FeatureSet=feature_set)
        member = client.create_account(AccountName="m", Email="m@example.com")["CreateAccountStatus"]["AccountId"]
        judged = member if compliance == "NON_COMPLIANT" else management
    account = account_of(judged)
    with dispatch.recording() as requests:
        verdict = evaluate(RULE, account, {}, TODAY)
    assert verdict.compliance == compliance
    assert [request.action for request in requests] == ["organizations:DescribeOrganization"]


@pytest.fixture
def member(sandbox: Sandbox, client_of: Callable[..., Any], account_of: Callable[[str], Account]) -> Iterator[Account]:
    """A member of an organization without service control policies."""
    client = client_of(sandbox.management_account_id, "organizations")
    client.create_organization(FeatureSet="ALL")
    made = client.create_account(AccountName="member", Email="member@example.com")["CreateAccountStatus"]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
        yield account_of(made["AccountId"])


@pytest.fixture
def reader_role(sandbox: Sandbox, client_of: Callable[..., Any], member: Account) -> Callable[..., str]:
    """Make a role in the management account that the member's rule may assume; its ARN."""

    def make(*actions: str) -> str:
        iam = client_of(sandbox.management_account_id, "iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": member.id}, "Action": "sts:AssumeRole"}
        role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow(*actions)]})
        iam.put_role_policy(RoleName="reader", PolicyName="reader", PolicyDocument=policy)
        return str(role["Arn"])

    return make


def test_policies_that_are_not_enabled(member: Account, reader_role: Callable[..., str]) -> None:
    verdict = evaluate(RULE, member, {"ReaderRoleArn": reader_role("organizations:ListRoots")}, TODAY)
    assert verdict.compliance == "NON_COMPLIANT"
    assert verdict.reason.startswith("service control policies are not enabled in the root of organization o-")


def test_without_a_reader_role_nothing_is_seen(member: Account) -> None:
    with dispatch.recording() as requests, pytest.raises(EvidenceUnavailable) as raised:
        evaluate(RULE, member, {}, TODAY)
    assert str(raised.value).startswith(f"organizations:ListRoots in account {member.id} (us-east-1): not asked: ")
    assert "parameter ReaderRoleArn" in str(raised.value)
    assert "templates/reader-role.yaml with ReadServiceControlPolicies=yes" in str(raised.value)
    assert [request.action for request in requests] == ["organizations:DescribeOrganization"]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        pytest.param("reader", "organizations:ListRoots", id="it may not read"),
        pytest.param("no-such-role", "sts:AssumeRole", id="it is not there"),
    ],
)
def test_a_reader_role_of_no_use(member: Account, reader_role: Callable[..., str], name: str, action: str) -> None:
    role = reader_role("organizations:DescribePolicy").rpartition("/")[0]
    with pytest.raises(EvidenceUnavailable, match=action) as raised:
        evaluate(RULE, member, {"ReaderRoleArn": f"{role}/{name}"}, TODAY)
    assert "templates/reader-role.yaml with ReadServiceControlPolicies=yes" in str(raised.value)


def test_a_throttled_reader_is_no_question_of_roles(member: Account, reader_role: Callable[..., str]) -> None:
    role = reader_role("organizations:*")
    with (
        dispatch.failing("organizations:ListRoots", "AWSOrganizationsNotInUseException"),
        pytest.raises(EvidenceUnavailable, match="organizations:ListRoots") as raised,
    ):
        evaluate(RULE, member, {"ReaderRoleArn": role}, TODAY)
    assert "reader-role.yaml" not in str(raised.value)
