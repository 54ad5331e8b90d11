"""What a request acts upon, as IAM names it: its action, and the ARNs of its resources.

From the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
An operation whose resource is not known here cannot be judged by a policy that scopes it, and the sandbox says so.
S3's requests are `s3_actions`'s matter.
"""

from collections.abc import Callable
from typing import Any

from moto.core.utils import get_service_model
from moto.iam.models import IAMBackend, iam_backends

from rootguard.sandbox.actions_without_resources import ACTIONS_WITHOUT_RESOURCES
from rootguard.sandbox.callers import Caller
from rootguard.sandbox.cloudformation.stack_index import stack_arn, stack_index
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.organization import organization_backend, organization_of
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.stack_sets.stack_set import stack_sets_of

type Finder = Callable[[Call, Caller], str | None]

EVERYTHING = "*"

_PREFIXES = {"monitoring": "cloudwatch"}
_ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}


def action_of(call: Call) -> str:
    """The IAM action that a request needs, `lambda:InvokeFunction` for Lambda's operation Invoke."""
    signing_name = str(get_service_model(call.service).signing_name)
    action = f"{_PREFIXES.get(signing_name, signing_name)}:{call.operation}"
    return _ACTIONS.get(action, action)


def resource_of(call: Call, caller: Caller) -> str | None:
    """The ARN a request acts upon; `*` for an action that supports no resources; None if it is not known here."""
    action = action_of(call)
    if action in ACTIONS_WITHOUT_RESOURCES:
        return EVERYTHING
    finder = _FINDERS.get(action.partition(":")[0])
    return finder(call, caller) if finder else None


def _account(call: Call, caller: Caller) -> str:
    """The account itself, or one of its organization (`AccountId`)."""
    member_id = call.parameters.get("AccountId")
    organization = organization_of(caller.account_id, caller.partition)
    if member_id is None or organization is None:
        return f"arn:{call.partition}:account::{call.account_id}:account"
    return f"arn:{call.partition}:account::{organization.master_account_id}:account/{organization.id}/{member_id}"


def _function(call: Call, caller: Caller) -> str | None:
    del caller
    name = call.parameters.get("FunctionName")
    if name is None:
        return None
    if name.startswith("arn:"):
        return str(name)
    account_id, _, plain = name.rpartition(":function:")
    return _arn(call, "lambda", f"function:{plain}", account_id or None)


def _log_group(call: Call, _: Caller) -> str:
    """AWS shows log groups so in its refusals, which is why policies write `log-group:NAME:*`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    name, stream = call.parameters.get("logGroupName", ""), call.parameters.get("logStreamName", "")
    return _arn(call, "logs", f"log-group:{name}:log-stream:{stream}")


def _organization_entity(call: Call, caller: Caller) -> str | None:
    """The account, OU, root or policy whose id is in the request."""
    backend = organization_backend(caller.account_id, caller.partition)
    members = ("AccountId", "ChildId", "OrganizationalUnitId", "ParentId", "PolicyId", "ResourceId", "TargetId")
    ids = [call.parameters[member] for member in members if member in call.parameters]
    if backend is None or len(ids) != 1:
        return None
    entities: tuple[Any, ...] = (*backend.accounts, *backend.ou, *backend.policies)
    return next((str(entity.arn) for entity in entities if entity.id == ids[0]), None)


def _role(call: Call, _: Caller) -> str | None:
    if call.operation == "AssumeRole":
        return call.parameters.get("RoleArn")
    target = call.parameters.get("TargetPrincipal", "")
    return f"arn:{call.partition}:iam::{target}:root" if target.isdigit() else target or None


def _rule(call: Call, _: Caller) -> str | None:
    name = call.parameters.get("Rule") or call.parameters.get("Name")
    bus = call.parameters.get("EventBusName", "default").rpartition("/")[2]
    return None if name is None else _arn(call, "events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")


def _signing(call: Call, _: Caller) -> str | None:
    """A signing profile or job; StartSigningJob is about the profile.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssigner.html
    """
    for member, kind in (("profileName", "signing-profiles"), ("jobId", "signing-jobs")):
        if member in call.parameters:
            return _arn(call, "signer", f"/{kind}/{call.parameters[member]}")
    return None


def _stack(call: Call, caller: Caller) -> str | None:
    """The StackSet or stack that is named; one that is about to be created has no id yet: `stack/NAME/*`."""
    if "StackSetName" in call.parameters:
        return _stack_set(call, caller)
    name = call.parameters.get("StackName")
    if name is not None:
        return stack_arn(call.account_id, call.region, call.partition, name)
    change_set = call.parameters.get("ChangeSetName")
    if change_set is not None:
        return stack_index(call.account_id, call.region).by_change_set.get(change_set)
    # Both act upon any stack if none is named.
    return EVERYTHING if call.operation in {"DescribeStacks", "GetTemplateSummary"} else None


def _stack_set(call: Call, caller: Caller) -> str:
    """The StackSet, which for a delegated administrator is the management account's; `NAME:*` if there is none."""
    name, account_id = call.parameters["StackSetName"], call.account_id
    organization = organization_of(caller.account_id, caller.partition)
    if organization is not None and call.parameters.get("CallAs") == "DELEGATED_ADMIN":
        account_id = organization.master_account_id
    known = stack_sets_of(Place(account_id, call.region)).named(name.partition(":")[0])
    return known.arn if known else _arn(call, "cloudformation", f"stackset/{name}:*", account_id)


def _topic(call: Call, _: Caller) -> str | None:
    return call.parameters.get("TopicArn")


def _trail(call: Call, _: Caller) -> str | None:
    name = call.parameters.get("TrailName") or call.parameters.get("Name")
    if name is None or name.startswith("arn:"):
        return name
    return _arn(call, "cloudtrail", f"trail/{name}")


def _iam_entity(call: Call, caller: Caller) -> str | None:
    """The user or role named; the caller itself, its root user included, where UserName may be left out."""
    backend = iam_backends[call.account_id][call.partition]
    if "RoleName" in call.parameters:
        return _role_arn(call, backend)
    if "PolicyArn" in call.parameters:
        return str(call.parameters["PolicyArn"])
    if "UserName" in call.parameters:
        name, path = call.parameters["UserName"], call.parameters.get("Path", "/")
        user = backend.users.get(name)
        return user.arn if user else f"arn:{call.partition}:iam::{call.account_id}:user{path}{name}"
    if call.operation == "GetAccessKeyLastUsed":
        return _key_owner(call, backend)
    shape = get_service_model("iam").operation_model(call.operation).input_shape
    return caller.entity_arn if shape is not None and "UserName" in shape.members else None


def _role_arn(call: Call, backend: IAMBackend) -> str:
    name = call.parameters["RoleName"]
    role = next((role for role in backend.roles.values() if role.name == name), None)
    path = call.parameters.get("Path", "/")
    return role.arn if role else f"arn:{call.partition}:iam::{call.account_id}:role{path}{name}"


def _key_owner(call: Call, backend: IAMBackend) -> str:
    key_id = call.parameters.get("AccessKeyId")
    if any(key.id == key_id for key in root_user(call.account_id).access_keys):
        return f"arn:{call.partition}:iam::{call.account_id}:root"
    owner = next((user for user in backend.users.values() if user.has_access_key(str(key_id))), None)
    return owner.arn if owner else f"arn:{call.partition}:iam::{call.account_id}:user/*"


def _arn(call: Call, service: str, resource: str, account_id: str | None = None) -> str:
    return f"arn:{call.partition}:{service}:{call.region}:{account_id or call.account_id}:{resource}"


_FINDERS: dict[str, Finder] = {
    "account": _account,
    "cloudformation": _stack,
    "cloudtrail": _trail,
    "events": _rule,
    "iam": _iam_entity,
    "lambda": _function,
    "logs": _log_group,
    "organizations": _organization_entity,
    "signer": _signing,
    "sns": _topic,
    "sts": _role,
}


def resource_finder(service: str) -> Callable[[Finder], Finder]:
    """Register how the resource of a service's requests is found, for what this module cannot know of."""

    def register(finder: Finder) -> Finder:
        _FINDERS[service] = finder
        return finder

    return register
