"""`rootguard attest`: its options, and what it says.

Like `cli`, which has it, this imports what costs time only where the command needs it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from rootguard.deploy.commands import ProfileOption, RegionOption
from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.errors import RootguardError, UnfinishedError

if TYPE_CHECKING:
    from rootguard.attest.answer import Answer
    from rootguard.attest.recording import Outcome


def attest(
    *,
    rule: Annotated[str, typer.Argument(help="The process check, such as root-recovery-attested.")],
    account: Annotated[
        list[str] | None,
        typer.Option(metavar="ID[,...]", help="An account of which it is true; repeat for several."),
    ] = None,
    all_accounts: Annotated[
        bool, typer.Option("--all-accounts", help="It is true of every account that has the rule.")
    ] = False,
    compliant: Annotated[bool, typer.Option("--compliant", help="All that the rule's page asks for was seen.")] = False,
    non_compliant: Annotated[bool, typer.Option("--non-compliant", help="Something of it is missing.")] = False,
    not_applicable: Annotated[bool, typer.Option("--not-applicable", help="There is nothing to attest.")] = False,
    note: Annotated[str, typer.Option(help="How it was verified: AWS Config shows it with your name and the date.")],
    profile: ProfileOption = None,
    region: RegionOption = None,
    role_name: Annotated[
        str,
        typer.Option(
            help="The role to assume in the other accounts; it needs config:DescribeConfigRules and "
            "config:PutExternalEvaluation."
        ),
    ] = DEFAULT_ROLE,
) -> None:
    """Record what a person has verified where AWS shows no evidence; exit 3 if an account could not be reached."""
    from datetime import UTC, datetime

    from rootguard.attest.answer import Answer, annotation, checked_note, chosen_check, chosen_compliance
    from rootguard.attest.recording import check_known, given_accounts, record
    from rootguard.aws_session import explained, open_session
    from rootguard.catalog import load_catalog
    from rootguard.deploy.coverage import active_accounts

    check = chosen_check(rule, load_catalog())
    compliance = chosen_compliance(compliant=compliant, non_compliant=non_compliant, not_applicable=not_applicable)
    text = checked_note(note)
    if all_accounts and account:
        raise RootguardError("give either --account or --all-accounts")
    accounts = () if all_accounts else given_accounts(account or ())
    with explained():
        session, now = open_session(profile, region), datetime.now(UTC)
        answer = Answer(check.name, compliance, annotation(session.caller.arn, now, text), now)
        if all_accounts:
            accounts = tuple(active_accounts(session))
        check_known(session, accounts)
        outcomes = record(session, accounts, answer, role_name)
    _say(answer, outcomes, session.region, leave_out_the_rest=all_accounts)


def _say(answer: "Answer", outcomes: "Mapping[str, Outcome]", region: str, *, leave_out_the_rest: bool) -> None:
    """A line per account.

    Raises:
        UnfinishedError: Not all accounts that should have the answer do.
    """
    from rootguard.attest.recording import NotDeployed, Recorded
    from rootguard.deploy.members import NotSeen

    missing = 0
    for account, outcome in outcomes.items():
        match outcome:
            case Recorded(config_rules):
                typer.echo(f"{account}: {', '.join(config_rules)} is {answer.compliance}: {answer.annotation}")
            case NotDeployed():
                missing += not leave_out_the_rest
                fix = "left out" if leave_out_the_rest else "run `rootguard deploy`, or give another --region"
                typer.echo(f"{account}: has no {answer.check} in {region}: {fix}", err=True)
            case NotSeen(reason):
                missing += 1
                typer.echo(f"{account}: {reason}; or give another --role-name", err=True)
    if missing or not any(isinstance(outcome, Recorded) for outcome in outcomes.values()):
        raise UnfinishedError(
            f"{answer.check} is not recorded for {missing or len(outcomes)} of {len(outcomes)} accounts"
        )
