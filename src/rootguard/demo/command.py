"""The demo from end to end: build, start, create, deploy, evaluate, read back, show."""

import importlib.util
import json
import os
import signal
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from rootguard.artifacts import build
from rootguard.catalog import by_severity, load_catalog, load_rules, rules_directory, templates_directory
from rootguard.demo.alerting import ALARM_TEMPLATE, MetricRoute
from rootguard.demo.attesting import attest
from rootguard.demo.cases import cases
from rootguard.demo.central_control import (
    AUDIT_TEMPLATE,
    DENIAL_TEMPLATE,
    READER_TEMPLATE,
    deny_root,
    move,
    set_up_control,
)
from rootguard.demo.compliance_view import Cell, as_document, await_evaluations, read_cells, start_evaluations
from rootguard.demo.deployment import TEMPLATES, deny_evidence, deploy_rules
from rootguard.demo.hubs import enable_hubs
from rootguard.demo.matrix import show
from rootguard.demo.one_page import AGGREGATOR_TEMPLATE, deploy_aggregator, read_totals
from rootguard.demo.organization import DemoAccount, create_organization
from rootguard.demo.security_hub_view import read_hubs, show_hubs
from rootguard.demo.sessions import management_session
from rootguard.deploy import names
from rootguard.errors import RootguardError
from rootguard.export.documents import write_findings
from rootguard.kit.findings.asff import Finding
from rootguard.printable import check_standard_output
from rootguard.process_check import ConfigRule
from rootguard.sandbox import services
from rootguard.sandbox.config_rules import work
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.function_host import RUNTIME_PACKAGES
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state

_AROUND = (ALARM_TEMPLATE, READER_TEMPLATE, AUDIT_TEMPLATE, DENIAL_TEMPLATE, AGGREGATOR_TEMPLATE)
_FURTHER = {
    "\nEvery answer with its reason, as JSON": "demo --output out",
    "A rule, its answers and how to fix what it finds": "rules root-not-used",
    "The same organization for the aws CLI": "demo --serve",
    "Your own organization, looked at without changing it": "audit --organization",
}


def check_installed() -> None:
    """Find out before the work that functions can run.

    Raises:
        ModuleNotFoundError: A package of Lambda's runtime is missing.
    """
    for name in RUNTIME_PACKAGES:
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def run(accounts: int, output: Path | None, *, serve: bool) -> None:
    """Run the demo.

    Args:
        accounts: How many accounts the organization has, the management account included.
        output: A folder for compliance.json, findings.asff.json and findings.ocsf.json, made if it is not there.
        serve: Keep the sandbox up until Ctrl-C.

    Raises:
        RootguardError: The screen or the output folder cannot take the result, an account refused the pack, or the
            sandbox itself failed.
    """
    check_standard_output()
    _check_writable(output)
    signal.signal(signal.SIGTERM, _interrupt)
    _load_services()
    rules = by_severity(load_catalog())
    with Sandbox() as sandbox, tempfile.TemporaryDirectory(prefix="rootguard-") as folder:
        created, cells = _evaluated_organization(sandbox, rules, Path(folder), accounts)
        hubs = read_hubs(created[0].administrator, created)
        show(Console(), cells, rules)
        Console().print()
        show_hubs(Console(), hubs)
        _show_origin(created[0])
        if output:
            _write(cells, hubs.findings, output)
        if serve:
            _serve(sandbox)


def _evaluated_organization(
    sandbox: Sandbox, rules: Sequence[ConfigRule], folder: Path, accounts: int
) -> tuple[list[DemoAccount], list[Cell]]:
    state(Settings).evaluate_on_creation = False  # the demo triggers the evaluations itself, to show how
    with _progress() as progress:
        functions = load_rules()
        task = progress.add_task("building the Lambda zips", total=len(functions))
        build(rules_directory(), folder / "build")
        progress.update(task, completed=len(functions))

        created = list(
            progress.track(
                create_organization(sandbox, cases(accounts)), accounts, description="creating the organization"
            )
        )
        _deploy(sandbox, created, folder / "build", progress)
        deny_evidence(created, functions)

        task = progress.add_task("evaluating the rules", total=accounts)
        late = [account for account in created if account.case.awaits_organization_trail]
        _evaluate([account for account in created if account not in late], progress, task)
        MetricRoute(organization=True).set_up(created[0].administrator, created[0].id)
        _evaluate(late, progress, task)
        return created, [
            cell
            for account in progress.track(created, description="reading the view")
            for cell in read_cells(account, rules)
        ]


def _deploy(sandbox: Sandbox, created: Sequence[DemoAccount], zips: Path, progress: Progress) -> None:
    """The rules, and around them what they look at or look through."""
    management, session = created[0].administrator, management_session(sandbox)
    task = progress.add_task("setting up central control", total=1)
    enable_hubs(management, created[0].id, [each.id for each in created[1:] if each.case.has_hub])
    control = set_up_control(management)
    move(management, control, [(each.id, each.case.unit) for each in created if each.case.unit])
    progress.update(task, completed=1)

    deploy_rules(session, created, control, zips, progress)
    deploy_aggregator(management)
    deny_root(management, control)  # after the functions are there: one policy denies everybody but them
    attest(session, created)


def _show_origin(management: DemoAccount) -> None:
    """Say what the view came from."""
    totals = read_totals(management.administrator)
    console = Console(soft_wrap=True, highlight=False)
    console.print(
        f"\nOn one page, AWS Config's aggregator counts {totals.compliant} rules compliant and {totals.non_compliant} "
        "non-compliant in all accounts together."
    )
    deployed = [*TEMPLATES.values(), names.PACK_TEMPLATE, *_AROUND]
    others = sorted({path.name for path in templates_directory().glob("*.yaml")}.difference(deployed))
    console.print(f"Deployed as committed, by CloudFormation, from templates/: {', '.join(deployed)}.")
    console.print(f"Not needed here: {', '.join(others)}.")
    for does, command in _FURTHER.items():
        console.print(f"{does}: rootguard {command}")


def _evaluate(accounts: Sequence[DemoAccount], progress: Progress, task: TaskID) -> None:
    for account in accounts:
        start_evaluations(account)
    for done in await_evaluations(accounts):
        _check_background()
        progress.advance(task, done)


def _check_background() -> None:
    """Notice a crash of the sandbox, after which an answer would be awaited for ever."""
    try:
        work.idle(0)
    except work.WorkFailedError as error:
        raise RootguardError(f"the sandbox itself failed, which is a bug of rootguard: {error.__cause__}") from error


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _check_writable(output: Path | None) -> None:
    """Find out before the work that its result can be kept."""
    if output is None:
        return
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        raise RootguardError(f"cannot write into {output}: {error.strerror}; give --output another folder") from None


def _write(cells: Sequence[Cell], findings: Sequence[Finding], output: Path) -> None:
    text = json.dumps(as_document(cells), indent=2, ensure_ascii=False) + "\n"
    try:
        (output / "compliance.json").write_text(text, "utf-8")
        write_findings(findings, output)
    except OSError as error:
        message = (
            f"cannot write into {output}: {error.strerror}; its files are incomplete; give --output another folder"
        )
        raise RootguardError(message) from None


def _serve(sandbox: Sandbox) -> None:
    state(Settings).evaluate_on_creation = True  # from here on accounts come without the demo's knowing
    variables = sandbox.environment(operator(sandbox.management_account_id))
    console = Console(soft_wrap=True, highlight=False)
    console.print("\nThe sandbox stays up; in another terminal, as an administrator of the management account:\n")
    for name, value in variables.items():
        console.print(f"export {name}={value}")
    console.print("\nCtrl-C ends it.")
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def _load_services() -> None:
    """Import what the sandbox serves, which takes a second.

    Ctrl-C meanwhile ends the process itself, which has left nothing anywhere yet: Python drops an interrupt that comes
    in a callback of its import system.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: os._exit(128 + signal.SIGINT))
    services.load()
    signal.signal(signal.SIGINT, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End on SIGTERM as on Ctrl-C, so that nothing is left behind."""
    raise KeyboardInterrupt
