"""iam:SimulateCustomPolicy over HTTP, against the answers that AWS documents and those that were recorded of it.

The recorded ones are of github.com/radkawar/stackd (testdata/aws/iam/simulation.json, September 2026).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]
type Simulate = Callable[..., list[dict[str, Any]]]

A, B = "arn:aws:s3:::stack-simulation/a", "arn:aws:s3:::stack-simulation/b"
CALLER = "arn:aws:iam::123456789012:user/simulation/caller"
OWNER = "arn:aws:iam::999999999999:root"
SEVERAL = ["s3:PutObject", "iam:GetUser", "s3:GetObject"]


def statement(effect: str = "Allow", action: str = "s3:GetObject", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: Mapping[str, Any], indent: int | None = None) -> str:
    separators = (",", ":") if indent is None else None
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=indent, separators=separators)


def asking(**condition: Mapping[str, str]) -> str:
    return policy(statement(Condition=condition))


ALLOW, DENY = policy(statement()), policy(statement("Deny"))
ALLOW_ALL, ALLOW_PUT = policy(statement(action="*")), policy(statement(action="s3:PutObject"))
MISSING = {"StringEquals": {"stack:missing": "yes"}}
ANY_OBJECT = "arn:aws:s3:::stack-simulation/*"
GRANT = policy(statement(resource=ANY_OBJECT, Principal={"AWS": CALLER}))
GRANT_ACCOUNT = policy(statement(resource=ANY_OBJECT, Principal={"AWS": "arn:aws:iam::123456789012:root"}))
GRANT_ANOTHER = policy(statement(resource=ANY_OBJECT, Principal={"AWS": "arn:aws:iam::999999999999:root"}))


def levels(*documents: list[str]) -> dict[str, Any]:
    return {"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": each} for each in documents]}


def entry(name: str, *values: str, kind: str = "string") -> dict[str, Any]:
    return {"ContextKeyName": name, "ContextKeyValues": list(values), "ContextKeyType": kind}


def matched(source: str, kind: str, start: tuple[int, int], end: tuple[int, int]) -> dict[str, Any]:
    places = {"StartPosition": start, "EndPosition": end}
    shown = {name: {"Line": line, "Column": column} for name, (line, column) in places.items()}
    return {"SourcePolicyId": source, "SourcePolicyType": kind, **shown}


IN_FIRST = matched("PolicyInputList.1", "IAM Policy", (1, 38), (1, 95))


@pytest.fixture(scope="module")
def client(world: Any) -> Any:
    return world.client("iam", world.standalone_account())


@pytest.fixture(scope="module")
def simulate(client: Any) -> Simulate:
    """Simulate s3:GetObject, where nothing else is asked; the evaluation results."""

    def run(policies: list[str], **parameters: Any) -> list[dict[str, Any]]:
        asked = {"ActionNames": ["s3:GetObject"], **parameters}
        results: list[dict[str, Any]] = client.simulate_custom_policy(PolicyInputList=policies, **asked)[
            "EvaluationResults"
        ]
        return results

    return run


@pytest.mark.parametrize(
    ("policies", "parameters", "answer"),
    [
        pytest.param(
            [ALLOW],
            {},
            {"EvalDecision": "allowed", "EvalResourceName": "*", "MatchedStatements": [IN_FIRST]},
            id="all-resources",
        ),
        pytest.param([], {}, {"EvalDecision": "implicitDeny", "EvalResourceName": "*"}, id="no-policy"),
        pytest.param(
            [ALLOW],
            {"ResourceArns": [A]},
            {
                "EvalDecision": "allowed",
                "EvalResourceName": A,
                "MatchedStatements": [IN_FIRST],
                "EvalDecisionDetails": {},
                "ResourceSpecificResults": [
                    {"EvalResourceName": A, "EvalResourceDecision": "allowed", "MatchedStatements": [IN_FIRST]}
                ],
            },
            id="one-resource",
        ),
        pytest.param(
            [policy(statement(resource=A))],
            {"ResourceArns": [A, B]},
            {
                "EvalDecision": "implicitDeny",
                "MatchedStatements": [matched("PolicyInputList.1", "IAM Policy", (1, 38), (1, 125))],
                "EvalDecisionDetails": {},
                "ResourceSpecificResults": [
                    {
                        "EvalResourceName": A,
                        "EvalResourceDecision": "allowed",
                        "MatchedStatements": [matched("PolicyInputList.1", "IAM Policy", (1, 38), (1, 125))],
                    },
                    {"EvalResourceName": B, "EvalResourceDecision": "implicitDeny"},
                ],
            },
            id="the-strictest-of-two-resources",
        ),
        pytest.param(
            [ALLOW],
            {"PermissionsBoundaryPolicyInputList": [ALLOW_PUT]},
            {
                "EvalDecision": "implicitDeny",
                "EvalResourceName": "*",
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
            },
            id="boundary-is-silent",
        ),
        pytest.param(
            [DENY],
            {"PermissionsBoundaryPolicyInputList": [DENY]},
            {
                "EvalDecision": "explicitDeny",
                "EvalResourceName": "*",
                "MatchedStatements": [
                    matched("PermissionsBoundaryPolicyInputList.1", "Permissions Boundary Policy", (1, 38), (1, 94)),
                    matched("PolicyInputList.1", "IAM Policy", (1, 38), (1, 94)),
                ],
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
            },
            id="both-deny",
        ),
        pytest.param(
            [ALLOW],
            levels([ALLOW_ALL], [ALLOW_ALL]),
            {
                "EvalDecision": "allowed",
                "EvalResourceName": "*",
                "MatchedStatements": [IN_FIRST],
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
            },
            id="organization-allows",
        ),
        pytest.param(
            [ALLOW],
            levels([ALLOW_ALL], [DENY]),
            {
                "EvalDecision": "explicitDeny",
                "EvalResourceName": "*",
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
            },
            id="organization-denies",
        ),
        pytest.param(
            [ALLOW],
            levels([ALLOW_ALL], [ALLOW_PUT]),
            {
                "EvalDecision": "implicitDeny",
                "EvalResourceName": "*",
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
            },
            id="organization-is-silent",
        ),
        pytest.param(
            [ALLOW],
            levels([DENY, ALLOW_ALL], [ALLOW_ALL]),
            {
                "EvalDecision": "explicitDeny",
                "EvalResourceName": "*",
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
            },
            id="policies-of-a-level-are-one",
        ),
        pytest.param(
            [ALLOW],
            {"ResourceArns": [A], "CallerArn": CALLER, "ResourcePolicy": GRANT, **levels([DENY])},
            {
                "EvalDecision": "explicitDeny",
                "EvalResourceName": A,
                "EvalDecisionDetails": {},
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
                "ResourceSpecificResults": [{"EvalResourceName": A, "EvalResourceDecision": "explicitDeny"}],
            },
            id="organization-denies-what-a-resource-allows",
        ),
        pytest.param(
            [],
            {"ResourceArns": [A], "CallerArn": CALLER, "ResourcePolicy": GRANT, "ResourceOwner": OWNER},
            {
                "EvalDecision": "implicitDeny",
                "EvalResourceName": A,
                "EvalDecisionDetails": {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"},
                "ResourceSpecificResults": [
                    {
                        "EvalResourceName": A,
                        "EvalResourceDecision": "implicitDeny",
                        "EvalDecisionDetails": {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"},
                    }
                ],
            },
            id="across-accounts-both-must-allow",
        ),
    ],
)
def test_an_answer(simulate: Simulate, policies: list[str], parameters: dict[str, Any], answer: dict[str, Any]) -> None:
    whole = {"EvalActionName": "s3:GetObject", "MatchedStatements": [], "MissingContextValues": [], **answer}
    assert simulate(policies, **parameters) == [whole]


@pytest.mark.parametrize(
    ("policies", "parameters", "decision"),
    [
        pytest.param([policy(statement(action="S3:get*"))], {"ActionNames": ["s3:GETobject"]}, "allowed", id="no-case"),
        pytest.param([ALLOW], {"ActionNames": ["s3:MadeUp"]}, "implicitDeny", id="unknown-action"),
        pytest.param([ALLOW], {"ActionNames": ["s3:*"]}, "implicitDeny", id="a-star-is-no-wildcard-here"),
        pytest.param([ALLOW, DENY], {}, "explicitDeny", id="deny-wins"),
        pytest.param([policy(statement(resource=A))], {}, "implicitDeny", id="one-is-not-all-resources"),
        pytest.param([ALLOW_ALL, policy(statement("Deny", resource=A))], {}, "allowed", id="nor-is-a-denial-of-one"),
        pytest.param([ALLOW_ALL], {"ResourceArns": ["*"]}, "allowed", id="star-given"),
        pytest.param(
            [], {"ResourceArns": [A], "CallerArn": CALLER, "ResourcePolicy": GRANT}, "allowed", id="resource-grants"
        ),
        pytest.param(
            [],
            {"ResourceArns": [A], "CallerArn": CALLER, "ResourcePolicy": GRANT_ACCOUNT},
            "allowed",
            id="resource-grants-account",
        ),
        pytest.param(
            [],
            {"ResourceArns": [A], "CallerArn": CALLER, "ResourcePolicy": GRANT_ANOTHER},
            "implicitDeny",
            id="resource-grants-another",
        ),
        pytest.param(
            [],
            {
                "ResourceArns": [A],
                "CallerArn": CALLER,
                "ResourcePolicy": GRANT,
                "PermissionsBoundaryPolicyInputList": [ALLOW_PUT],
            },
            "allowed",
            id="resource-grants-past-a-silent-boundary",
        ),
        pytest.param(
            [],
            {
                "ResourceArns": [A],
                "CallerArn": CALLER,
                "ResourcePolicy": GRANT,
                "PermissionsBoundaryPolicyInputList": [DENY],
            },
            "explicitDeny",
            id="but-not-past-its-denial",
        ),
        pytest.param(
            [ALLOW],
            {"ResourceArns": [A], "CallerArn": CALLER, "ResourcePolicy": GRANT, "ResourceOwner": OWNER},
            "allowed",
            id="across-accounts",
        ),
        pytest.param(
            [policy(statement(action="sts:AssumeRole"))],
            {
                "ActionNames": ["sts:AssumeRole"],
                "ResourceArns": ["arn:aws:iam::123456789012:role/R"],
                "CallerArn": CALLER,
                "ResourcePolicy": policy(
                    statement("Deny", "sts:AssumeRole", "arn:aws:iam::123456789012:role/R", Principal="*")
                ),
            },
            "allowed",
            id="trust-policies-are-not-simulated",
        ),
    ],
)
def test_a_decision(simulate: Simulate, policies: list[str], parameters: dict[str, Any], decision: str) -> None:
    assert [result["EvalDecision"] for result in simulate(policies, **parameters)] == [decision]


@pytest.mark.parametrize(
    ("text", "starts_and_ends"),
    [
        pytest.param(policy(statement(), indent=2), [((3, 17), (8, 6))], id="behind-the-bracket"),
        pytest.param(
            policy(statement(), statement()), [((1, 38), (1, 95)), ((1, 95), (1, 153))], id="behind-the-first"
        ),
        pytest.param(
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
            [((1, 38), (1, 83))],
            id="alone",
        ),
        pytest.param(
            ' \r\n{"Id":"[",\r\n"Statement":[\r\n' + json.dumps(statement()) + "\r\n]}",
            [((3, 14), (4, 63))],
            id="lines-end-as-on-windows",
        ),
        pytest.param(
            '{\r"Statement":[\r' + json.dumps(statement()) + "\r]}",
            [((2, 14), (3, 63))],
            id="lines-end-as-they-did-on-macs",
        ),
    ],
)
def test_where_statements_stand(
    simulate: Simulate, text: str, starts_and_ends: list[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    (result,) = simulate([text])
    assert result["MatchedStatements"] == [
        matched("PolicyInputList.1", "IAM Policy", *each) for each in starts_and_ends
    ]


@pytest.mark.parametrize(
    ("policies", "parameters", "missing"),
    [
        pytest.param([asking(**MISSING)], {}, ["stack:missing"], id="asked-for"),
        pytest.param([asking(**MISSING), ALLOW], {}, [], id="not-if-allowed"),
        pytest.param([asking(**MISSING), DENY], {}, [], id="not-if-denied"),
        pytest.param(
            [policy(statement(action="s3:PutObject", Condition=MISSING))],
            {},
            ["stack:missing"],
            id="for-another-action",
        ),
        pytest.param([asking(Null={"stack:missing": "false"})], {}, ["stack:missing"], id="null"),
        pytest.param([asking(Null={"stack:missing": "true"})], {}, [], id="absent-as-wanted"),
        pytest.param(
            [policy(statement(resource="arn:aws:s3:::b/${aws:username}"))], {}, ["aws:username"], id="resource-variable"
        ),
        pytest.param(
            [asking(StringEquals={"stack:present": "${stack:other}${*}"})],
            {"ContextEntries": [entry("STACK:present", "x")]},
            ["stack:other"],
            id="condition-variable",
        ),
        pytest.param(
            [policy(statement(Condition={"StringEquals": {"STACK:missing": "yes"}}), statement(Condition=MISSING))],
            {},
            ["STACK:missing", "stack:missing"],
            id="as-it-is-spelt",
        ),
        pytest.param(
            [ALLOW],
            {"PermissionsBoundaryPolicyInputList": [asking(**MISSING)]},
            ["stack:missing"],
            id="by-the-boundary",
        ),
        pytest.param([ALLOW], levels([asking(**MISSING)]), [], id="never-those-of-service-control-policies"),
        pytest.param([asking(StringEquals={"aws:userid": "x"})], {}, ["aws:userid"], id="filled-in-but-not-given"),
    ],
)
def test_keys_that_are_missing(
    simulate: Simulate, policies: list[str], parameters: dict[str, Any], missing: list[str]
) -> None:
    (result,) = simulate(policies, **parameters)
    assert result["MissingContextValues"] == missing


@pytest.mark.parametrize(
    ("condition", "parameters", "decision"),
    [
        pytest.param(
            {"StringEquals": {"aws:Key": "x"}}, {"ContextEntries": [entry("AWS:KEY", "x")]}, "allowed", id="given"
        ),
        pytest.param({"Null": {"stack:k": "false"}}, {"ContextEntries": [entry("stack:k", "")]}, "allowed", id="empty"),
        pytest.param(
            {"NumericLessThan": {"stack:k": "10"}},
            {"ContextEntries": [entry("stack:k", "9.5", kind="numeric")]},
            "allowed",
            id="numeric",
        ),
        pytest.param(
            {"Bool": {"stack:k": "true"}},
            {"ContextEntries": [entry("stack:k", "TRUE", kind="boolean")]},
            "allowed",
            id="boolean",
        ),
        pytest.param(
            {"IpAddress": {"stack:k": "203.0.113.0/24"}},
            {"ContextEntries": [entry("stack:k", "203.0.113.7", kind="ip")]},
            "allowed",
            id="ip",
        ),
        pytest.param(
            {"DateLessThan": {"stack:k": "2026-01-01T00:00:00Z"}},
            {"ContextEntries": [entry("stack:k", "2025-12-31T23:59:59Z", kind="date")]},
            "allowed",
            id="date",
        ),
        pytest.param(
            {"BinaryEquals": {"stack:k": "QmluYXJ5"}},
            {"ContextEntries": [entry("stack:k", "QmluYXJ5", kind="binary")]},
            "allowed",
            id="binary",
        ),
        pytest.param(
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
            {"ContextEntries": [entry("aws:TagKeys", "a", "b", kind="stringList")]},
            "allowed",
            id="list",
        ),
        pytest.param(
            {"StringEquals": {"aws:TagKeys": "a"}},
            {"ContextEntries": [entry("aws:TagKeys", "a", kind="stringList")]},
            "implicitDeny",
            id="list-without-a-set-operator",
        ),
        pytest.param(
            {"StringEquals": {"aws:PrincipalArn": CALLER, "aws:username": "caller", "aws:userid": CALLER}},
            {"CallerArn": CALLER},
            "allowed",
            id="of-the-caller",
        ),
        pytest.param(
            {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
            {"CallerArn": CALLER},
            "allowed",
            id="its-account",
        ),
        pytest.param(
            {"StringEquals": {"aws:username": "other"}},
            {"CallerArn": CALLER, "ContextEntries": [entry("aws:username", "other")]},
            "allowed",
            id="given-over-filled-in",
        ),
        pytest.param({"Null": {"aws:username": "true"}}, {}, "allowed", id="no-caller-no-name"),
        pytest.param(
            {"StringEquals": {"aws:userid": "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"}},
            {},
            "allowed",
            id="no-caller-a-stub",
        ),
        pytest.param({"Null": {"aws:PrincipalOrgID": "true"}}, {}, "allowed", id="outside-of-any-organization"),
    ],
)
def test_the_context(simulate: Simulate, condition: dict[str, Any], parameters: dict[str, Any], decision: str) -> None:
    (result,) = simulate([policy(statement(Condition=condition))], **parameters)
    assert result["EvalDecision"] == decision


def test_the_organization_of_who_asks_is_filled_in(world: Any) -> None:
    management = world.organization()
    organization = world.client("organizations", management).describe_organization()["Organization"]
    condition = {
        "StringEquals": {"aws:PrincipalOrgID": organization["Id"], "aws:PrincipalOrgMasterAccountId": management},
        "StringLike": {"aws:PrincipalOrgPaths": f"{organization['Id']}/r-*"},
    }
    answer = world.client("iam", world.member(management)).simulate_custom_policy(
        PolicyInputList=[policy(statement(Condition=condition))], ActionNames=["s3:GetObject"]
    )
    assert answer["EvaluationResults"][0]["EvalDecision"] == "allowed"


INSTANCE = "arn:aws:ec2:us-east-1:123456789012:"


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        pytest.param(
            {"PolicyInputList": ["{"]}, "InvalidInput", "Policy input list item 1 has invalid content", id="json"
        ),
        pytest.param(
            {"PolicyInputList": [ALLOW, '{"Version":"2099-01-01","Statement":[]}']},
            "InvalidInput",
            "Policy input list item 2 has invalid content",
            id="version",
        ),
        pytest.param(
            {"PolicyInputList": [GRANT]}, "InvalidInput", "Policy input list item 1 has invalid content", id="principal"
        ),
        pytest.param(
            {"PolicyInputList": ['{"Statement":{"Effect":"Allow","Action":"*"}}']},
            "InvalidInput",
            "Policy input list item 1 has invalid content",
            id="no-resource",
        ),
        pytest.param(
            {"PermissionsBoundaryPolicyInputList": [ALLOW, ALLOW]},
            "InvalidInput",
            "The list of Permissions Boundary policies cannot exceed 1 items.",
            id="two-boundaries",
        ),
        pytest.param(
            {"PermissionsBoundaryPolicyInputList": ["[]"]},
            "InvalidInput",
            "Permissions boundary policy input list item 1 has invalid content",
            id="boundary",
        ),
        pytest.param(
            levels([ALLOW_ALL], []),
            "InvalidInput",
            "Organization policy at index 2 must contain at least one service control policy",
            id="level-without-policy",
        ),
        pytest.param(
            levels([ALLOW_ALL, GRANT]),
            "InvalidInput",
            "Organization policy at index 1: service control policy input list item 2 has invalid content",
            id="principal-in-a-service-control-policy",
        ),
        pytest.param(
            levels(*[[ALLOW_ALL]] * 8), "ValidationError", "Member must have length less than or equal to 7", id="depth"
        ),
        pytest.param(
            {"PolicyInputList": [ALLOW + " " * 131072]},
            "ValidationError",
            "Member must have length less than or equal to 131072",
            id="length",
        ),
        pytest.param(
            {"ActionNames": ["GetObject"]},
            "InvalidInput",
            "The action is invalid since it is missing names",
            id="action",
        ),
        pytest.param(
            {"ResourceArns": ["arn:aws:s3"]},
            "InvalidInput",
            "ResourceNames are not in a valid ARN format: arn:aws:s3.",
            id="resource",
        ),
        pytest.param(
            {"ResourceArns": [A], "ResourcePolicy": GRANT},
            "InvalidInput",
            "Invalid caller - Caller cannot be null or empty.",
            id="resource-policy-without-caller",
        ),
        pytest.param(
            {"CallerArn": CALLER, "ResourcePolicy": GRANT},
            "InvalidInput",
            "Invalid Entity Arn: * does not clearly define entity type and name.",
            id="resource-policy-of-all-resources",
        ),
        pytest.param(
            {"ResourceArns": [A], "CallerArn": CALLER, "ResourcePolicy": policy(statement(Principal="*"))},
            "InvalidInput",
            "ResourceNames are not in a valid ARN format: *.",
            id="resource-policy-about-all-resources",
        ),
        pytest.param(
            {"ResourceArns": [A], "CallerArn": CALLER, "ResourcePolicy": ALLOW},
            "InvalidInput",
            "Resource policy has invalid content",
            id="resource-policy-without-principal",
        ),
        pytest.param(
            {"CallerArn": "arn:aws:iam::123456789012:root"},
            "InvalidInput",
            "Invalid caller - Caller must be an IAM user, role or group in this context.",
            id="root-is-no-caller",
        ),
        pytest.param(
            {"CallerArn": "arn:aws:sts::123456789012:assumed-role/R/session"},
            "InvalidInput",
            "Invalid caller - Caller must be an IAM user, role or group in this context.",
            id="session-is-no-caller",
        ),
        pytest.param(
            {"ResourceOwner": "123456789012"},
            "InvalidInput",
            "'123456789012' is not a valid as a Resource Owner.",
            id="owner",
        ),
        pytest.param(
            {"ContextEntries": [entry("stack:k", "a"), entry("STACK:K", "b")]},
            "InvalidInput",
            "Duplicate context key: STACK:K.",
            id="key-twice",
        ),
        pytest.param(
            {"ContextEntries": [entry("stack:k", "a", "b")]},
            "InvalidInput",
            "Context key string expected a single value, but received 2.",
            id="two-values-of-a-scalar",
        ),
        pytest.param(
            {"ContextEntries": [entry("stack:k", "NaN", kind="numeric")]},
            "InvalidInput",
            "Invalid context value for key stack:k: expected numeric format.",
            id="no-number",
        ),
        pytest.param(
            {"ContextEntries": [entry("stack:k", "2026-01-01", "tomorrow", kind="dateList")]},
            "InvalidInput",
            "Invalid context value for key stack:k: expected DateTime format.",
            id="no-date",
        ),
        pytest.param(
            {"ContextEntries": [entry("stack:k", "999.0.0.1", kind="ip")]},
            "InvalidInput",
            "Invalid context value for key stack:k: expected IP address.",
            id="no-address",
        ),
        pytest.param(
            {"ContextEntries": [entry("stack:k", "!base64", kind="binary")]},
            "InvalidInput",
            "Invalid context value for key stack:k: expected base-64 encoded binary format.",
            id="no-base-64",
        ),
        pytest.param(
            {"ContextEntries": [entry("stack:k", "a", kind="unknown")]},
            "ValidationError",
            "Member must satisfy enum value set",
            id="no-type",
        ),
        pytest.param({"Marker": "simulation:1"}, "InvalidInput", "Invalid marker for pagination.", id="marker"),
        pytest.param(
            {"MaxItems": 1001}, "ValidationError", "Member must have value less than or equal to 1000", id="items"
        ),
        pytest.param(
            {"ResourceArns": [A], "ResourceHandlingOption": "fictional"},
            "InvalidInput",
            "Invalid ResourceHandlingOption: fictional.",
            id="handling",
        ),
        pytest.param(
            {
                "ResourceArns": [f"{INSTANCE}{kind}/x" for kind in ("instance", "image", "security-group", "subnet")],
                "ResourceHandlingOption": "EC2-VPC-EBS-Subnet",
            },
            "InvalidInput",
            "ResourceHandlingOption EC2-VPC-EBS-Subnet requires resources of type: network-interface, volume.",
            id="handling-lacks-resources",
        ),
    ],
)
def test_refusals(client: Any, refusal: Refused, parameters: dict[str, Any], code: str, message: str) -> None:
    asked = {"PolicyInputList": [ALLOW], "ActionNames": ["s3:GetObject"], **parameters}
    got_code, got_message, status = refusal(lambda: client.simulate_custom_policy(**asked))
    assert (got_code, status) == (code, 400)
    assert got_message.endswith(message) if code == "InvalidInput" else message in got_message


def test_all_resources_of_an_instance(simulate: Simulate) -> None:
    kinds = ("instance", "image", "security-group", "network-interface")
    resources = [f"{INSTANCE}{kind}/x" for kind in kinds]
    (result,) = simulate(
        [policy(statement(action="ec2:RunInstances"), statement("Deny", "ec2:RunInstances", resources[3]))],
        ActionNames=["ec2:RunInstances"],
        ResourceArns=resources,
        ResourceHandlingOption="EC2-VPC-InstanceStore",
    )
    assert result["EvalDecision"] == "explicitDeny"
    decisions = [each["EvalResourceDecision"] for each in result["ResourceSpecificResults"]]
    assert decisions == ["allowed", "allowed", "allowed", "explicitDeny"]


def test_what_is_not_judged_here_is_loud(client: Any, refusal: Refused) -> None:
    document = policy(statement(resource=ANY_OBJECT, NotPrincipal={"AWS": CALLER}))
    code, message, _ = refusal(
        lambda: client.simulate_custom_policy(
            PolicyInputList=[],
            ActionNames=["s3:GetObject"],
            ResourceArns=[A],
            CallerArn=CALLER,
            ResourcePolicy=document,
        )
    )
    assert (code, "NotPrincipal" in message) == ("SandboxNotImplemented", True)


class TestPages:
    def test_they_are_of_actions(self, client: Any) -> None:
        pages = client.get_paginator("simulate_custom_policy").paginate(
            PolicyInputList=[ALLOW_ALL], ActionNames=SEVERAL, ResourceArns=[A, B], PaginationConfig={"PageSize": 2}
        )
        assert [[each["EvalActionName"] for each in page["EvaluationResults"]] for page in pages] == [
            SEVERAL[:2],
            SEVERAL[2:],
        ]

    def test_a_hundred_are_a_page(self, client: Any) -> None:
        actions = [f"s3:Action{number}" for number in range(101)]
        first = client.simulate_custom_policy(PolicyInputList=[], ActionNames=actions)
        assert (len(first["EvaluationResults"]), first["IsTruncated"]) == (100, True)

    @pytest.mark.parametrize(
        ("change", "actions"),
        [
            pytest.param({"PolicyInputList": [DENY]}, SEVERAL[1:2], id="other-policies"),
            pytest.param({"ActionNames": ["s3:DeleteObject"]}, [], id="fewer-actions"),
            pytest.param({"MaxItems": 2}, SEVERAL[1:], id="larger-pages"),
        ],
    )
    def test_a_marker_is_a_position(self, client: Any, change: dict[str, Any], actions: list[str]) -> None:
        asked = {"PolicyInputList": [ALLOW_ALL], "ActionNames": SEVERAL, "MaxItems": 1}
        marker = client.simulate_custom_policy(**asked)["Marker"]
        answer = client.simulate_custom_policy(**{**asked, **change, "Marker": marker})
        assert [each["EvalActionName"] for each in answer["EvaluationResults"]] == actions


def test_a_role_needs_the_permission(world: Any, refusal: Refused) -> None:
    account_id = world.standalone_account()
    role = world.role(
        account_id, permissions=({"Effect": "Allow", "Action": "iam:SimulateCustomPolicy", "Resource": "*"},)
    )
    iam = world.client("iam", world.assume(account_id, role))
    asked = {"PolicyInputList": [ALLOW], "ActionNames": ["s3:GetObject"]}
    assert iam.simulate_custom_policy(**asked)["EvaluationResults"][0]["EvalDecision"] == "allowed"
    world.permit(role)
    assert refusal(lambda: iam.simulate_custom_policy(**asked))[0] == "AccessDenied"
