"""Whether AWS Config records in every account: one that does not undoes the organization's pack."""

from collections.abc import Iterator, Mapping, Sequence

from rootguard.aws_session import AwsSession
from rootguard.deploy.members import NotSeen
from rootguard.deploy.recorders import Recorder, recorders, silent
from rootguard.deploy.wording import counted, listed, together
from rootguard.doctor.finding import Check, Finding, Status
from rootguard.doctor.standing import Standing

_CHECK = "recorders of the members"
_ACTIVE = "ACTIVE"


def recorder_checks(standing: Standing, session: AwsSession, role_name: str) -> tuple[Check[Standing], ...]:
    """The check, where the account can list the organization's accounts.

    Args:
        standing: Of the caller's account.
        session: The caller's.
        role_name: To assume in the other accounts; it needs config:DescribeConfigurationRecorderStatus.
    """

    def look(_: Standing) -> tuple[Finding, ...]:
        # A delegated administrator's deployment leaves the management account out; one's own has a check of its own.
        skipped = {standing.account.id, standing.management_account_id}
        members = [account for account in _active_accounts(standing) if account not in skipped]
        return tuple(_findings(recorders(session, members, role_name), standing.account.region))

    return (Check(_CHECK, look),) if standing.administers else ()


def _active_accounts(standing: Standing) -> Sequence[str]:
    """AWS Organizations retires Status; State takes its place.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html

    Raises:
        EvidenceUnavailable: They cannot be listed.
    """
    pages = standing.account.pages("organizations:ListAccounts")
    accounts = [account for page in pages for account in page.structures("Accounts")]
    return [each.text("Id") for each in accounts if each.text("State" if "State" in each else "Status") == _ACTIVE]


def _findings(found: Mapping[str, Recorder | NotSeen], region: str) -> Iterator[Finding]:
    """One finding for those that record, one for each kind of trouble: there may be thousands of accounts."""
    recording = [account for account, state in found.items() if state is Recorder.ON]
    if not found:
        yield Finding(_CHECK, Status.OK, "no other account gets the pack")
    elif len(recording) == len(found):
        yield Finding(_CHECK, Status.OK, f"on in {region} in {counted(recording, 'account')}")
    quiet = list(silent(found))
    if quiet:
        message = f"off in {region} in {counted(quiet, 'account')}: {', '.join(quiet)}"
        fix = "turn the recorder on there, or `rootguard deploy` with --exclude for each"
        yield Finding(_CHECK, Status.FAILED, message, fix)
    unseen = ((account, state.reason) for account, state in found.items() if isinstance(state, NotSeen))
    for accounts, reason in together(unseen):
        yield Finding(_CHECK, Status.UNSEEN, f"{listed(accounts)}: {reason}", "give a role that can by --role-name")
