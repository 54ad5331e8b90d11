"""What a CloudFormation resource type does: create, update and delete, by the API calls that AWS's own handler makes.

A handler calls the sandbox over HTTP with the credentials of whoever runs the stack, so that permissions, defaults and
refusals are the services'. What its schema says (required, allowed, read-only and create-only properties) the engine
checks before; see https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html.
"""

import secrets
import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rootguard.sandbox.administrators import Clients
from rootguard.sandbox.clients import BackgroundClients

type Properties = Mapping[str, Any]
"""A resource's properties with every intrinsic function resolved."""

_SUFFIX_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Physical:
    """A resource that exists.

    Attributes:
        id: The physical id, which Ref gives.
        attributes: What Fn::GetAtt gives, by the names of the schema's readOnlyProperties ("Arn", "Endpoint.Port").
    """

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ResourceFailedError(Exception):
    """A resource that cannot be made, changed or deleted; the message is the stack event's reason.

    A botocore ClientError of a handler's own call needs no such translation: the engine does it. A creation that fails
    leaves nothing behind, see `requests.undoing`.
    """


@dataclass(frozen=True, slots=True)
class Context:
    """Where a resource stands and with whose permissions it is made.

    Attributes:
        clients: Hands out boto3 clients with the credentials of whoever runs the stack.
        tags: The stack's own tags, aws:cloudformation:* included, for types that take tags.
        previous_tags: In an update, the tags that the stack had before, so that those that it lost can be removed.
    """

    clients: Clients | BackgroundClients
    account_id: str
    region: str
    partition: str
    stack_name: str
    stack_id: str
    logical_id: str
    tags: Mapping[str, str] = field(default_factory=dict)
    previous_tags: Mapping[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client of a service in the stack's Region."""
        make: Any = self.clients.client
        return make(service, region_name=self.region)

    def generated_name(self, maximum: int = 64) -> str:
        """A name for a resource that the template does not name: <stack>-<logical id>-<12 characters>.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
        """
        suffix = "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(12))
        return f"{f'{self.stack_name}-{self.logical_id}'[: maximum - 13]}-{suffix}"


class ResourceType(ABC):
    """The handlers of a type; each returns when the resource is stable."""

    name: ClassVar[str]

    @abstractmethod
    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the resource; it must not exist."""

    @abstractmethod
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change it in place. A change of a create-only property never comes here: the engine replaces the resource."""

    @abstractmethod
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove it; one that is gone already is removed."""


_TYPES: dict[str, ResourceType] = {}


def resource_type(name: str) -> Callable[[type[ResourceType]], type[ResourceType]]:
    """Register a type: `@resource_type("AWS::SNS::Topic")`."""

    def register(kind: type[ResourceType]) -> type[ResourceType]:
        if name in _TYPES:
            raise ValueError(f"{name} has two handlers")
        kind.name = name
        _TYPES[name] = kind()
        return kind

    return register


def handler_of(name: str) -> ResourceType | None:
    """The handlers of a type, None for one that the sandbox does not have."""
    return _TYPES.get(name)
