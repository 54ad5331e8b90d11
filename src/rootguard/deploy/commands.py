"""The commands that deploy: their options, and what their outcome means for the exit code.

Like `cli`, which has them, this imports what costs time only where a command needs it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rootguard.account_ids import check_account_ids
from rootguard.deploy.names import DEFAULT_ROLE

if TYPE_CHECKING:
    from rootguard.deploy.pace import Pace

FINDINGS = 1
UNSEEN = 3
INTERRUPTED = 130

ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="The profile of your AWS configuration.", show_default=False)
]
RegionOption = Annotated[
    str | None, typer.Option("--region", help="The home Region.", show_default="AWS_REGION, or the profile's")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Agree to everything beforehand, as a pipeline must.")]
CallAs = Annotated[
    Literal["self", "delegated-admin"] | None,
    typer.Option("--call-as", help="What the account is to the organization.", show_default="found out"),
]
RoleOption = Annotated[
    str, typer.Option("--role-name", help="The role to assume in the other accounts; it needs config:Describe*.")
]
StatusRoleOption = Annotated[
    str,
    typer.Option(
        "--role-name",
        help="The role to assume in the other accounts; it needs config:Describe* and config:GetComplianceDetails*.",
    ),
]
TimeoutOption = Annotated[int, typer.Option("--timeout", min=1, help="Minutes to wait for AWS altogether.")]


def publish(
    *,
    bucket: Annotated[
        str, typer.Option(help="The artifact bucket, output ArtifactBucket of templates/artifacts.yaml.")
    ],
    prefix: Annotated[
        str | None, typer.Option(help="What the keys begin with, such as a commit id; by default, a digest of it all.")
    ] = None,
    build_dir: Annotated[Path, typer.Option(help="What `rootguard build` has written.")] = Path("build"),
    signing_profile: Annotated[
        str | None, typer.Option(help="The AWS Signer profile that signs the code; unsigned by default.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="The profile of your AWS configuration.")] = None,
    region: Annotated[str | None, typer.Option(help="The bucket's Region.")] = None,
) -> None:
    """Upload the zips and the templates that AWS fetches; what is published is never overwritten."""
    from rootguard.aws_session import explained, open_session
    from rootguard.deploy.publication import publish as publish_artifacts

    chosen = None if prefix is None else f"{prefix.rstrip('/')}/"
    with explained():
        done = publish_artifacts(open_session(profile, region), bucket, chosen, build_dir, signing_profile or None)
    for key in done.written:
        typer.echo(f"published s3://{bucket}/{key}", err=True)
    for key in done.unchanged:
        typer.echo(f"unchanged s3://{bucket}/{key}", err=True)
    typer.echo(f"ArtifactBucket={done.bucket}")
    typer.echo(f"ArtifactPrefix={done.prefix}")
    if done.signing_profile_version_arn:
        typer.echo(f"SigningProfileVersionArn={done.signing_profile_version_arn}")


def deploy(
    *,
    profile: ProfileOption = None,
    region: RegionOption = None,
    yes: YesOption = False,
    organizational_unit: Annotated[
        list[str] | None,
        typer.Option(help="Deploy to the accounts of this organizational unit, or of the root; repeat for several."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Leave this account out; repeat for several; `none` to exclude none.")
    ] = None,
    pack_deployment: Annotated[
        Literal["organization", "stackset"] | None,
        typer.Option(help="Who brings the conformance pack: AWS Config, or each account's stack."),
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A parameter of the templates; repeat for several.")
    ] = None,
    call_as: CallAs = None,
    signing_profile: Annotated[
        str | None, typer.Option(help="The AWS Signer profile that signs the code; `none` to sign no longer.")
    ] = None,
    build_dir: Annotated[
        Path | None, typer.Option(help="What `rootguard build` has written.", show_default="built anew")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=100, help="Percentage of the accounts to work on at a time.")
    ] = None,
    failure_tolerance: Annotated[
        int | None, typer.Option(min=0, max=100, help="Percentage of the accounts that may fail before it is undone.")
    ] = None,
    security_hub: Annotated[
        Literal["own", "builtin", "both", "off"] | None,
        typer.Option(
            help="Whose findings Security Hub shows: the rules' own, AWS Config's built-in ones, both; `off` for none.",
            show_default="as before; at first own, if Security Hub is on",
        ),
    ] = None,
    role_name: RoleOption = DEFAULT_ROLE,
    timeout: TimeoutOption = 240,
) -> None:
    """Deploy the rules to every account of the organization, or change what is deployed.

    An option that is not given leaves what was chosen before. A run that was interrupted is finished by the next.
    """
    from rootguard.aws_session import explained, open_session
    from rootguard.deploy.choices import Choices
    from rootguard.deploy.deployment import deploy as deploy_everywhere
    from rootguard.deploy.screen import Screen

    choices = Choices(
        units=tuple(organizational_unit) if organizational_unit else None,
        excluded=_excluded(exclude),
        pack_deployment=pack_deployment,
        parameters=tuple(parameter or ()),
        call_as=_call_as(call_as),
        signing_profile=signing_profile,
        build_directory=build_dir,
        concurrency=concurrency,
        failure_tolerance=failure_tolerance,
        security_hub=security_hub,
        role_name=role_name,
    )
    with interruptible(), explained():
        deploy_everywhere(open_session(profile, region), choices, Screen(agreed=yes), _pace(timeout))


def status(
    *,
    profile: ProfileOption = None,
    region: RegionOption = None,
    call_as: CallAs = None,
    role_name: StatusRoleOption = DEFAULT_ROLE,
    attestation_days: Annotated[
        int, typer.Option(min=1, help="How many days old a person's answer to a process check may be.")
    ] = 365,
    output: Annotated[Literal["table", "json"], typer.Option(help="For people or for programs.")] = "table",
) -> None:
    """Show how deployment and rules fare in every account; exit 1 if anything is wrong or to attest, 3 if not seen."""
    import json
    from datetime import UTC, datetime

    from rich.console import Console

    from rootguard.aws_session import explained, open_session
    from rootguard.deploy.status.reading import look
    from rootguard.deploy.status.view import as_document, report_on, show

    with explained():
        seen = look(open_session(profile, region), _call_as(call_as), role_name)
    report = report_on(seen, datetime.now(UTC), attestation_days)
    if output == "json":
        typer.echo(json.dumps(as_document(report), indent=2, ensure_ascii=False))
    else:
        show(Console(), report)
    if report.has_problems or report.has_due:
        raise typer.Exit(FINDINGS)
    if not report.is_complete:
        raise typer.Exit(UNSEEN)


def destroy(
    *,
    profile: ProfileOption = None,
    region: RegionOption = None,
    yes: YesOption = False,
    delete_artifacts: Annotated[
        bool, typer.Option("--delete-artifacts", help="Also the artifact bucket and all that was ever published.")
    ] = False,
    call_as: CallAs = None,
    timeout: TimeoutOption = 240,
) -> None:
    """Take the rules away from every account; keeps the artifact bucket unless told."""
    from rootguard.aws_session import explained, open_session
    from rootguard.deploy.removal import destroy as take_away
    from rootguard.deploy.screen import Screen

    with interruptible(), explained():
        session, screen = open_session(profile, region), Screen(agreed=yes)
        take_away(session, _call_as(call_as), screen, _pace(timeout), delete_artifacts=delete_artifacts)


def _call_as(given: str | None) -> Literal["SELF", "DELEGATED_ADMIN"] | None:
    """As CloudFormation spells it."""
    if given is None:
        return None
    return "SELF" if given == "self" else "DELEGATED_ADMIN"


def _excluded(given: list[str] | None) -> tuple[str, ...] | None:
    """The accounts of --exclude; none of them for `none`, None for an option that is not given."""
    if not given:
        return None
    accounts = tuple(account for account in given if account != "none")
    check_account_ids("--exclude", accounts)
    return accounts


def _pace(minutes: int) -> "Pace":
    from rootguard.deploy.pace import Pace

    return Pace(deadline=time.monotonic() + minutes * 60)


@contextmanager
def interruptible() -> Iterator[None]:
    """Of Ctrl-C, say what it does not end."""
    try:
        yield
    except KeyboardInterrupt:
        goes_on = "interrupted; AWS goes on with what has begun: run the same command again to finish, or"
        typer.echo(f"rootguard: {goes_on} `rootguard status` to see how far it is", err=True)
        raise typer.Exit(INTERRUPTED) from None
