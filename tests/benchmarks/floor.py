"""The floor: the calls that `rootguard audit` makes, and nothing else, by the least that botocore needs for them.

    floor.py EVENTS                       the account of the credentials, the calls of a wave at once
    floor.py EVENTS ROLE JOBS ACCOUNT…    those accounts, JOBS at a time, the calls of each one after another

EVENTS is the kit's file of CloudTrail events that filters are tested on. A script of its own: nothing of rootguard.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError

type Answer = dict[str, Any]
type Question = tuple[str, str, Answer]
"""Service, method, parameters."""
type Waves = Callable[[Callable[[Question], Answer], Iterable[Question]], Iterable[Answer]]

THREADS = 8
WHO_ASKS: Question = ("sts", "get_caller_identity", {})
FIRST: tuple[Question, ...] = (
    ("cloudtrail", "describe_trails", {}),
    ("iam", "get_account_summary", {}),
    ("organizations", "describe_organization", {}),
    ("iam", "generate_credential_report", {}),
    ("iam", "list_virtual_mfa_devices", {}),
    ("iam", "list_organizations_features", {}),
    ("account", "get_alternate_contact", {"AlternateContactType": "SECURITY"}),
)


class Clients:
    """One client per service for all threads."""

    def __init__(self, session: botocore.session.Session) -> None:
        self._session = session
        self._config = Config(retries={"mode": "standard"}, max_pool_connections=64)
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def ask(self, question: Question) -> Answer:
        service, method, parameters = question
        with self._lock:  # botocore's sessions are for one thread
            if service not in self._clients:
                self._clients[service] = self._session.create_client(
                    service, region_name=os.environ["AWS_REGION"], config=self._config
                )
        try:
            answer: Answer = getattr(self._clients[service], method)(**parameters)
        except ClientError as refusal:  # ListOrganizationsFeatures of a member
            return dict(refusal.response)
        return answer


class Current(Credentials):
    """The credentials of the account that the thread is at."""

    def __init__(self) -> None:
        super().__init__("", "")
        self._thread = threading.local()

    def use(self, keys: Answer) -> None:
        self._thread.keys = ReadOnlyCredentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        keys: ReadOnlyCredentials = self._thread.keys
        return keys

    def load_credentials(self) -> Credentials:
        """What a session asks its component `credential_provider` for."""
        return self


def look(ask: Callable[[Question], Answer], messages: list[str], waves: Waves) -> int:
    """Ask all there is to ask of one account; 1 if its root has MFA.

    Each wave needs what the one before answered.
    """
    trails, summary, *_ = waves(ask, FIRST)
    trail = trails["trailList"][0]
    group = trail["CloudWatchLogsLogGroupArn"].split(":")[6]
    second: tuple[Question, ...] = (
        ("logs", "describe_metric_filters", {"logGroupName": group}),
        ("cloudwatch", "describe_alarms", {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100}),
        ("iam", "get_credential_report", {}),
        ("cloudtrail", "get_trail_status", {"Name": trail["TrailARN"]}),
        ("cloudtrail", "get_event_selectors", {"TrailName": trail["TrailARN"]}),
    )
    filters, alarms, *_ = waves(ask, second)
    pattern = filters["metricFilters"][0]["filterPattern"]
    third: tuple[Question, ...] = (
        ("logs", "test_metric_filter", {"filterPattern": pattern, "logEventMessages": messages}),
        ("sns", "list_subscriptions_by_topic", {"TopicArn": alarms["MetricAlarms"][0]["AlarmActions"][0]}),
    )
    list(waves(ask, third))
    return int(summary["SummaryMap"]["AccountMFAEnabled"])


def own_account(messages: list[str]) -> int:
    """Whether root of the credentials' account has MFA."""
    clients = Clients(botocore.session.get_session())
    with ThreadPoolExecutor(THREADS) as executor:
        executor.submit(clients.ask, WHO_ASKS)
        return look(clients.ask, messages, executor.map)


def other_accounts(messages: list[str], role: str, jobs: int, accounts: list[str]) -> int:
    """How many of the accounts have a root with MFA."""
    session = botocore.session.get_session()
    caller = Clients(session)
    caller.ask(WHO_ASKS)
    current, members = Current(), botocore.session.Session()
    members.register_component("data_loader", session.get_component("data_loader"))
    members.register_component("credential_provider", current)
    clients = Clients(members)

    def enter(account: str) -> int:
        role_arn = f"arn:aws:iam::{account}:role/{role}"
        answer = caller.ask(("sts", "assume_role", {"RoleArn": role_arn, "RoleSessionName": "floor"}))
        current.use(answer["Credentials"])
        return look(clients.ask, messages, map)

    with ThreadPoolExecutor(jobs) as executor:
        return sum(executor.map(enter, accounts))


def main(events: str, role: str = "", jobs: str = "", *accounts: str) -> int:
    groups = json.loads(Path(events).read_text("utf-8"))["groups"]
    messages = [json.dumps(item["event"], separators=(",", ":")) for items in groups.values() for item in items]
    return other_accounts(messages, role, int(jobs), [*accounts]) if accounts else own_account(messages)


if __name__ == "__main__":
    sys.stdout.write(f"{main(*sys.argv[1:])}\n")
