"""root-security-contact: what AWS takes as a contact, and what of it is of use."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from root_security_contact import RULE, decide
from tests.aws_commands import run_command

from rootguard.kit.account import Account, Answer
from rootguard.kit.contact_faults import CONTACT_FAULTS
from rootguard.kit.errors import EvidenceUnavailable, InvalidParameters
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.alternate_contact import AlternateContact
from rootguard.sandbox import dispatch

ACCOUNT = "111122223333"
GOOD = {"Name": "Security team", "EmailAddress": "security@anycompany.com", "PhoneNumber": "+1(206)555-0123"}
FINE = "a security contact with name, e-mail address (on anycompany.com) and phone number is set"
WRONG = "the security contact is of no use: "


def contact(members: Mapping[str, object]) -> AlternateContact:
    return AlternateContact(Answer(members, "account:GetAlternateContact", ACCOUNT, "us-east-1"))


def changed(**changes: str) -> AlternateContact:
    return contact({**GOOD, **changes})


def address(value: str) -> AlternateContact:
    return changed(EmailAddress=value)


ANY: dict[str, str] = {"AllowedEmailDomains": ""}
LISTED = {"AllowedEmailDomains": "AnyCompany.com , anycompany.co.uk"}


TABLE = [
    pytest.param(None, ANY, "NON_COMPLIANT", "no security contact is set", id="no contact (managed rule, Account.1)"),
    pytest.param(changed(), ANY, "COMPLIANT", FINE, id="a contact (managed rule, Account.1)"),
    pytest.param(
        contact({f"{name}": f"  {value} " for name, value in GOOD.items()}), ANY, "COMPLIANT", FINE, id="blanks around"
    ),
    pytest.param(
        changed(Name="\t "), ANY, "NON_COMPLIANT", f"{WRONG}its name is blank", id="name of blanks (Steampipe: ok)"
    ),
    *(
        pytest.param(
            changed(Name=name),
            ANY,
            "NON_COMPLIANT",
            f"{WRONG}its name is a placeholder",
            id=f"name {name} (managed rule: COMPLIANT)",
        )
        for name in ("-", "n/a", "N/A", "None", "TBD", "change me", "?", "00")
    ),
    *(
        pytest.param(changed(Name=name), ANY, "COMPLIANT", FINE, id=f"name {name}")
        for name in ("Na", "O", "Testa", "安全团队", "R2-D2", "Unknown Worlds Security")
    ),
    *(
        pytest.param(
            address(f"security@{domain.upper()}"),
            ANY,
            "NON_COMPLIANT",
            f"{WRONG}its e-mail address is on the reserved domain {domain}",
            id=f"reserved: {domain} (managed rule: COMPLIANT)",
        )
        for domain in (
            "example.com",
            "example.net",
            "example.org",
            "mail.example.com",
            "corp.example",
            "anycompany.test",
            "anycompany.invalid",
            "mail.localhost",
            "mail.local",
            "mail.internal",
        )
    ),
    *(
        pytest.param(
            address(f"security@{domain}"),
            ANY,
            "COMPLIANT",
            FINE.replace("anycompany.com", domain),
            id=f"not reserved: {domain}",
        )
        for domain in ("myexample.com", "example.com.anycompany.com", "example.de", "test.de", "anycompany.contest")
    ),
    *(
        pytest.param(
            address(f"security@{domain}"),
            ANY,
            "NON_COMPLIANT",
            f"{WRONG}its e-mail address has no valid domain",
            id=f"no domain: {domain or 'none'}",
        )
        for domain in ("anycompany..com", ".com", "-.com", "any_company.com", "10.0.0.1", "anycompany", "")
    ),
    pytest.param(changed(), LISTED, "COMPLIANT", FINE, id="a listed domain, in other letters than the list has"),
    pytest.param(
        address("security@anycompany.co.uk"),
        LISTED,
        "COMPLIANT",
        FINE.replace("anycompany.com", "anycompany.co.uk"),
        id="the second listed domain",
    ),
    *(
        pytest.param(
            address(f"security@{domain}"),
            LISTED,
            "NON_COMPLIANT",
            f"{WRONG}its e-mail address is on {domain}, which AllowedEmailDomains does not list",
            id=f"not listed: {domain}",
        )
        for domain in ("gmail.com", "mail.anycompany.com", "notanycompany.com", "anycompany.com.evil.de")
    ),
    pytest.param(
        address("security@example.com"),
        {"AllowedEmailDomains": "example.com"},
        "NON_COMPLIANT",
        f"{WRONG}its e-mail address is on the reserved domain example.com",
        id="a reserved domain stays one when listed",
    ),
    *(
        pytest.param(
            changed(PhoneNumber=number),
            ANY,
            "NON_COMPLIANT",
            f"{WRONG}its phone number {fault}",
            id=f"phone number {number!r} (managed rule: COMPLIANT)",
        )
        for number, fault in (
            ("  ", "has no digits"),
            ("---", "has no digits"),
            ("+()", "has no digits"),
            ("110", "has fewer than seven digits"),
            ("+1 (206) 55", "has fewer than seven digits"),
            ("+0000000000", "is one digit repeated"),
            ("111-111-1111", "is one digit repeated"),
        )
    ),
    pytest.param(changed(PhoneNumber="+290 2000"), ANY, "COMPLIANT", FINE, id="the shortest phone number"),
    pytest.param(
        contact({"Name": " ", "EmailAddress": "a@example.org", "PhoneNumber": "0"}),
        LISTED,
        "NON_COMPLIANT",
        f"{WRONG}its name is blank; its e-mail address is on the reserved domain example.org; "
        "its phone number has fewer than seven digits",
        id="everything wrong",
    ),
    pytest.param(
        contact({"Name": "n/a"}), ANY, "NON_COMPLIANT", f"{WRONG}its name is a placeholder", id="the rest is missing"
    ),
    pytest.param(
        contact({"EmailAddress": "a@example.org"}),
        ANY,
        "NON_COMPLIANT",
        f"{WRONG}its e-mail address is on the reserved domain example.org",
        id="name and phone number are missing",
    ),
]


@pytest.mark.parametrize(("found", "parameters", "compliance", "reason"), TABLE)
def test_decide(found: AlternateContact | None, parameters: Mapping[str, str], compliance: str, reason: str) -> None:
    verdict = decide(found, parameters)
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_the_table_gives_every_outcome_and_every_fault() -> None:
    table: list[Any] = [case.values for case in TABLE]
    verdicts = [decide(found, parameters) for found, parameters, _, _ in table]
    assert {verdict.outcome for verdict in verdicts} == set(RULE.outcomes)
    said = " ".join(verdict.reason for verdict in verdicts)
    assert [fault for fault in CONTACT_FAULTS if fault.partition("{")[0] not in said] == []


@pytest.mark.parametrize("missing", GOOD)
def test_a_contact_without_fault_takes_all_three(missing: str) -> None:
    with pytest.raises(EvidenceUnavailable, match=f"the answer has no {missing}"):
        decide(contact({name: value for name, value in GOOD.items() if name != missing}), ANY)


@given(st.fixed_dictionaries({name: st.text(max_size=300) for name in GOOD}))
def test_a_reason_fits_whatever_the_contact_says(members: dict[str, str]) -> None:
    assert decide(contact(members), LISTED).compliance == "NON_COMPLIANT"


@given(st.integers(1, 120).map(lambda labels: "x." * labels + "de"))
def test_a_reason_fits_however_long_the_domain_is(domain: str) -> None:
    members = {"Name": "n/a", "EmailAddress": f"security@{domain}", "PhoneNumber": "123456"}
    assert "AllowedEmailDomains" in decide(contact(members), LISTED).reason
    assert decide(address(f"security@{domain}"), ANY).compliance == "COMPLIANT"


@given(st.from_regex(r"[a-z][0-9]{6,20}", fullmatch=True), st.from_regex(r"\+[0-9]{1,20}", fullmatch=True))
def test_no_reason_names_a_person(person: str, number: str) -> None:
    members = {"Name": person, "EmailAddress": f"{person}@gmail.com", "PhoneNumber": number}
    for found in (contact(members), contact({**members, "Name": "n/a"})):
        for parameters in (ANY, LISTED):
            reason = decide(found, parameters).reason
            assert person not in reason
            assert number not in reason


@pytest.mark.parametrize(
    "domains",
    [
        pytest.param("anycompany", id="no dot"),
        pytest.param("*.anycompany.com", id="wildcard"),
        pytest.param("security@anycompany.com", id="an address"),
        pytest.param("anycompany.com,", id="an empty entry"),
        pytest.param("anycompany.com;anycompany.de", id="semicolon"),
    ],
)
def test_malformed_domains_are_refused(domains: str) -> None:
    with pytest.raises(InvalidParameters, match=r"AllowedEmailDomains is .* expected: Domains that"):
        RULE.parse({"AllowedEmailDomains": domains})


@pytest.mark.parametrize(
    ("types", "compliance"),
    [
        pytest.param((), "NON_COMPLIANT", id="no alternate contact"),
        pytest.param(("SECURITY",), "COMPLIANT", id="only a security contact"),
        pytest.param(("BILLING", "OPERATIONS", "SECURITY"), "COMPLIANT", id="a security contact and others"),
        pytest.param(("BILLING", "OPERATIONS"), "NON_COMPLIANT", id="others and no security contact"),
    ],
)
def test_contacts_of_an_account(
    account_of: Callable[[str], Account], client_of: Callable[..., Any], types: tuple[str, ...], compliance: str
) -> None:
    for each in types:
        client_of(ACCOUNT, "account").put_alternate_contact(AlternateContactType=each, Title="CSIRT", **GOOD)
    account = account_of(ACCOUNT)
    with dispatch.recording() as requests:
        verdict = evaluate(RULE, account, {}, date(2027, 1, 1))
    assert verdict.compliance == compliance
    assert [request.action for request in requests] == ["account:GetAlternateContact"]


def test_the_management_account_asks_about_itself(
    account_of: Callable[[str], Account], client_of: Callable[..., Any]
) -> None:
    client_of(ACCOUNT, "organizations").create_organization(FeatureSet="ALL")
    client_of(ACCOUNT, "account").put_alternate_contact(AlternateContactType="SECURITY", Title="CSIRT", **GOOD)
    assert evaluate(RULE, account_of(ACCOUNT), {}, date(2027, 1, 1)).reason == FINE


def test_a_denied_call_is_an_error(account_of: Callable[[str], Account]) -> None:
    account = account_of(ACCOUNT)
    denied = dispatch.failing("account:GetAlternateContact", "AccessDeniedException")
    with denied, pytest.raises(EvidenceUnavailable, match="-> grant account:GetAlternateContact to the role"):
        evaluate(RULE, account, {}, date(2027, 1, 1))


def test_the_remediation_sets_the_contact(account_of: Callable[[str], Account], client_of: Callable[..., Any]) -> None:
    names = ("NAME", "EMAIL", "PHONE")
    values = {"TITLE": "CSIRT", **dict(zip(names, GOOD.values(), strict=True))}
    for command in RULE.remediation.commands:
        run_command(command, lambda service: client_of(ACCOUNT, service), values)
    assert evaluate(RULE, account_of(ACCOUNT), {}, date(2027, 1, 1)).reason == FINE
