"""Alternate contacts: the account's own, and those of the members of an organization."""

from collections.abc import Callable
from typing import Any

import pytest

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]

PRINCIPAL = "account.amazonaws.com"
CONTACT = {
    "AlternateContactType": "SECURITY",
    "Name": "Security team",
    "Title": "CSIRT",
    "EmailAddress": "security@anycompany.com",
    "PhoneNumber": "+1(206)555-0123",
}
NO_CONTACT = ("ResourceNotFoundException", "No contact of the inputted alternate contact type found.", 404)


def denied(account_id: str, action: str, reason: str = "") -> tuple[str, str, int]:
    user = f"arn:aws:iam::{account_id}:user/operator"
    return "AccessDeniedException", f"User: {user} is not authorized to perform: account:{action}{reason}", 403


def test_a_contact_is_set_changed_and_deleted(world: Any, refusal: Refused) -> None:
    account = world.client("account", world.standalone_account())
    assert refusal(lambda: account.get_alternate_contact(AlternateContactType="SECURITY")) == NO_CONTACT
    account.put_alternate_contact(**CONTACT)
    assert account.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"] == CONTACT
    changed = {**CONTACT, "Name": "Another team"}
    account.put_alternate_contact(**changed)
    assert account.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"] == changed
    assert refusal(lambda: account.get_alternate_contact(AlternateContactType="BILLING")) == NO_CONTACT
    account.delete_alternate_contact(AlternateContactType="SECURITY")
    assert refusal(lambda: account.delete_alternate_contact(AlternateContactType="SECURITY")) == NO_CONTACT


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"Name": "   "}, id="name of blanks"),
        pytest.param({"PhoneNumber": "---"}, id="phone number of dashes"),
        pytest.param({"EmailAddress": " a@b..c "}, id="domain with an empty label, blanks around"),
        pytest.param({"EmailAddress": f"{'a' * 246}@b.test"}, id="longest address"),
        pytest.param({"Name": "n" * 64, "Title": "t" * 50, "PhoneNumber": "1" * 25}, id="longest values"),
    ],
)
def test_what_aws_takes(world: Any, changes: dict[str, str]) -> None:
    account = world.client("account", world.standalone_account())
    account.put_alternate_contact(**{**CONTACT, **changes})
    kept = account.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]
    assert kept == {**CONTACT, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"AlternateContactType": "PRIVACY"}, id="unknown type"),
        pytest.param({"Name": "n" * 65}, id="long name"),
        pytest.param({"Title": "t" * 51}, id="long title"),
        pytest.param({"PhoneNumber": "none"}, id="letters in the phone number"),
        pytest.param({"PhoneNumber": "1" * 26}, id="long phone number"),
        pytest.param({"EmailAddress": "security.anycompany.com"}, id="no address"),
        pytest.param({"EmailAddress": "security@localhost"}, id="domain of one label"),
        pytest.param({"EmailAddress": f"{'a' * 249}@b.test"}, id="long address"),
    ],
)
def test_what_aws_refuses(world: Any, refusal: Refused, changes: dict[str, str]) -> None:
    account = world.client("account", world.standalone_account())
    code, message, status = refusal(lambda: account.put_alternate_contact(**{**CONTACT, **changes}))
    assert (code, status) == ("ValidationException", 400)
    assert "failed to satisfy constraint" in message


class TestOrganization:
    def test_the_management_account_sets_its_members_contacts(self, world: Any, refusal: Refused) -> None:
        management = world.organization()
        member, other = world.member(management), world.member(management)
        account = world.client("account", management)
        contact = {"AlternateContactType": "SECURITY"}
        untrusted = refusal(lambda: account.get_alternate_contact(AccountId=member, **contact))
        assert untrusted == denied(management, "GetAlternateContact")
        world.client("organizations", management).enable_aws_service_access(ServicePrincipal=PRINCIPAL)
        account.put_alternate_contact(AccountId=member, **CONTACT)
        assert account.get_alternate_contact(AccountId=member, **contact)["AlternateContact"] == CONTACT
        assert world.client("account", member).get_alternate_contact(**contact)["AlternateContact"] == CONTACT
        assert refusal(lambda: account.get_alternate_contact(**contact)) == NO_CONTACT
        assert refusal(lambda: account.get_alternate_contact(AccountId=other, **contact)) == NO_CONTACT
        account.delete_alternate_contact(AccountId=member, **contact)
        assert refusal(lambda: world.client("account", member).get_alternate_contact(**contact)) == NO_CONTACT

    def test_who_may_name_which_account(self, world: Any, refusal: Refused) -> None:
        management = world.organization()
        member, delegate = world.member(management), world.member(management)
        organizations = world.client("organizations", management)
        organizations.enable_aws_service_access(ServicePrincipal=PRINCIPAL)

        def answer(caller: str, named: str) -> tuple[str, str, int]:
            account = world.client("account", caller)
            return refusal(lambda: account.get_alternate_contact(AlternateContactType="SECURITY", AccountId=named))

        standalone, stranger = world.standalone_account(), world.member(world.organization())
        reason = (
            " (The management account can only be managed using the standalone context from the management account.)"
        )
        action = "GetAlternateContact"
        assert answer(management, management) == denied(management, action, reason)
        assert answer(member, member) == denied(member, action)
        assert answer(delegate, member) == denied(delegate, action)
        assert answer(management, stranger) == denied(management, action)
        assert answer(management, standalone) == denied(management, action)
        assert answer(standalone, standalone) == denied(standalone, action)
        organizations.register_delegated_administrator(AccountId=delegate, ServicePrincipal=PRINCIPAL)
        assert answer(delegate, member) == NO_CONTACT
        assert answer(delegate, delegate) == NO_CONTACT
        assert answer(delegate, management) == denied(delegate, action, reason)

    def test_it_takes_all_features(self, world: Any, refusal: Refused) -> None:
        management = world.organization("CONSOLIDATED_BILLING")
        member = world.member(management)
        account = world.client("account", management)
        refused = refusal(lambda: account.put_alternate_contact(AccountId=member, **CONTACT))
        assert refused == denied(management, "PutAlternateContact")


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        pytest.param("arn:aws:account::{account}:account", True, id="its own account"),
        pytest.param("*", True, id="every resource"),
        pytest.param("arn:aws:account::{account}:account/o-1234567890/*", False, id="members only"),
    ],
)
def test_what_a_role_may_ask_of_its_own_account(world: Any, refusal: Refused, resource: str, *, allowed: bool) -> None:
    account_id = world.standalone_account()
    statement = {"Effect": "Allow", "Action": "account:GetAlternateContact", "Resource": resource}
    role = world.role(account_id, permissions=({**statement, "Resource": resource.format(account=account_id)},))
    account = world.client("account", world.assume(account_id, role))
    code, _, status = refusal(lambda: account.get_alternate_contact(AlternateContactType="SECURITY"))
    assert (code, status) == (("ResourceNotFoundException", 404) if allowed else ("AccessDeniedException", 403))


@pytest.mark.parametrize(
    ("region", "code"),
    [
        pytest.param("eu-west-1", "ResourceNotFoundException", id="any Region of aws"),
        pytest.param("cn-north-1", "ResourceNotFoundException", id="China"),
        pytest.param("us-gov-west-1", "SandboxNotImplemented", id="GovCloud has no such service"),
    ],
)
def test_where_it_is_offered(world: Any, refusal: Refused, region: str, code: str) -> None:
    account = world.client("account", world.standalone_account(), region)
    assert refusal(lambda: account.get_alternate_contact(AlternateContactType="SECURITY"))[0] == code
