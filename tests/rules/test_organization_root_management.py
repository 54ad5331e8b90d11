"""organization-root-management: the features, IAM's refusals, and who is asked."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from organization_root_management import RULE, Evidence, decide
from tests.aws_commands import run_command

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.organization import Organization
from rootguard.sandbox import dispatch

MANAGEMENT, MEMBER = "111122223333", "444455556666"
ORGANIZATION = Organization("o-exampleorgid", MANAGEMENT, all_features=True)
BOTH = frozenset({"RootCredentialsManagement", "RootSessions"})
IAM = "iam.amazonaws.com"
ELSEWHERE = f"a member account; central root access is judged in {MANAGEMENT} that manages it"
NO_TRUSTED_ACCESS = "central root access is not enabled: iam.amazonaws.com has no trusted access to the organization"
NOT_ALL_FEATURES = (
    "central root access cannot be enabled: the organization has consolidated billing only, not all features"
)


def found(features: frozenset[str] | EvidenceUnavailable, account_id: str = MANAGEMENT) -> Evidence:
    return Evidence(account_id, ORGANIZATION, features)


def refused(code: str) -> EvidenceUnavailable:
    return EvidenceUnavailable("iam:ListOrganizationsFeatures", MANAGEMENT, "us-east-1", f"{code}: no", code)


TABLE = [
    pytest.param(
        found(BOTH),
        "COMPLIANT",
        "central root access is enabled: root credentials management and root sessions",
        id="both features",
    ),
    pytest.param(
        found(BOTH | {"SomethingNew"}),
        "COMPLIANT",
        "central root access is enabled: root credentials management and root sessions",
        id="both, and one that came later",
    ),
    pytest.param(
        found(BOTH, MEMBER),
        "COMPLIANT",
        "central root access is enabled: root credentials management and root sessions",
        id="both, in the delegated administrator",
    ),
    pytest.param(
        found(frozenset({"RootCredentialsManagement"})),
        "NON_COMPLIANT",
        "central root access is not complete: root sessions not enabled",
        id="no root sessions (Prowler: PASS)",
    ),
    pytest.param(
        found(frozenset({"RootSessions"})),
        "NON_COMPLIANT",
        "central root access is not complete: root credentials management not enabled",
        id="root sessions alone",
    ),
    pytest.param(
        found(frozenset()),
        "NON_COMPLIANT",
        "central root access is not complete: root credentials management and root sessions not enabled",
        id="neither",
    ),
    pytest.param(
        found(frozenset(), MEMBER),
        "NON_COMPLIANT",
        "central root access is not complete: root credentials management and root sessions not enabled",
        id="neither, in the delegated administrator",
    ),
    pytest.param(
        found(refused("ServiceAccessNotEnabledException")), "NON_COMPLIANT", NO_TRUSTED_ACCESS, id="no trusted access"
    ),
    pytest.param(
        found(refused("ServiceAccessNotEnabled")),
        "NON_COMPLIANT",
        NO_TRUSTED_ACCESS,
        id="no trusted access, as the API reference names it",
    ),
    pytest.param(
        found(refused("OrganizationNotInAllFeaturesModeException")),
        "NON_COMPLIANT",
        NOT_ALL_FEATURES,
        id="consolidated billing only",
    ),
    pytest.param(
        found(refused("AccountNotManagementOrDelegatedAdministratorException"), MEMBER),
        "NOT_APPLICABLE",
        ELSEWHERE,
        id="a member",
    ),
    pytest.param(
        found(refused("ServiceAccessNotEnabledException"), MEMBER),
        "NOT_APPLICABLE",
        ELSEWHERE,
        id="a member where IAM looks at trusted access first",
    ),
    pytest.param(
        found(refused("OrganizationNotInAllFeaturesModeException"), MEMBER),
        "NOT_APPLICABLE",
        ELSEWHERE,
        id="a member of an organization with consolidated billing only",
    ),
    pytest.param(
        Evidence(MEMBER, None),
        "NOT_APPLICABLE",
        "the account is in no organization, so there is nothing to manage centrally",
        id="an account in no organization (Prowler: FAIL)",
    ),
]


@pytest.mark.parametrize(("evidence", "compliance", "reason"), TABLE)
def test_decide(evidence: Evidence, compliance: str, reason: str) -> None:
    verdict = decide(evidence, {})
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_the_table_gives_every_outcome() -> None:
    given: list[Any] = [case.values[0] for case in TABLE]
    assert {decide(evidence, {}).outcome for evidence in given} == set(RULE.outcomes)


@pytest.mark.parametrize(
    ("account_id", "code"),
    [
        pytest.param(MANAGEMENT, "AccessDenied", id="denied (Prowler: not enabled)"),
        pytest.param(MEMBER, "AccessDenied", id="denied in a member, which may be the delegated administrator"),
        pytest.param(MANAGEMENT, "Throttling", id="throttled (Prowler: not enabled)"),
        pytest.param(MANAGEMENT, "", id="an answer that cannot be parsed (Prowler: not enabled)"),
        pytest.param(
            MANAGEMENT, "OrganizationNotFoundException", id="no organization, says IAM, against Organizations"
        ),
        pytest.param(
            MANAGEMENT,
            "AccountNotManagementOrDelegatedAdministratorException",
            id="not the management account, says IAM, against Organizations",
        ),
    ],
)
def test_what_says_nothing_is_an_error(account_id: str, code: str) -> None:
    error = refused(code)
    with pytest.raises(EvidenceUnavailable) as raised:
        decide(found(error, account_id), {})
    assert raised.value is error


@pytest.fixture
def reason_of(account_of: Callable[[str], Account]) -> Callable[[str], str]:
    return lambda account_id: evaluate(RULE, account_of(account_id), {}, date(2027, 1, 1)).reason


def test_an_organization_on_its_way(client_of: Callable[..., Any], reason_of: Callable[[str], str]) -> None:
    organizations, iam = client_of(MANAGEMENT, "organizations"), client_of(MANAGEMENT, "iam")
    assert reason_of(MANAGEMENT) == "the account is in no organization, so there is nothing to manage centrally"
    organizations.create_organization(FeatureSet="ALL")
    assert reason_of(MANAGEMENT) == NO_TRUSTED_ACCESS
    organizations.enable_aws_service_access(ServicePrincipal=IAM)
    assert reason_of(MANAGEMENT).endswith("root credentials management and root sessions not enabled")
    iam.enable_organizations_root_sessions()
    assert reason_of(MANAGEMENT).endswith("complete: root credentials management not enabled")
    created = organizations.create_account(AccountName="member", Email="member@example.com")
    member = created["CreateAccountStatus"]["AccountId"]
    assert reason_of(member) == ELSEWHERE
    organizations.register_delegated_administrator(AccountId=member, ServicePrincipal=IAM)
    assert reason_of(member).endswith("complete: root credentials management not enabled")


def test_an_organization_with_consolidated_billing_only(
    client_of: Callable[..., Any], reason_of: Callable[[str], str]
) -> None:
    client_of(MANAGEMENT, "organizations").create_organization(FeatureSet="CONSOLIDATED_BILLING")
    assert reason_of(MANAGEMENT) == NOT_ALL_FEATURES


def test_the_remediation_enables_it(client_of: Callable[..., Any], reason_of: Callable[[str], str]) -> None:
    client_of(MANAGEMENT, "organizations").create_organization(FeatureSet="ALL")
    for command in RULE.remediation.commands:
        run_command(command, lambda service: client_of(MANAGEMENT, service), {})
    assert reason_of(MANAGEMENT) == "central root access is enabled: root credentials management and root sessions"


@pytest.mark.parametrize("action", RULE.actions)
def test_a_denied_call_is_an_error(
    account_of: Callable[[str], Account], client_of: Callable[..., Any], action: str
) -> None:
    client_of(MANAGEMENT, "organizations").create_organization(FeatureSet="ALL")
    account = account_of(MANAGEMENT)
    with dispatch.failing(action, "AccessDenied"), pytest.raises(EvidenceUnavailable) as raised:
        evaluate(RULE, account, {}, date(2027, 1, 1))
    assert str(raised.value).startswith(f"{action} in account {MANAGEMENT} (us-east-1): AccessDenied")
    assert str(raised.value).endswith(f"-> grant {action} to the role that evaluates the rule")
