"""The `rootguard` command.

Exit codes: 0 nothing to report, 1 something is, 2 wrong usage or a fault that the message says how to mend,
3 something could not be seen or finished, 130 interrupted. Imports that cost time (boto3, moto) wait for the command
that needs them.
"""

import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from rootguard import __version__
from rootguard.attest.command import attest
from rootguard.audit.commands import audit, explain
from rootguard.deploy import commands
from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.errors import RootguardError
from rootguard.printable import never_fail_to_print

FINDINGS = 1
USAGE = 2
INTERRUPTED = 130
DEBUG_VARIABLE = "ROOTGUARD_DEBUG"

app = typer.Typer(
    name="rootguard",
    help="AWS Config rules that judge how every account of an AWS Organization protects its root user.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"rootguard {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=lambda value: _version(asked=value), is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Options of every command."""


def derive(
    *, check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file is stale.")] = False
) -> None:
    """Write the files that repeat what the rules say: parameters.json, the conformance pack, README's table."""
    from rootguard.catalog import PROJECT, load_catalog
    from rootguard.derive import stale_files, write_files

    if not (PROJECT / "pyproject.toml").is_file():
        raise RootguardError("derive works on a checkout of rootguard; this is an installed copy")
    paths = stale_files(load_catalog(), PROJECT) if check else write_files(load_catalog(), PROJECT)
    for path in paths:
        done = "written" if (PROJECT / path).exists() else "removed"
        typer.echo(f"{'stale' if check else done}: {path}")
    if check and paths:
        _fail("run `rootguard derive` and commit what it writes", FINDINGS)


def rules(
    name: Annotated[str | None, typer.Argument(help="Explain this rule; without a name, list them all.")] = None,
    *,
    format_: Annotated[
        Literal["table", "json"], typer.Option("--format", help="For people or for programs.")
    ] = "table",
) -> None:
    """List the rules, or explain one: why, how it decides, how to fix what it finds, what it may do."""
    from rootguard.catalog import load_catalog
    from rootguard.rulebook.command import run

    run(load_catalog(), name, as_json=format_ == "json")


def build(
    output: Annotated[Path, typer.Option(help="The folder to write; it becomes an RDK workspace, too.")] = Path(
        "build"
    ),
) -> None:
    """Build one reproducible Lambda zip per rule, and the manifest with their digests."""
    from rootguard.artifacts import build as build_artifacts
    from rootguard.catalog import rules_directory

    manifest = build_artifacts(rules_directory(), output)
    for artifact in manifest.rules.values():
        typer.echo(f"{artifact.sha256}  {artifact.size:>6}  {output / artifact.zip}")


def demo(
    *,
    accounts: Annotated[int, typer.Option(min=2, max=2000, help="How many accounts the organization has.")] = 12,
    output: Annotated[
        Path | None,
        typer.Option(help="A folder to write compliance.json, findings.asff.json and findings.ocsf.json into."),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Keep the sandbox running for the aws CLI until Ctrl-C.")
    ] = False,
) -> None:
    """Show it all on an embedded AWS Organization: build, deploy, evaluate, read back. Needs no AWS account."""
    try:
        from rootguard.demo.command import check_installed, run

        check_installed()
    except ModuleNotFoundError as error:
        raise RootguardError(f"the demo needs {error.name}: pip install 'rootguard[demo]'") from None
    run(accounts, output, serve=serve)


def doctor(
    *,
    profile: commands.ProfileOption = None,
    region: commands.RegionOption = None,
    role_name: Annotated[
        str,
        typer.Option(
            help="The role to assume in the other accounts; it needs config:DescribeConfigurationRecorderStatus and, "
            "in the management account, iam:GetRole and iam:ListOrganizationsFeatures."
        ),
    ] = DEFAULT_ROLE,
    output: Annotated[Literal["text", "json"], typer.Option(help="For people or for programs.")] = "text",
) -> None:
    """Check by read-only calls whether the organization is ready; exit 1 if anything fails, 3 if it was not seen."""
    from rich.console import Console

    from rootguard.aws_session import open_session
    from rootguard.doctor.command import as_json, examine, exit_code, show

    findings = examine(open_session(profile, region), role_name)
    if output == "json":
        typer.echo(as_json(findings))
    else:
        show(Console(), findings)
    raise typer.Exit(exit_code(findings))


# In the order in which a newcomer meets them.
for command in (
    demo,
    rules,
    audit,
    explain,
    doctor,
    commands.deploy,
    commands.status,
    attest,
    commands.destroy,
    build,
    commands.publish,
    derive,
):
    app.command()(command)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"rootguard: {message}", err=True)
    raise typer.Exit(code)


def _reason(error: OSError) -> str:
    if error.filename:
        return f"{error.strerror}: {error.filename}"
    if error.errno == errno.ENOSPC:
        return f"{error.strerror}: standard output's, or the temporary folder's ({tempfile.gettempdir()}, see TMPDIR)"
    return error.strerror or str(error)


def main() -> None:
    """Run the command line; of an error, one line reaches the user."""
    never_fail_to_print()
    try:
        app(standalone_mode=True)
    except RootguardError as error:
        typer.echo(f"rootguard: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        typer.echo(f"rootguard: {_reason(error)}", err=True)
        sys.exit(USAGE)
    except KeyboardInterrupt:  # before typer, which ends the same way, has the word
        sys.exit(INTERRUPTED)
    except Exception as error:
        if DEBUG_VARIABLE in os.environ:
            raise
        what = " ".join(f"unexpected {type(error).__name__}: {error}".split())
        typer.echo(f"rootguard: {what} (a fault of rootguard; {DEBUG_VARIABLE}=1 shows where)", err=True)
        sys.exit(USAGE)
