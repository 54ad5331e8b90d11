"""Explanations of verdicts about an account of the sandbox, with all that AWS answered on the way."""

import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from tests.scenarios import Place, Scenario

from rootguard.catalog import load_rules
from rootguard.explain.explaining import Subject, explain
from rootguard.explain.explanation import Explanation
from rootguard.kit.account import Account
from rootguard.kit.connection import Connection, Keys, Reply, SessionConnection
from rootguard.kit.rule import AnyRule
from rootguard.sandbox.administrators import Administrator, Administrators
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox

_LOADER = functools.cache(botocore.session.create_loader)
_MANAGEMENT_IDS = itertools.count(222222222222)
RULES: Mapping[str, AnyRule] = {rule.name: rule for rule in load_rules()}


@dataclass
class Overhearing:
    """A connection that keeps the answers and the credentials that pass through it."""

    connection: Connection
    replies: list[Reply] = field(default_factory=list)
    keys: list[Keys] = field(default_factory=list)

    def call(self, action: str, region: str, parameters: Mapping[str, Any]) -> Reply:
        reply = self.connection.call(action, region, parameters)
        self.replies.append(reply)
        return reply

    def pages(self, action: str, region: str, parameters: Mapping[str, Any]) -> Iterator[Reply]:
        for reply in self.connection.pages(action, region, parameters):
            self.replies.append(reply)
            yield reply

    def signed_by(self, keys: Keys, region: str) -> "Overhearing":
        self.keys.append(keys)
        return Overhearing(self.connection.signed_by(keys, region), self.replies, self.keys)

    def configured(self, config: Config) -> "Overhearing":
        return Overhearing(self.connection.configured(config), self.replies, self.keys)


@dataclass
class Auditor:
    """Explains verdicts about the judged account."""

    place: Place
    heard: Overhearing

    @property
    def arn(self) -> str:
        return f"arn:aws:sts::{self.place.account_id}:assumed-role/auditor/me"

    def explain(self, rule: str, parameters: Mapping[str, str] | None = None, name: str = "judged") -> Explanation:
        id_ = self.place.account_id
        subject = Subject(
            id_,
            name,
            "aws",
            "us-east-1",
            lambda wrap: Account(id_, "aws", "us-east-1", wrap(self.heard, self.arn, id_)),
        )
        return explain(RULES[rule], subject, parameters or {}, datetime.now(UTC).date())

    def explain_in(self, rule: str, scenario: Scenario) -> Explanation:
        scenario.set_up(self.place)
        return self.explain(rule, scenario.parameters_in(self.place))


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def administrators(running_sandbox: Sandbox) -> Administrators:
    """Their clients serve every account."""
    return Administrators(running_sandbox)


@dataclass(frozen=True)
class _Session:
    """Takes the place of a boto3 session whose clients do not outlive a test."""

    administrator: Administrator

    def client(self, service: str, region_name: str, config: Config) -> Any:  # noqa: ARG002 - a session's signature
        return self.administrator.client(service, region_name)


@pytest.fixture
def auditor(running_sandbox: Sandbox, administrators: Administrators, monkeypatch: pytest.MonkeyPatch) -> Auditor:
    """In a new organization; roles are assumed where the environment says AWS is."""
    management_id = f"{next(_MANAGEMENT_IDS):012}"
    place = Place.found(running_sandbox, administrators, management_id)
    for name, value in running_sandbox.environment(operator(place.account_id)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(botocore.session, "create_loader", _LOADER)
    session: Any = _Session(place.judged)
    return Auditor(place, Overhearing(SessionConnection(session)))
