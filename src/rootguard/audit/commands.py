"""The commands that audit: their options.

Like `rootguard.cli`, which has them, this imports what costs time only where a command needs it.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from rootguard.deploy.commands import ProfileOption, RegionOption
from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.report.formats import Format

_Severity = Literal["critical", "high", "medium", "low"]

RoleNameOption = Annotated[
    str, typer.Option("--role-name", help="The role to assume in other accounts than the caller's, with its path.")
]
ExternalIdOption = Annotated[str, typer.Option("--external-id", help="For the trust policy of that role.")]
DurationOption = Annotated[
    int, typer.Option("--role-duration", min=900, max=43_200, help="Seconds for which that role is assumed.")
]
ReaderRoleOption = Annotated[
    str,
    typer.Option(
        "--reader-role-arn",
        help="The role that reads service control policies and other accounts' alarms.",
        show_default="in the management account, one's own credentials",
    ),
]
AssumeRootOption = Annotated[
    bool, typer.Option("--assume-root", help="List root's MFA devices of members in sts:AssumeRoot sessions.")
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--parameter", metavar="NAME=VALUE", help="A parameter of the conformance pack; repeat for several."),
]


def audit(
    *,
    profile: ProfileOption = None,
    region: RegionOption = None,
    organization: Annotated[
        bool, typer.Option("--organization", help="Every active account of the organization; else one's own.")
    ] = False,
    ou: Annotated[
        list[str] | None, typer.Option(help="The accounts below this organizational unit; repeat for several.")
    ] = None,
    account: Annotated[list[str] | None, typer.Option(help="This account; repeat for several.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Leave this account out; repeat for several.")] = None,
    role_name: RoleNameOption = DEFAULT_ROLE,
    external_id: ExternalIdOption = "",
    role_duration: DurationOption = 3600,
    rule: Annotated[list[str] | None, typer.Option(help="This rule; repeat for several; all by default.")] = None,
    severity: Annotated[_Severity | None, typer.Option(help="Only rules so severe, or more.")] = None,
    reader_role_arn: ReaderRoleOption = "",
    assume_root: AssumeRootOption = False,
    parameter: ParameterOption = None,
    format_: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Repeat, with as many --output, for several.", show_default="table"),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(help="The file for a --format, in the same order; `-` for standard output.", show_default="-"),
    ] = None,
    fail_on: Annotated[
        Literal["critical", "high", "medium", "low", "never"],
        typer.Option(help="Exit 1 if a violation is so severe, or more."),
    ] = "low",
    fail_on_new: Annotated[
        bool, typer.Option("--fail-on-new", help="Count only violations that the baseline lacks.")
    ] = False,
    baseline: Annotated[
        Path | None, typer.Option(help="An earlier audit in JSON: tell what is new, fixed, unchanged.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="An interrupted audit in JSON: go on; also where something was not seen.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Accounts to look into at a time.")] = 16,
) -> None:
    """Judge root's protection now, by read-only calls; exit 1 if a rule is violated, 3 if something was not seen."""
    from rootguard.audit.operator import Role
    from rootguard.audit.plan import Wish
    from rootguard.audit.run import Options, run
    from rootguard.audit.scope import Choice
    from rootguard.audit.threshold import Threshold
    from rootguard.kit.rule import Severity
    from rootguard.report.outputs import pair

    options = Options(
        profile=profile,
        region=region,
        choice=Choice(
            organization=organization,
            units=tuple(ou or ()),
            accounts=tuple(account or ()),
            excluded=tuple(exclude or ()),
        ),
        wish=Wish(
            rules=tuple(rule or ()),
            severity=Severity(severity) if severity else None,
            parameters=tuple(parameter or ()),
            reader_role_arn=reader_role_arn,
            assume_root=assume_root,
        ),
        role=Role(role_name, external_id, role_duration),
        jobs=jobs,
        outputs=pair(format_ or (), output or ()),
        threshold=Threshold(fail_on),
        only_new=fail_on_new,
        baseline=baseline,
        resume=resume,
    )
    raise typer.Exit(run(options))


def explain(
    account: Annotated[str, typer.Argument(help="The account's id.")],
    rule: Annotated[str, typer.Argument(help="The rule's name.")],
    *,
    profile: ProfileOption = None,
    region: RegionOption = None,
    role_name: RoleNameOption = DEFAULT_ROLE,
    external_id: ExternalIdOption = "",
    role_duration: DurationOption = 3600,
    reader_role_arn: ReaderRoleOption = "",
    assume_root: AssumeRootOption = False,
    parameter: ParameterOption = None,
    format_: Annotated[Literal["text", "json"], typer.Option("--format", help="For people or for programs.")] = "text",
) -> None:
    """Explain one verdict, asked anew: each call and its answer, each step of the decision; exit 3 if there is none."""
    from rootguard.audit.operator import Role
    from rootguard.audit.plan import Wish
    from rootguard.explain.command import Options, run

    options = Options(
        account_id=account,
        rule=rule,
        profile=profile,
        region=region,
        role=Role(role_name, external_id, role_duration),
        wish=Wish(parameters=tuple(parameter or ()), reader_role_arn=reader_role_arn, assume_root=assume_root),
        as_json=format_ == "json",
    )
    raise typer.Exit(run(options))
