"""Which accounts an audit looks into."""

import pytest
from moto.organizations.models import organizations_backends
from tests.audit.conftest import Ground

from rootguard.account_state import state_of
from rootguard.audit.results import AuditedAccount
from rootguard.audit.scope import Choice, find_accounts, find_place
from rootguard.aws_errors import AwsRefusedError, explained
from rootguard.errors import RootguardError
from rootguard.sandbox import dispatch


def found(ground: Ground, choice: Choice) -> tuple[AuditedAccount, ...]:
    asker = ground.operator()
    with explained():
        return find_accounts(asker, choice, find_place(asker))


def names(ground: Ground, choice: Choice) -> list[str]:
    return [account.name for account in found(ground, choice)]


def test_without_a_choice_it_is_the_caller_s_account_and_nothing_is_asked_about_others(ground: Ground) -> None:
    (member,) = ground.organization("one")
    ground.become(member)
    with dispatch.recording() as requests:
        assert found(ground, Choice()) == (AuditedAccount(member, ""),)
    assert [each.action for each in requests] == ["sts:GetCallerIdentity", "organizations:DescribeOrganization"]


def test_an_account_outside_of_any_organization_is_audited_all_the_same(ground: Ground) -> None:
    assert found(ground, Choice()) == (AuditedAccount(ground.management, ""),)


def test_an_organization_is_listed_page_by_page_the_management_account_first(ground: Ground) -> None:
    ground.organization(*(f"{'Member' if number % 2 else 'member'} {number:02}" for number in range(45, 0, -1)))
    with dispatch.recording() as requests:
        listed = found(ground, Choice(organization=True))
    assert [each.action for each in requests].count("organizations:ListAccounts") == 3
    assert listed[0].id == ground.management
    assert [account.name.lower() for account in listed[1:]] == [f"member {number:02}" for number in range(1, 46)]
    assert all(account.is_active for account in listed)


def test_accounts_of_the_same_name_stand_in_the_order_of_their_ids(ground: Ground) -> None:
    members = ground.organization(*["twin"] * 5)
    assert [account.id for account in found(ground, Choice(organization=True))][1:] == sorted(members)


def test_an_account_that_is_closed_is_listed_as_such(ground: Ground) -> None:
    _, closed = ground.organization("open", "closed")
    ground.client("organizations").close_account(AccountId=closed)
    accounts = {account.name: account for account in found(ground, Choice(organization=True))}
    assert {name: account.state for name, account in accounts.items()} == {
        "master": "ACTIVE",
        "open": "ACTIVE",
        "closed": "SUSPENDED",
    }
    assert not accounts["closed"].is_active
    assert found(ground, Choice(accounts=(closed,))) == (accounts["closed"],)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param({"Status": "ACTIVE", "State": "PENDING_CLOSURE"}, "PENDING_CLOSURE", id="State first"),
        pytest.param({"Status": "SUSPENDED"}, "SUSPENDED", id="Status alone, as AWS answered for years"),
        pytest.param({"State": "PENDING_ACTIVATION"}, "PENDING_ACTIVATION", id="State alone, as AWS will"),
        pytest.param({}, "ACTIVE", id="neither"),
    ],
)
def test_the_state_of_an_account(answer: dict[str, str], state: str) -> None:
    assert state_of(answer) == state


@pytest.fixture
def tree(ground: Ground) -> dict[str, str]:
    """Units by name: `outer` with `inner` in it, and `empty`; two members each, and one in the root."""
    ids = dict(zip("abcde", ground.organization(*"abcde"), strict=True))
    outer = ground.unit("outer", "", ids["a"], ids["b"])
    inner = ground.unit("inner", outer, ids["c"], ids["d"])
    return {"outer": outer, "inner": inner, "empty": ground.unit("empty"), "root": ground.root_id, **ids}


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        pytest.param(("inner",), "cd", id="a unit"),
        pytest.param(("outer",), "abcd", id="a unit and those below"),
        pytest.param(("inner", "outer"), "abcd", id="a unit and one above it: each account once"),
        pytest.param(("empty", "inner"), "cd", id="an empty unit beside another"),
    ],
)
def test_a_unit_stands_for_every_account_below_it(
    ground: Ground, tree: dict[str, str], units: tuple[str, ...], expected: str
) -> None:
    assert names(ground, Choice(units=tuple(tree[unit] for unit in units))) == list(expected)


def test_the_root_is_a_unit_like_any_other(ground: Ground, tree: dict[str, str]) -> None:
    assert names(ground, Choice(units=(tree["root"],))) == ["master", *"abcde"]


def test_a_unit_narrows_the_organization(ground: Ground, tree: dict[str, str]) -> None:
    assert names(ground, Choice(organization=True, units=(tree["inner"],))) == ["c", "d"]


def test_what_is_excluded_is_left_out(ground: Ground, tree: dict[str, str]) -> None:
    choice = Choice(organization=True, excluded=(tree["a"], ground.management, "999999999999"))
    assert names(ground, choice) == list("bcde")
    assert names(ground, Choice(accounts=(tree["a"], tree["b"]), excluded=(tree["b"],))) == ["a"]


def test_named_accounts_are_each_asked_about_once(ground: Ground, tree: dict[str, str]) -> None:
    choice = Choice(accounts=(tree["e"], tree["a"], tree["e"]))
    with dispatch.recording() as requests:
        assert names(ground, choice) == ["a", "e"]
    assert [each.action for each in requests].count("organizations:DescribeAccount") == 2


def test_a_named_account_outside_of_the_organization_has_no_name(ground: Ground, tree: dict[str, str]) -> None:
    accounts = found(ground, Choice(accounts=("999999999999", tree["a"])))
    assert accounts == (AuditedAccount("999999999999", ""), AuditedAccount(tree["a"], "a"))


def test_a_named_account_goes_without_name_where_the_organization_tells_nothing(
    ground: Ground, tree: dict[str, str]
) -> None:
    ground.become(tree["b"])
    assert found(ground, Choice(accounts=(tree["a"],))) == (AuditedAccount(tree["a"], ""),)


def test_half_of_a_surrogate_pair_in_a_name_becomes_something_that_can_be_written(ground: Ground) -> None:
    (member,) = ground.organization("renamed")
    backend = organizations_backends[ground.management]["aws"]
    next(each for each in backend.accounts if each.id == member).name = "before \ud800 after"
    assert names(ground, Choice(organization=True)) == ["master", "before ? after"]
    assert names(ground, Choice(accounts=(member,))) == ["before ? after"]


def test_an_administrator_of_a_service_may_list_the_organization(ground: Ground) -> None:
    (member,) = ground.organization("delegate")
    organizations = ground.client("organizations")
    organizations.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    organizations.register_delegated_administrator(AccountId=member, ServicePrincipal="config.amazonaws.com")
    ground.become(member)
    assert names(ground, Choice(organization=True)) == ["master", "delegate"]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        pytest.param(
            Choice(organization=True),
            "account 123456789012 is in no organization: leave out --organization and --ou",
            id="--organization",
        ),
        pytest.param(Choice(units=("ou-ab12-cdefghij",)), "is in no organization", id="--ou"),
        pytest.param(
            Choice(excluded=("123456789012",)), "no account is left to look into: exclude fewer", id="all excluded"
        ),
    ],
)
def test_what_an_account_without_organization_cannot_choose(ground: Ground, choice: Choice, said: str) -> None:
    with pytest.raises(RootguardError, match=said):
        found(ground, choice)


@pytest.mark.parametrize("unit", ["ou-ab12-11111111", "r-zz99"])
def test_an_unknown_unit_is_named(ground: Ground, unit: str) -> None:
    ground.organization("one")
    with pytest.raises(RootguardError, match=f"--ou {unit}: the organization has no organizational unit or root"):
        found(ground, Choice(units=(unit,)))


def test_a_unit_without_accounts_leaves_nothing_to_do(ground: Ground, tree: dict[str, str]) -> None:
    with pytest.raises(RootguardError, match="no account"):
        found(ground, Choice(units=(tree["empty"],)))


def test_whoever_may_not_list_the_organization_is_told_so(ground: Ground) -> None:
    (member,) = ground.organization("one")
    ground.become(member)
    with pytest.raises(AwsRefusedError, match="organizations:ListAccounts"):
        found(ground, Choice(organization=True))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"accounts": ("12345",)}, "--account 12345: an account id has 12 digits", id="short"),
        pytest.param({"excluded": ("one",)}, "--exclude one: an account id has 12 digits", id="a name"),
        pytest.param({"accounts": ("\u0660" * 12,)}, "12 digits", id="digits of another script"),
        pytest.param({"units": ("nonsense",)}, "--ou nonsense: an organizational unit's id begins with ou-", id="unit"),
        pytest.param({"units": ("ou-AB12-11111111",)}, "id begins with ou-", id="capitals"),
        pytest.param({"accounts": ("1" * 12,), "organization": True}, "leave out --organization", id="both"),
        pytest.param(
            {"accounts": ("1" * 12,), "units": ("ou-ab12-11111111",)},
            "leave out --organization and --ou",
            id="and --ou",
        ),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(given: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(RootguardError, match=said):
        Choice(**given)  # type: ignore[arg-type]  # a table of keywords
