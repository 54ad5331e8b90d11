"""root-not-used: three dates, each judged, against a number of days and the stated windows."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from root_not_used import RULE, Evidence, decide

from rootguard.kit.account import Account, Answer
from rootguard.kit.allowed_uses import allowed_windows
from rootguard.kit.errors import EvidenceUnavailable, InvalidParameters
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.account_summary import AccountSummary
from rootguard.kit.readers.credential_report import CredentialReport
from rootguard.sandbox import dispatch
from rootguard.sandbox.credential_report import credential_report
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.root_user import KeyUse, Password, RootUser, now, root_user
from rootguard.sandbox.server import Sandbox

MEMBER = "111122223333"
OTHER = "444455556666"
OBSERVED = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MADE = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
AS_OF = "(as of 2026-11-23 05:30 UTC)"
REPORT = "iam:GetCredentialReport in account 111122223333 (us-east-1): "

UNUSED = {
    "password_last_used": "no_information",
    "access_key_1_last_used_date": "N/A",
    "access_key_1_last_used_region": "N/A",
    "access_key_1_last_used_service": "N/A",
    "access_key_2_last_used_date": "N/A",
    "access_key_2_last_used_region": "N/A",
    "access_key_2_last_used_service": "N/A",
}


def days_ago(days: float) -> str:
    return (OBSERVED - timedelta(days=days)).isoformat()


def password(last_used: str) -> dict[str, str]:
    return {"password_last_used": last_used}


def key(slot: int, last_used: str, service: str = "ec2", region: str = "eu-west-1") -> dict[str, str]:
    column = f"access_key_{slot}_last_used"
    return {f"{column}_date": last_used, f"{column}_service": service, f"{column}_region": region}


def summary(**facts: int) -> AccountSummary:
    """Of `Password`, `AccessKeys`, `SigningCertificates`; one that is left out is missing."""
    members = {f"Account{name}Present": value for name, value in facts.items()}
    return AccountSummary(Answer(members, "iam:GetAccountSummary", MEMBER, "us-east-1"))


EVERYTHING = summary(Password=1, AccessKeys=1, SigningCertificates=0)
KEYS_ONLY = summary(Password=0, AccessKeys=1, SigningCertificates=0)
PASSWORD_ONLY = summary(Password=1, AccessKeys=0, SigningCertificates=0)
CERTIFICATE_ONLY = summary(Password=0, AccessKeys=0, SigningCertificates=1)
NOTHING = summary(Password=0, AccessKeys=0, SigningCertificates=0)


def reported(
    *changes: Mapping[str, str | None], found: AccountSummary = EVERYTHING, made: datetime = MADE, uses: str = ""
) -> Evidence:
    """What a report says in which `changes` differ from an unused root; a column that becomes None is missing."""
    row = dict[str, str | None](UNUSED)
    for change in changes:
        row |= change
    present = {name: text for name, text in row.items() if text is not None}
    report = CredentialReport(present, made, Answer({}, "iam:GetCredentialReport", MEMBER, "us-east-1"))
    return Evidence(found, allowed_windows(uses, MEMBER), OBSERVED, report)


NEVER = f"root's password and access keys were never used, as far as AWS knows {AS_OF}"
TEST = f"{MEMBER}:2026-11-18T05:00Z/2026-11-18T07:00Z"
DRILL = f"{MEMBER}:2026-11-20T06:00Z/2026-11-21T06:00Z"
LONG_AGO = f"{MEMBER}:2026-10-01T00:00Z/2026-10-02T00:00Z"

CASES = [
    pytest.param(
        Evidence(NOTHING, (), OBSERVED),
        "30",
        "NOT_APPLICABLE",
        "root has no password, access key or signing certificate; uses of earlier ones are not judged",
        id="member whose root has no credentials (Prowler: crashes on N/A, says nothing)",
    ),
    pytest.param(reported(), "30", "COMPLIANT", NEVER, id="password and keys never used"),
    pytest.param(
        reported(password("N/A"), found=KEYS_ONLY),
        "30",
        "COMPLIANT",
        NEVER,
        id="no password, key never used (Prowler: crashes on N/A)",
    ),
    pytest.param(
        reported(password("N/A"), found=CERTIFICATE_ONLY), "30", "COMPLIANT", NEVER, id="signing certificate only"
    ),
    pytest.param(
        reported(password(days_ago(200))),
        "30",
        "COMPLIANT",
        f"root was not used within 30 days; its last use: password 2026-05-07 06:00 UTC {AS_OF}",
        id="password used long ago",
    ),
    pytest.param(
        reported(key(2, days_ago(200), "s3", "N/A"), key(1, days_ago(300))),
        "30",
        "COMPLIANT",
        f"root was not used within 30 days; its last use: access key 2 2026-05-07 06:00 UTC (s3) {AS_OF}",
        id="keys used long ago (Steampipe: alarm)",
    ),
    pytest.param(
        reported(password(days_ago(5))),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: password 2026-11-18 06:00 UTC {AS_OF}",
        id="password used five days ago (Prowler: PASS)",
    ),
    pytest.param(
        reported(password(days_ago(200)), key(1, days_ago(0.5))),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: access key 1 2026-11-22 18:00 UTC (ec2, eu-west-1) {AS_OF}",
        id="password 200 days ago, key 1 today (Prowler: PASS)",
    ),
    pytest.param(
        reported(password("N/A"), key(1, days_ago(100)), key(2, days_ago(0.5)), found=KEYS_ONLY),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: access key 2 2026-11-22 18:00 UTC (ec2, eu-west-1) {AS_OF}",
        id="key 1 100 days ago, key 2 today (Prowler: PASS)",
    ),
    pytest.param(
        reported(key(1, days_ago(2), "iam", "us-east-1")),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: access key 1 2026-11-21 06:00 UTC (iam, us-east-1) {AS_OF}",
        id="password never, key 1 used (ScoutSuite: password only)",
    ),
    pytest.param(
        reported(key(1, days_ago(2)) | {"access_key_1_active": "FALSE"}),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: access key 1 2026-11-21 06:00 UTC (ec2, eu-west-1) {AS_OF}",
        id="key used and since deactivated (Prowler: PASS)",
    ),
    pytest.param(
        reported(password(days_ago(3)), found=KEYS_ONLY),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: password 2026-11-20 06:00 UTC {AS_OF}",
        id="password used and deleted since the report, a key is left",
    ),
    pytest.param(
        reported(password(days_ago(3)), key(1, days_ago(1)), key(2, days_ago(2), "s3", "N/A")),
        "30",
        "NON_COMPLIANT",
        "root was used within 30 days: access key 1 2026-11-22 06:00 UTC (ec2, eu-west-1); access key 2 "
        f"2026-11-21 06:00 UTC (s3); password 2026-11-20 06:00 UTC {AS_OF}",
        id="all three used, the latest first",
    ),
    pytest.param(
        reported(key(1, days_ago(1)) | {"access_key_1_last_used_service": None, "access_key_1_last_used_region": None}),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: access key 1 2026-11-22 06:00 UTC {AS_OF}",
        id="service and Region are not told",
    ),
    pytest.param(
        reported(password("2026-10-24T06:00:00+00:00")),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: password 2026-10-24 06:00 UTC {AS_OF}",
        id="thirty days ago to the second",
    ),
    pytest.param(
        reported(password("2026-10-24T05:59:59+00:00")),
        "30",
        "COMPLIANT",
        f"root was not used within 30 days; its last use: password 2026-10-24 05:59 UTC {AS_OF}",
        id="thirty days and a second ago",
    ),
    pytest.param(
        reported(password(days_ago(5))),
        "1",
        "COMPLIANT",
        f"root was not used within 1 day; its last use: password 2026-11-18 06:00 UTC {AS_OF}",
        id="one day is asked for",
    ),
    pytest.param(
        reported(password(days_ago(900))),
        "999",
        "NON_COMPLIANT",
        f"root was used within 999 days: password 2024-06-06 06:00 UTC {AS_OF}",
        id="999 days are asked for",
    ),
    pytest.param(
        reported(password("2026-11-23T05:45:00Z")),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: password 2026-11-23 05:45 UTC {AS_OF}",
        id="used just now by a clock that is ahead of the report's",
    ),
    pytest.param(
        reported(password(days_ago(5)), made=datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        "30",
        "NON_COMPLIANT",
        "root was used within 30 days: password 2026-11-18 06:00 UTC (as of 2026-11-23 02:00 UTC)",
        id="report of four hours ago",
    ),
    # windows
    pytest.param(
        reported(password(days_ago(5)), uses=TEST),
        "30",
        "COMPLIANT",
        "root was used as allowed: password 2026-11-18 06:00 UTC in 2026-11-18T05:00Z/2026-11-18T07:00Z; earlier uses "
        f"are not visible {AS_OF}",
        id="password used in a window",
    ),
    pytest.param(
        reported(password(days_ago(5)), key(1, days_ago(2.5)), key(2, days_ago(50)), uses=f"{TEST},{DRILL}"),
        "30",
        "COMPLIANT",
        "root was used as allowed: access key 1 2026-11-20 18:00 UTC (ec2, eu-west-1) in "
        f"2026-11-20T06:00Z/2026-11-21T06:00Z and 1 more; earlier uses are not visible {AS_OF}",
        id="password and key 1 used each in a window, key 2 long ago",
    ),
    pytest.param(
        reported(password(days_ago(5)), key(1, days_ago(4)), uses=TEST),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: access key 1 2026-11-19 06:00 UTC (ec2, eu-west-1) {AS_OF}",
        id="password used in a window, key 1 later outside it",
    ),
    pytest.param(
        reported(password(days_ago(5)), key(1, days_ago(20)), uses=TEST),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: access key 1 2026-11-03 06:00 UTC (ec2, eu-west-1) {AS_OF}",
        id="password used last and in a window, key 1 earlier outside it",
    ),
    pytest.param(
        reported(password("2026-11-18T07:00:01Z"), uses=TEST),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: password 2026-11-18 07:00 UTC {AS_OF}",
        id="a second after the window",
    ),
    pytest.param(
        reported(password(days_ago(5)), uses=TEST.replace(MEMBER, OTHER)),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: password 2026-11-18 06:00 UTC {AS_OF}",
        id="in another account's window",
    ),
    pytest.param(
        reported(password("2026-10-01T12:00:00Z"), uses=LONG_AGO),
        "30",
        "COMPLIANT",
        f"root was not used within 30 days; its last use: password 2026-10-01 12:00 UTC {AS_OF}",
        id="in a window that no longer matters",
    ),
    pytest.param(reported(uses=TEST), "30", "COMPLIANT", NEVER, id="a window and no use"),
    # what is unknown and does not matter
    pytest.param(
        reported(password("not_supported"), key(1, days_ago(2))),
        "30",
        "NON_COMPLIANT",
        f"root was used within 30 days: access key 1 2026-11-21 06:00 UTC (ec2, eu-west-1) {AS_OF}",
        id="password not_supported, key used (Prowler: crashes)",
    ),
    pytest.param(
        reported(password("not_supported"), found=KEYS_ONLY),
        "30",
        "COMPLIANT",
        NEVER,
        id="password not_supported, and there is none",
    ),
    pytest.param(
        reported({"password_last_used": None}, found=KEYS_ONLY),
        "30",
        "COMPLIANT",
        NEVER,
        id="no column for the password, and there is none",
    ),
    pytest.param(
        reported({"access_key_1_last_used_date": None}, key(2, ""), found=PASSWORD_ONLY),
        "30",
        "COMPLIANT",
        NEVER,
        id="nothing about the keys, and there are none",
    ),
]


@pytest.mark.parametrize(("found", "days", "compliance", "reason"), CASES)
def test_decide(found: Evidence, days: str, compliance: str, reason: str) -> None:
    verdict = decide(found, RULE.parse({"MaxDaysSinceLastUse": days}))
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_every_outcome_has_a_case() -> None:
    cases: list[Any] = [case.values for case in CASES]
    verdicts = [decide(found, RULE.parse({"MaxDaysSinceLastUse": days})) for found, days, *_ in cases]
    assert {verdict.outcome for verdict in verdicts} == set(RULE.outcomes)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        pytest.param(
            reported(password("not_supported")),
            f"{REPORT}password_last_used of the credential report says nothing: 'not_supported'",
            id="password not_supported (Prowler: crashes)",
        ),
        pytest.param(
            reported(password("")),
            f"{REPORT}password_last_used of the credential report says nothing: ''",
            id="empty (Prowler: crashes)",
        ),
        pytest.param(
            reported({"password_last_used": None}),
            f"{REPORT}the credential report has no column password_last_used",
            id="no column for the password",
        ),
        pytest.param(
            reported({"access_key_2_last_used_date": None}, password(days_ago(200))),
            f"{REPORT}the credential report has no column access_key_2_last_used_date",
            id="no column for key 2, password used long ago",
        ),
        pytest.param(
            reported({"access_key_2_last_used_date": None}, password(days_ago(5)), uses=TEST),
            f"{REPORT}the credential report has no column access_key_2_last_used_date",
            id="no column for key 2, password used in a window",
        ),
        pytest.param(
            reported(key(1, "20.11.2026")),
            f"{REPORT}access_key_1_last_used_date of the credential report is no date: '20.11.2026'",
            id="no date",
        ),
        pytest.param(
            reported(password("2026-12-24T18:00:00Z")),
            f"{REPORT}password_last_used of the credential report is 2026-12-24 18:00 UTC, later than the report "
            "(2026-11-23 05:30 UTC)",
            id="date in the future",
        ),
        pytest.param(
            reported(password(days_ago(5)), made=datetime(2026, 11, 23, 1, 44, tzinfo=UTC)),
            f"{REPORT}the credential report is of 2026-11-23 01:44 UTC and it is 2026-11-23 06:00 UTC, but AWS hands "
            "out none that is older than four hours: a clock is wrong",
            id="report too old",
        ),
        pytest.param(
            reported(made=datetime(2026, 11, 23, 6, 16, tzinfo=UTC)),
            f"{REPORT}the credential report is of 2026-11-23 06:16 UTC and it is 2026-11-23 06:00 UTC, but AWS hands "
            "out none that is older than four hours: a clock is wrong",
            id="report of the future",
        ),
        pytest.param(
            reported(password("not_supported"), found=summary(AccessKeys=1)),
            "iam:GetAccountSummary in account 111122223333 (us-east-1): the answer has no AccountPasswordPresent",
            id="password not_supported, and whether there is one is unknown",
        ),
    ],
)
def test_what_cannot_be_seen_and_would_decide_is_no_verdict(found: Evidence, message: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        decide(found, RULE.parse({}))
    assert str(raised.value) == message


TEXTS = st.sampled_from(
    ["N/A", "no_information", "", *map(days_ago, (0.1, 2.75, 5, 40)), "2026-11-20T08:15:00Z", "x" * 300]
)


@given(st.fixed_dictionaries(dict.fromkeys(UNUSED, TEXTS)), st.sampled_from(["1", "30", "999"]))
def test_a_reason_fits_whatever_the_report_says(row: dict[str, str], days: str) -> None:
    try:
        verdict = decide(reported(row, uses=f"{TEST},{DRILL}"), RULE.parse({"MaxDaysSinceLastUse": days}))
    except EvidenceUnavailable:
        return
    assert verdict.outcome in RULE.outcomes


AGES = st.none() | st.integers(1, 60)


@given(st.tuples(AGES, AGES, AGES))
def test_the_latest_of_the_three_dates_decides(ages: tuple[int | None, int | None, int | None]) -> None:
    used = ["N/A" if age is None else days_ago(age) for age in ages]
    verdict = decide(reported(password(used[0]), key(1, used[1]), key(2, used[2])), RULE.parse({}))
    lately = any(age is not None and age <= 30 for age in ages)
    assert verdict.compliance == ("NON_COMPLIANT" if lately else "COMPLIANT")


@pytest.mark.parametrize("days", ["0", "-1", "1000", "030", "30.5", "a month"])
def test_a_malformed_number_of_days_is_loud(days: str) -> None:
    with pytest.raises(InvalidParameters, match=r"MaxDaysSinceLastUse is .*; expected: .* 1 to 999"):
        RULE.parse({"MaxDaysSinceLastUse": days})


# An account of the sandbox, over HTTP


def _signed_in(root: RootUser) -> None:
    root.password = Password(last_used=now() - timedelta(days=2))


def _signed_in_long_ago(root: RootUser) -> None:
    root.password = Password(last_used=now() - timedelta(days=200))


def _key_used(root: RootUser) -> None:
    root.password = Password(last_used=now() - timedelta(days=200))
    root.add_access_key()
    root.add_access_key(active=False, last_used=KeyUse(now() - timedelta(days=3), None, "s3"))


def _removed_after_use(root: RootUser) -> None:
    _signed_in(root)
    root.remove_credentials()


def _passkey_only(root: RootUser) -> None:
    root.remove_credentials()
    root.add_passkey()


def _certificate_only(root: RootUser) -> None:
    root.remove_credentials()
    root.add_signing_certificate()


@pytest.mark.parametrize(
    ("set_up", "compliance", "words"),
    [
        pytest.param(lambda _: None, "COMPLIANT", "never used", id="new account"),
        pytest.param(_signed_in, "NON_COMPLIANT", "root was used within 30 days: password ", id="signed in"),
        pytest.param(
            _signed_in_long_ago, "COMPLIANT", "not used within 30 days; its last use: password", id="long ago"
        ),
        pytest.param(_key_used, "NON_COMPLIANT", "UTC (s3) (as of ", id="inactive key 2 used"),
        pytest.param(RootUser.remove_credentials, "NOT_APPLICABLE", "root has no password", id="no credentials"),
        pytest.param(_removed_after_use, "NOT_APPLICABLE", "earlier ones are not judged", id="removed after use"),
        pytest.param(_passkey_only, "NOT_APPLICABLE", "root has no password", id="MFA and nothing to sign in with"),
        pytest.param(_certificate_only, "COMPLIANT", "never used", id="signing certificate only"),
    ],
)
def test_uses_in_an_account(
    account_of: Callable[[str], Account],
    client_of: Callable[..., Any],
    set_up: Callable[[RootUser], object],
    compliance: str,
    words: str,
) -> None:
    account = account_of(MEMBER)
    set_up(root_user(MEMBER))
    client_of(MEMBER, "iam").generate_credential_report()  # so that the rule need not wait for it
    verdict = evaluate(RULE, account, {}, date(2027, 1, 1))
    assert verdict.compliance == compliance
    assert words in verdict.reason


def test_a_window_is_the_accounts_own(account_of: Callable[[str], Account], client_of: Callable[..., Any]) -> None:
    account = account_of(MEMBER)
    _signed_in(root_user(MEMBER))
    client_of(MEMBER, "iam").generate_credential_report()
    begin = now() - timedelta(days=3)
    times = f"{begin:%Y-%m-%dT%H:%MZ}/{begin + timedelta(days=2):%Y-%m-%dT%H:%MZ}"
    allowed = evaluate(RULE, account, {"AllowedUses": f"{OTHER}:{times},{MEMBER}:{times}"}, date(2027, 1, 1))
    others = evaluate(RULE, account, {"AllowedUses": f"{OTHER}:{times}"}, date(2027, 1, 1))
    assert (allowed.compliance, others.compliance) == ("COMPLIANT", "NON_COMPLIANT")
    assert f" in {times}; earlier uses are not visible (as of " in allowed.reason


def test_a_use_after_the_report_shows_when_there_is_a_new_one(
    account_of: Callable[[str], Account], client_of: Callable[..., Any]
) -> None:
    account = account_of(MEMBER)
    iam = client_of(MEMBER, "iam")
    iam.generate_credential_report()
    _signed_in(root_user(MEMBER))
    assert evaluate(RULE, account, {}, date(2027, 1, 1)).compliance == "COMPLIANT"

    credential_report(MEMBER).make_older(timedelta(hours=4, minutes=1))
    iam.generate_credential_report()

    assert evaluate(RULE, account, {}, date(2027, 1, 1)).compliance == "NON_COMPLIANT"


def test_without_credentials_no_report_is_made(account_of: Callable[[str], Account]) -> None:
    account = account_of(MEMBER)
    root_user(MEMBER).remove_credentials()
    with dispatch.recording() as requests:
        evaluate(RULE, account, {}, date(2027, 1, 1))
    assert [request.action for request in requests] == ["iam:GetAccountSummary"]


@pytest.mark.parametrize("action", RULE.actions)
def test_a_call_that_is_denied_is_no_verdict(account_of: Callable[[str], Account], action: str) -> None:
    account = account_of(MEMBER)
    with dispatch.failing(action, "AccessDenied"), pytest.raises(EvidenceUnavailable, match=f"-> grant {action} to"):
        evaluate(RULE, account, {}, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("uses", "message"),
    [
        pytest.param("soon", "AllowedUses is 'soon'; expected: Windows", id="no window"),
        pytest.param(
            f"{OTHER}:2026-11-20T08:00Z/2026-11-28T08:00Z", "at most 7 days later", id="another's is too long"
        ),
    ],
)
def test_a_malformed_window_is_loud_before_anything_is_asked(
    account_of: Callable[[str], Account], uses: str, message: str
) -> None:
    account = account_of(MEMBER)
    with dispatch.recording() as requests, pytest.raises(InvalidParameters, match=message):
        evaluate(RULE, account, {"AllowedUses": uses}, date(2027, 1, 1))
    assert requests == []


def test_a_request_signed_with_roots_key_is_a_use(
    sandbox: Sandbox, account_of: Callable[[str], Account], client_of: Callable[..., Any]
) -> None:
    account = account_of(MEMBER)
    session = sandbox.session_for(root_user(MEMBER).add_access_key().keys)
    session.client("sns", region_name="eu-west-1").list_topics()
    client_of(MEMBER, "iam").generate_credential_report()
    verdict = evaluate(RULE, account, {}, date(2027, 1, 1))
    assert "access key 1" in verdict.reason
    assert "(sns, eu-west-1)" in verdict.reason


def test_a_root_session_of_the_management_account_is_no_use(
    sandbox: Sandbox, account_of: Callable[[str], Account], client_of: Callable[..., Any]
) -> None:
    """By AWS's description of the report: it dates sign-ins with the password and requests signed with root's keys."""
    organizations = client_of(OTHER, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    client_of(OTHER, "iam").enable_organizations_root_credentials_management()
    created = organizations.create_account(AccountName="member", Email="member@example.com")
    member = created["CreateAccountStatus"]["AccountId"]
    account = account_of(member)
    root_user(member).add_access_key()
    answer = client_of(OTHER, "sts").assume_root(
        TargetPrincipal=member, TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}
    )
    keys = answer["Credentials"]
    session = sandbox.session_for(Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]))
    assert session.client("iam").list_access_keys()["AccessKeyMetadata"]
    client_of(member, "iam").generate_credential_report()

    assert "never used" in evaluate(RULE, account, {}, date(2027, 1, 1)).reason
