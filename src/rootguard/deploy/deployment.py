"""`rootguard deploy`: from a checkout to rules that run in every account of the organization.

Every step looks at what is there before it does anything, so that a run that was interrupted anywhere is finished by
the next: what AWS is still busy with is waited for, what is as it should be is left alone.
"""

import json
import shlex
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rootguard.artifacts import build
from rootguard.aws_session import AwsSession
from rootguard.catalog import load_rules, rules_directory, templates_directory
from rootguard.deploy import coverage, names, parameters, preflight, repair
from rootguard.deploy.accounts import PackProgress, StackSetProgress
from rootguard.deploy.choices import Choices, Scope, organization_parameters, scope_of, signing_profile_of
from rootguard.deploy.console_links import console_links
from rootguard.deploy.execution import AccountProgress, Execution, OperationFailedError, Wanted
from rootguard.deploy.pace import Pace
from rootguard.deploy.publication import Publication, publish
from rootguard.deploy.screen import Screen
from rootguard.deploy.security_hub import FUNCTIONS, SecurityHub, functions_parameters, say_elsewhere
from rootguard.deploy.standing import Standing, check_stack_sets, find_standing
from rootguard.deploy.template import Template, read_template
from rootguard.deploy.unreachable import UnreachableAccounts
from rootguard.deploy.wording import listed
from rootguard.errors import RootguardError, UnfinishedError
from rootguard.pack_names import wanting

_TEMPLATES = (
    names.ARTIFACTS_TEMPLATE,
    names.RULES_TEMPLATE,
    names.SIGNED_RULES_TEMPLATE,
    names.ORGANIZATION_TEMPLATE,
    names.SECURITY_HUB_TEMPLATE,
)


def deploy(session: AwsSession, choices: Choices, screen: Screen, pace: Pace) -> None:
    """Deploy, or change what is deployed.

    Args:
        session: Of the management account, or of a delegated administrator.
        choices: What is not chosen stays as it was.
        screen: Shows it and asks.
        pace: How often to look at what AWS does.

    Raises:
        RootguardError: It cannot be done from here, or so; nothing has been changed that was not shown.
        UnfinishedError: It failed or is not done in every account; what and why has been said.
        ClientError: AWS refuses.
    """
    standing = find_standing(session, choices.call_as)
    check_stack_sets(session, standing)
    templates = {name: read_template(templates_directory(), name) for name in _TEMPLATES}
    free = parameters.parse(choices.parameters, tuple(templates.values()))
    _Deployment(session, standing, screen, pace, templates).run(choices, free)


class _Deployment:
    def __init__(
        self,
        session: AwsSession,
        standing: Standing,
        screen: Screen,
        pace: Pace,
        templates: Mapping[str, Template],
    ) -> None:
        self._session, self._standing, self._screen, self._pace = session, standing, screen, pace
        self._templates = templates
        self._pack: PackProgress | None = None
        self._plain = Execution(session, screen, pace)
        unreachable = UnreachableAccounts(session, standing, screen, pace)
        self._wide = Execution(session, screen, pace, self._account_progress, before_deletion=unreachable.take_out)
        hub_template = templates[names.SECURITY_HUB_TEMPLATE]
        self._hub = SecurityHub(session, standing, screen, self._plain, hub_template)

    def run(self, choices: Choices, free: Mapping[str, str]) -> None:
        before = self._wide.settled(names.ORGANIZATION_STACK)
        earlier = before.parameters if before else {}
        parameters.check_lengths(parameters.effective(self._templates[names.ORGANIZATION_TEMPLATE], free, earlier))
        root, states = coverage.root_id(self._session), coverage.account_states(self._session)
        coverage.check_choice(root, states, choices.units or (), choices.excluded or ())
        scope = scope_of(choices, earlier, root)
        if before is None:
            preflight.check_not_elsewhere(self._session, self._standing)
        left_out = self._left_out(scope, states)
        skipped = {*left_out, *scope.excluded}
        accounts = [each for each in coverage.active(states) if each not in skipped]
        recording = preflight.Recording(self._session, scope, accounts, choices.role_name, self._screen)
        recording.check(is_new=before is None)
        findings_of = self._hub.choose(choices.security_hub, is_new=before is None)
        publication = self._publish(choices, free, signing_profile_of(choices, earlier))
        given = {
            **free,
            "ArtifactBucket": publication.bucket,
            "ArtifactPrefix": publication.prefix,
            "SigningProfileVersionArn": publication.signing_profile_version_arn,
            **functions_parameters(findings_of),
        }
        functions = given.get(FUNCTIONS, earlier.get(FUNCTIONS, "none"))
        if findings_of != "off":  # automation rules act on findings that come after them, so they come first
            self._hub.deploy(findings_of, free, functions)
        self._deploy_here(scope, given, earlier, publication)
        kept_from_pack = left_out if scope.has_organization_pack else ()
        wanted = organization_parameters(scope, self._standing, kept_from_pack, choices)
        self._deploy_everywhere({**given, **wanted}, recording)
        self._remove_here(scope)
        if findings_of == "off":
            self._hub.deploy(findings_of, free, functions)
        if choices.security_hub == "off" and before is not None:
            say_elsewhere(self._session, self._standing, self._screen)
        members = [each for each in accounts if each != self._standing.management_account_id]
        targets = repair.Targets(scope.units, members, coverage.active_accounts(self._session))
        repair.finish_accounts(self._session, self._standing, publication, targets, self._screen, self._pace)
        self._say_where_to_look()

    def _account_progress(self) -> Sequence[AccountProgress]:
        self._pack = PackProgress(self._session)
        return (StackSetProgress(self._session, self._standing.call_as), self._pack)

    def _left_out(self, scope: Scope, known: Collection[str]) -> Collection[str]:
        """The accounts that get no functions and so must not get the organization's pack."""
        reasons = coverage.left_out(self._session, self._standing, known, scope.units, scope.excluded)
        for reason in dict.fromkeys(reasons.values()):
            accounts = [account for account, why in reasons.items() if why == reason]
            self._screen.say(f"left out: {listed(accounts)}: {reason}")
        coverage.check_room(reasons if scope.has_organization_pack else {}, scope.excluded)
        return tuple(reasons)

    def _publish(self, choices: Choices, free: Mapping[str, str], signing_profile: str | None) -> Publication:
        given = {**free, "OrganizationId": self._standing.organization_id}
        with _built(choices.build_directory) as folder:
            wanted = Wanted(names.ARTIFACTS_STACK, self._templates[names.ARTIFACTS_TEMPLATE], given)
            stack, _ = self._plain.deploy(wanted)
            bucket = stack.outputs.get("ArtifactBucket")
            if not bucket:
                raise RootguardError(f"{names.ARTIFACTS_STACK} has no output ArtifactBucket: it is not our stack")
            publication = publish(self._session, bucket, None, folder, signing_profile)
        place = f"s3://{publication.bucket}/{publication.prefix}"
        self._screen.say(f"{place}: {len(publication.written)} uploaded, {len(publication.unchanged)} there already")
        return publication

    def _deploy_here(
        self, scope: Scope, given: Mapping[str, str], earlier: Mapping[str, str], publication: Publication
    ) -> None:
        """The management account's own stack: no StackSet reaches it."""
        management = self._standing.management_account_id
        if management in scope.excluded:
            self._screen.say(f"left out: {management}, the management account: you exclude it")
            return
        name = names.SIGNED_RULES_TEMPLATE if publication.signing_profile_version_arn else names.RULES_TEMPLATE
        template, url = self._templates[name], self._url(publication, name)
        if self._standing.in_management_account:
            values = {**given, "PackDeployment": scope.pack_deployment}
            self._plain.deploy(Wanted(names.RULES_STACK, template, values, url))
            return
        values = {**parameters.effective(template, given, earlier), "PackDeployment": "stackset"}
        command = _create_stack_command(template, values, url, self._standing.region)
        self._screen.say(
            f"to judge the management account as well, run there: {command} (or update-stack, once it is there)"
        )

    def _remove_here(self, scope: Scope) -> None:
        """Of a management account that has been excluded since, the stack: a StackSet does as much for members."""
        if not (self._standing.in_management_account and self._standing.management_account_id in scope.excluded):
            return
        if (existing := self._plain.settled(names.RULES_STACK)) is None:
            return
        if not self._screen.agree(f"Delete {existing.name}, the functions of this account, which you exclude?"):
            raise UnfinishedError(f"{existing.name} stays: you did not agree")
        self._plain.delete(existing)

    def _deploy_everywhere(self, given: Mapping[str, str], recording: preflight.Recording) -> None:
        template = self._templates[names.ORGANIZATION_TEMPLATE]
        try:
            stack, _ = self._wide.deploy(Wanted(names.ORGANIZATION_STACK, template, given))
        except OperationFailedError:
            recording.explain(known=self._pack.failures if self._pack else ())
            raise
        for rule in load_rules():
            for name in wanting(rule, stack.parameters):
                self._screen.say(f"left out of the pack: {rule.name}, until you give --parameter {name}=…")

    def _url(self, publication: Publication, name: str) -> str:
        """As CloudFormation wants it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html."""
        host = f"{publication.bucket}.s3.{self._standing.region}.{self._session.dns_suffix}"
        return f"https://{host}/{publication.prefix}{name}"

    def _say_where_to_look(self) -> None:
        self._screen.say("deployed; within a day every rule has its first results: `rootguard status` shows them")
        for title, link in console_links(self._standing).items():
            self._screen.say(f"{title}: {link}")


def _create_stack_command(template: Template, values: Mapping[str, str], url: str, region: str) -> str:
    """What makes the stack of the rules in another account; a value that the template has anyway is not named."""
    chosen = {name: value for name, value in values.items() if value != (template.defaults[name] or "")}
    options = {
        "--region": region,
        "--stack-name": names.RULES_STACK,
        "--template-url": url,
        "--capabilities": "CAPABILITY_NAMED_IAM",
        "--parameters": json.dumps([{"ParameterKey": name, "ParameterValue": chosen[name]} for name in chosen]),
    }
    return shlex.join(["aws", "cloudformation", "create-stack", *(word for pair in options.items() for word in pair)])


@contextmanager
def _built(folder: Path | None) -> Iterator[Path]:
    """The folder of the zips: the one given, or one that is built and gone afterwards."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="rootguard-") as temporary:
        output = Path(temporary) / "build"
        build(rules_directory(), output)
        yield output
