"""Conformance packs of an account and Region, and how one is deployed.

AWS Config deploys a pack as a CloudFormation stack
(https://docs.aws.amazon.com/config/latest/developerguide/troubleshooting-conformance-pack.html), so a pack's rules come
all or none: a pack that fails leaves the rules as they were.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rootguard.sandbox.config_rules.evaluation import put_evaluated_rule
from rootguard.sandbox.config_rules.pack_resources import PackResources, resources_in
from rootguard.sandbox.config_rules.pack_template import Template, TemplateError
from rootguard.sandbox.config_rules.place import Place, random_id
from rootguard.sandbox.config_rules.recorder import check_recording
from rootguard.sandbox.config_rules.rule_checks import check_rule
from rootguard.sandbox.config_rules.rules import CONFORMS_PRINCIPAL, Rule, check_room, delete_rule, rules_of
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import Key
from rootguard.sandbox.state import state

MAXIMUM_PACKS = 50
"""Per account (https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html)."""


class PackState(StrEnum):
    """ConformancePackState."""

    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    CREATE_FAILED = "CREATE_FAILED"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class PackRequest:
    """What PutConformancePack asked for.

    Attributes:
        template: Already checked.
        inputs: ConformancePackInputParameters.
        delivery: DeliveryS3Bucket and DeliveryS3KeyPrefix, where given.
    """

    template: Template
    inputs: tuple[dict[str, str], ...] = ()
    delivery: dict[str, str] = field(default_factory=dict)


@dataclass
class Pack:
    """A pack and the rules it made.

    Attributes:
        created_by: The service that deployed it; None for a pack of the account's own.
        reason: Why the last deployment failed, as error code and message.
        rules: Logical id -> the rule's name in the account.
        remediations: Logical id -> RemediationConfiguration, with the rule's name in the account; they do not run.
    """

    place: Place
    name: str
    pack_id: str
    stack_id: str
    request: PackRequest
    requested: datetime
    pack_state: PackState = PackState.CREATE_IN_PROGRESS
    created_by: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    completed: datetime | None = None
    reason: tuple[str, str] | None = None
    rules: dict[str, str] = field(default_factory=dict)
    remediations: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What sorts packs."""
        return (self.name,)

    @property
    def arn(self) -> str:
        """The ARN, as in https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-cli.html."""
        return self.place.arn(f"conformance-pack/{self.name}/{self.pack_id}")

    @property
    def stack_arn(self) -> str:
        """The stack that AWS Config would have made; nothing stands behind it here."""
        stack = f"stack/awsconfigconforms-{self.name}-{self.pack_id}/{self.stack_id}"
        return self.place.arn(stack, service="cloudformation")

    def rule_objects(self) -> list[Rule]:
        """The pack's rules."""
        by_name = rules_of(self.place).by_name
        return [by_name[name] for name in list(self.rules.values()) if name in by_name]


@dataclass
class Packs:
    """The packs of one place, by name."""

    by_name: dict[str, Pack] = field(default_factory=dict)


def packs_of(place: Place) -> Packs:
    """The store of a place."""
    return state(Packs, place.account_id, place.region)


def existing_pack(place: Place, name: str) -> Pack:
    """The pack of that name.

    Raises:
        AwsError: NoSuchConformancePackException.
    """
    pack = packs_of(place).by_name.get(name)
    if pack is None:
        raise AwsError("NoSuchConformancePackException", f"The conformance pack {name} does not exist.")
    return pack


def put_pack(
    place: Place, name: str, request: PackRequest, tags: dict[str, str], created_by: str | None = None
) -> Pack:
    """Note a pack that is about to be deployed; call `deploy` next.

    Raises:
        AwsError: ResourceInUseException, MaxNumberOfConformancePacksExceededException.
    """
    packs = packs_of(place).by_name
    pack = packs.get(name)
    if pack is None:
        if len(packs) >= MAXIMUM_PACKS:
            message = f"You have reached the limit of {MAXIMUM_PACKS} conformance packs in an account."
            raise AwsError("MaxNumberOfConformancePacksExceededException", message)
        pack_id = f"conformance-pack-{random_id(9)}"
        pack = Pack(
            place, name, pack_id, str(uuid.uuid4()), request, datetime.now(UTC), created_by=created_by, tags=tags
        )
        packs[name] = pack
        return pack
    check_settled(pack)
    pack.request, pack.requested, pack.reason = request, datetime.now(UTC), None
    failed = pack.pack_state is PackState.CREATE_FAILED
    pack.pack_state = PackState.CREATE_IN_PROGRESS if failed else PackState.UPDATE_IN_PROGRESS
    return pack


def check_settled(pack: Pack) -> None:
    """Refuse to touch a pack that is on its way.

    Raises:
        AwsError: ResourceInUseException.
    """
    if pack.pack_state.endswith("_IN_PROGRESS"):
        message = f"The conformance pack {pack.name} is in the state {pack.pack_state}. Please try again later."
        raise AwsError("ResourceInUseException", message)


def deploy(pack: Pack) -> None:
    """Make the pack's rules what its template says, or note why that failed; never raises for AWS's reasons."""
    updating = pack.pack_state is PackState.UPDATE_IN_PROGRESS
    try:
        _apply(pack)
    except (AwsError, TemplateError) as error:
        code = error.code if isinstance(error, AwsError) else "ConformancePackTemplateValidationException"
        pack.reason = str(code), str(error.message if isinstance(error, AwsError) else error)
        pack.pack_state = PackState.UPDATE_FAILED if updating else PackState.CREATE_FAILED
        return
    pack.completed = datetime.now(UTC)
    pack.pack_state = PackState.UPDATE_COMPLETE if updating else PackState.CREATE_COMPLETE


def _apply(pack: Pack) -> None:
    check_recording(pack.place)
    resources = resources_in(pack.request.template, pack.request.inputs, pack.place)
    definitions = {
        logical_id: {**rule, "ConfigRuleName": _name_in(pack, rule["ConfigRuleName"])}
        for logical_id, rule in resources.rules.items()
    }
    names = {logical_id: definition["ConfigRuleName"] for logical_id, definition in definitions.items()}
    with rules_of(pack.place).lock:
        _check(pack, definitions)
        for definition in definitions.values():
            put_evaluated_rule(pack.place, definition, {}, CONFORMS_PRINCIPAL)
        for rule in pack.rule_objects():
            if rule.name not in names.values():
                delete_rule(rule)
    pack.rules = names
    pack.remediations = _remediations(pack, resources)


def _check(pack: Pack, definitions: dict[str, dict[str, Any]]) -> None:
    """Refuse before anything changes, naming the resource that is to blame."""
    by_name = rules_of(pack.place).by_name
    new = [
        definition["ConfigRuleName"]
        for definition in definitions.values()
        if definition["ConfigRuleName"] not in by_name
    ]
    check_room(pack.place, len(new), new[-1] if new else "")
    for logical_id, definition in definitions.items():
        rule = by_name.get(definition["ConfigRuleName"])
        try:
            check_rule(pack.place, definition, rule.arn if rule else None)
        except AwsError as refusal:
            raise AwsError(refusal.code, f"{logical_id}: {refusal.message}") from None


def _name_in(pack: Pack, name: str) -> str:
    """The name of a rule in the account: `root-mfa-enabled-conformance-pack-szsm1uv0w`.

    (https://docs.aws.amazon.com/audit-manager/latest/APIReference/API_SourceKeyword.html)
    """
    return f"{name}-{pack.pack_id}"


def _remediations(pack: Pack, resources: PackResources) -> dict[str, dict[str, Any]]:
    return {
        logical_id: {**remediation, "ConfigRuleName": _name_in(pack, remediation["ConfigRuleName"])}
        for logical_id, remediation in resources.remediations.items()
    }


def delete_pack(pack: Pack) -> None:
    """Delete a pack with its rules and their results."""
    for rule in pack.rule_objects():
        delete_rule(rule)
    packs_of(pack.place).by_name.pop(pack.name, None)
