"""The facts that readers leave behind: what AWS said, and nothing that is nobody's business."""

from datetime import UTC, datetime

import pytest

from rootguard.kit.account import Account
from rootguard.kit.answer import Answer
from rootguard.kit.facts import MOST, TEXTS, Fact, Facts, timestamp
from rootguard.kit.readers.account_summary import read_account_summary
from rootguard.kit.readers.alternate_contact import read_security_contact
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.server import Sandbox

ACCOUNT = "111122223333"
TIME = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def answer(facts: Facts, action: str = "iam:GetAccountSummary", **members: object) -> Answer:
    return Answer(members, action, ACCOUNT, "us-east-1", facts)


def told(facts: Facts) -> dict[str, str]:
    return {fact.member: fact.text for fact in facts}


def test_what_is_read_is_a_fact_with_its_path_and_what_is_not_read_is_none() -> None:
    facts = Facts()
    read = answer(
        facts, Map={"Users": 3, "Groups": 4}, On=False, Half=0.5, Rules=[{"Enabled": True}, {"Enabled": False}]
    )
    read.structure("Map").number("Users")
    read.flag("On")
    read.number("Half")
    assert [rule.flag("Enabled") for rule in read.structures("Rules")] == [True, False]
    assert told(facts) == {
        "Map.Users": "3",
        "On": "false",
        "Half": "0.5",
        "Rules[0].Enabled": "true",
        "Rules[1].Enabled": "false",
    }
    assert {(fact.action, fact.account_id, fact.region) for fact in facts} == {
        ("iam:GetAccountSummary", ACCOUNT, "us-east-1")
    }


def test_a_member_of_the_other_half_is_a_fact_like_one_of_its_own() -> None:
    facts = Facts()
    both = answer(facts, A=1, B=1).merged(answer(facts, B=2))
    assert (both.number("A"), both.number("B")) == (1, 2)
    assert told(facts) == {"A": "1", "B": "2"}


def test_what_is_read_unnoted_leaves_only_what_the_reader_says_of_it() -> None:
    facts = Facts()
    whole = answer(facts, Rules=[{"Enabled": True}, {"Enabled": False}])
    assert sum(rule.flag("Enabled") for rule in whole.unnoted.structures("Rules")) == 1
    whole.observed("Rules[].Enabled", 1)
    assert told(facts) == {"Rules[].Enabled": "1"}


def test_a_default_and_an_answer_that_is_wanting_are_no_facts() -> None:
    facts = Facts()
    answer(facts).number("Users", 2)
    answer(facts).flag("On", default=True)
    answer(facts, action="iam:ListOrganizationsFeatures").texts("EnabledFeatures", [])
    assert len(facts) == 0


def test_a_fact_is_kept_once_and_two_answers_with_the_same_member_are_two() -> None:
    facts = Facts()
    trails = [answer(facts, IsLogging=True), answer(facts, IsLogging=False)]
    assert [trail.flag("IsLogging") for trail in [*trails, *trails]] == [True, False, True, False]
    assert [fact.text for fact in facts] == ["true", "false"]


@pytest.mark.parametrize(
    ("action", "members", "kept"),
    [
        pytest.param("iam:GetAccountSummary", {"Users": 3}, {"Users": "3"}, id="a number"),
        pytest.param("iam:GetCredentialReport", {"At": TIME}, {"At": "2026-11-23T05:30:00Z"}, id="a date"),
        pytest.param("iam:GenerateCredentialReport", {"State": "COMPLETE"}, {"State": "COMPLETE"}, id="a named text"),
        pytest.param("events:ListRules", {"EventPattern": "{}"}, {}, id="another text of a named action"),
        pytest.param("account:GetAlternateContact", {"Name": "Ann"}, {}, id="a name that is another action's"),
        pytest.param("iam:GetCredentialReport", {"Content": b"user,arn"}, {}, id="a blob"),
        pytest.param("sts:AssumeRole", {"SecretAccessKey": "s", "Expiration": TIME}, {}, id="credentials"),
        pytest.param("logs:DescribeMetricFilters", {"dimensions": {"Name": "x"}}, {}, id="a map"),
    ],
)
def test_only_numbers_flags_dates_and_named_texts_are_kept(
    action: str, members: dict[str, object], kept: dict[str, str]
) -> None:
    facts = Facts()
    for name in members:
        answer(facts, action, **members).raw(name)
    assert told(facts) == kept


def test_no_text_of_contacts_credentials_or_policies_is_ever_named() -> None:
    services = {action for action, _ in TEXTS}
    assert not [action for action in services if action.startswith(("account:", "sts:"))]
    secret = ("Email", "Phone", "Endpoint", "Secret", "Token", "Content", "Pattern", "Policy", "Key", "Document")
    named = {member for _, member in TEXTS if not member.startswith("access_key_")}
    assert not [member for member in named if any(word in member for word in secret)]


def test_a_list_of_named_texts_is_one_fact() -> None:
    facts = Facts()
    answer(facts, "iam:ListOrganizationsFeatures", EnabledFeatures=["A", "B"]).texts("EnabledFeatures")
    assert told(facts) == {"EnabledFeatures": "A, B"}


def test_that_a_list_is_empty_is_a_fact_and_that_it_is_missing_is_none() -> None:
    facts = Facts()
    trails = answer(facts, "cloudtrail:DescribeTrails", trailList=[])
    assert (trails.structures("trailList"), trails.structures("nothing", [])) == ((), ())
    features = answer(facts, "iam:ListOrganizationsFeatures", EnabledFeatures=[])
    assert features.texts("EnabledFeatures") == ()
    assert told(facts) == {"trailList": "(empty)", "EnabledFeatures": "(empty)"}


def test_a_refusal_is_a_fact_by_its_code(account: Account) -> None:
    assert read_security_contact(account) is None
    (fact,) = account.facts
    assert (fact.action, fact.member, fact.text) == (
        "account:GetAlternateContact",
        "Error.Code",
        "ResourceNotFoundException",
    )


def test_the_first_facts_are_kept_and_no_more_than_there_is_room_for() -> None:
    facts = Facts()
    for number in range(MOST + 5):
        facts.add(Fact("a:B", ACCOUNT, "us-east-1", f"M{number}", number, TIME))
    assert [fact.member for fact in facts] == [f"M{number}" for number in range(MOST)]


@pytest.mark.parametrize("time", [TIME, TIME.replace(tzinfo=None)], ids=["with a zone", "without one"])
def test_times_are_told_in_utc(time: datetime) -> None:
    assert timestamp(time) == "2026-11-23T05:30:00Z"


def test_an_account_keeps_what_was_asked_of_it(account: Account) -> None:
    root_user(account.id).add_passkey()
    before = datetime.now(UTC)
    assert read_account_summary(account).mfa_enabled
    (fact,) = account.facts
    assert (fact.action, fact.member, fact.value) == ("iam:GetAccountSummary", "SummaryMap.AccountMFAEnabled", 1)
    assert before <= fact.answered <= datetime.now(UTC)


def test_a_security_contact_leaves_nothing_behind(account: Account, sandbox: Sandbox) -> None:
    sandbox.session(account.id).client("account").put_alternate_contact(
        AlternateContactType="SECURITY", Name="Ann", Title="CISO", EmailAddress="ann@example.com", PhoneNumber="+1 555"
    )
    contact = read_security_contact(account)
    assert contact is not None
    assert (contact.name, contact.email_address, contact.phone_number) == ("Ann", "ann@example.com", "+1 555")
    assert len(account.facts) == 0
