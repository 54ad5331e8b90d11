"""People answer the process checks: with the code of `rootguard attest`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter

from rootguard.attest.answer import Answer, annotation
from rootguard.attest.recording import Recorded, record
from rootguard.aws_session import AwsSession, explained
from rootguard.demo.organization import DemoAccount
from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.errors import RootguardError


def attest(session: AwsSession, accounts: Sequence[DemoAccount]) -> None:
    """Record in each account what its case says that people have answered.

    Raises:
        RootguardError: An account did not take it.
    """
    given = sorted(
        (each.check, each.compliance, each.note, account.id) for account in accounts for each in account.case.attested
    )
    with explained():
        for (check, compliance, note), answers in groupby(given, itemgetter(0, 1, 2)):
            now = datetime.now(UTC)
            answer = Answer(check, compliance, annotation(session.caller.arn, now, note), now)
            outcomes = record(session, [account_id for *_, account_id in answers], answer, DEFAULT_ROLE)
            if failed := {account: what for account, what in outcomes.items() if not isinstance(what, Recorded)}:
                raise RootguardError(f"{check} could not be attested: {failed}")
