"""The organization of an account: as Organizations answers, and answers that do not tell."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.kit.conftest import Script

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.organization import Organization, read_organization

MANAGEMENT = "444455556666"
WHOLE = {"Id": "o-exampleorgid", "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}

type Hearing = Callable[[Script], Account]


def answering(organization: Mapping[str, Any]) -> Script:
    return {"DescribeOrganization": json.dumps({"Organization": organization})}


@pytest.mark.parametrize(("feature_set", "all_features"), [("ALL", True), ("CONSOLIDATED_BILLING", False)])
def test_a_member_learns_who_manages_its_organization(
    account_hearing: Hearing, feature_set: str, *, all_features: bool
) -> None:
    account = account_hearing(answering({**WHOLE, "FeatureSet": feature_set}))
    organization = read_organization(account)
    assert organization == Organization("o-exampleorgid", MANAGEMENT, all_features)
    assert organization.is_management(MANAGEMENT)
    assert not organization.is_management(account.id)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param("AWSOrganizationsNotInUseException", None, id="in no organization"),
        pytest.param("AccessDeniedException", "grant organizations:DescribeOrganization", id="denied"),
        pytest.param("TooManyRequestsException", "throttled every attempt", id="throttled"),
        pytest.param("ServiceException", "ServiceException: no", id="failed"),
    ],
)
def test_what_a_refusal_says(account_hearing: Hearing, code: str, message: str | None) -> None:
    account = account_hearing({"DescribeOrganization": (400, json.dumps({"__type": code, "message": "no"}))})
    if message is None:
        assert read_organization(account) is None
        return
    with pytest.raises(EvidenceUnavailable, match=message):
        read_organization(account)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"Id": None}, "the answer has no Id", id="no id"),
        pytest.param({"MasterAccountId": None}, "the answer has no MasterAccountId", id="no management account"),
        pytest.param({"MasterAccountId": ""}, "MasterAccountId is no account id: ''", id="empty management account"),
        pytest.param({"MasterAccountId": "44445555666"}, "MasterAccountId is no account id", id="eleven digits"),
        pytest.param({"FeatureSet": None}, "the answer has no FeatureSet", id="no feature set"),
        pytest.param({"FeatureSet": "SOME"}, "FeatureSet is neither ALL nor", id="unknown feature set"),
    ],
)
def test_an_answer_that_does_not_tell(
    account_hearing: Hearing, changes: Mapping[str, str | None], problem: str
) -> None:
    members = {name: value for name, value in {**WHOLE, **changes}.items() if value is not None}
    with pytest.raises(EvidenceUnavailable, match=problem):
        read_organization(account_hearing(answering(members)))


def test_the_sandbox_answers_as_it_is_read(account: Account) -> None:
    assert read_organization(account) is None
