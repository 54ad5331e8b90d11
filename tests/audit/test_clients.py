"""One client per service and Region for many accounts: each request is signed by whoever it is for."""

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from tests.audit.conftest import Ground

from rootguard.audit.clients import PooledConnection, open_connection
from rootguard.kit.connection import Keys
from rootguard.sandbox import dispatch
from rootguard.sandbox.credentials import operator

WHO, REGION = "sts:GetCallerIdentity", "us-east-1"
USERS = "iam:ListUsers"


def of(connection: PooledConnection, account_id: str) -> PooledConnection:
    keys = operator(account_id)
    return connection.signed_by(Keys(keys.access_key_id, keys.secret_access_key, ""), REGION)


def asked(connection: PooledConnection) -> str:
    return str(connection.call(WHO, REGION, {}).members["Account"])


def test_many_accounts_at_once_are_each_asked_with_their_own_keys(ground: Ground) -> None:
    accounts = [f"{number:012}" for number in range(1, 9)]
    for account in accounts:
        ground.client("iam", account).create_user(UserName=f"of-{account}")
    connection = ground.connection()

    def work(account: str) -> tuple[str, set[str], str]:
        seen = of(connection, account)
        pages = [page.members["Users"] for page in seen.pages(USERS, REGION, {})]
        return account, {user["UserName"] for page in pages for user in page}, asked(seen)

    with dispatch.recording() as requests, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, accounts * 3))
    assert found == [(account, {f"of-{account}"}, account) for account in accounts * 3]
    assert {(each.account_id, each.access_key) for each in requests} == {
        (account, operator(account).access_key_id) for account in accounts
    }
    assert len(requests) == len(found) * 2


def test_pages_of_two_accounts_may_be_asked_for_in_turns(ground: Ground) -> None:
    accounts = ("000000000001", "000000000002")
    for account in accounts:
        organizations = ground.client("organizations", account)
        organizations.create_organization(FeatureSet="ALL")
        for name in ("one", "two"):
            organizations.create_account(AccountName=f"{name} of {account}", Email=f"{name}.{account}@example.com")
    connection, by_one = ground.connection(), {"PaginationConfig": {"PageSize": 1}}
    lists = [of(connection, account).pages("organizations:ListAccounts", REGION, by_one) for account in accounts]
    found = [next(pages).members["Accounts"][0]["Name"] for _ in range(3) for pages in lists]
    assert found[2:] == [f"{name} of {account}" for name in ("one", "two") for account in accounts]


def test_whoever_asks_in_between_keeps_his_own_keys(ground: Ground) -> None:
    connection = ground.connection()
    pages = of(connection, "000000000001").pages(USERS, REGION, {})
    next(pages)
    assert asked(connection) == ground.management
    assert asked(of(connection, "000000000002")) == "000000000002"
    assert asked(connection) == ground.management


def test_all_share_the_clients(ground: Ground) -> None:
    connection = ground.connection()
    other = of(connection, "000000000001")
    assert connection.pool.client("iam", REGION) is other.pool.client("iam", REGION)
    assert connection.pool.client("iam", REGION) is not connection.pool.client("iam", "eu-west-1")


def test_another_configuration_has_clients_of_its_own_and_the_same_keys(ground: Ground) -> None:
    connection = of(ground.connection(), "000000000001")
    patient = connection.configured(Config(read_timeout=7))
    assert patient.pool.client("iam", REGION).meta.config.read_timeout == 7
    assert connection.pool.client("iam", REGION).meta.config.read_timeout == 60
    assert asked(patient) == "000000000001"


def test_an_error_is_raised_as_botocore_raises_it_and_leaves_nobody_s_keys(ground: Ground) -> None:
    connection = ground.connection()
    with pytest.raises(ClientError, match="NoSuchEntity"):
        of(connection, "000000000001").call("iam:GetUser", REGION, {"UserName": "nobody"})
    assert asked(connection) == ground.management


def test_credentials_that_refresh_themselves_are_asked_for_anew(ground: Ground, tmp_path: Path) -> None:
    keys_file = tmp_path / "keys.json"
    (tmp_path / "aws-config").write_text(
        f"[profile short]\nregion = {REGION}\ncredential_process = {shutil.which('cat')} {keys_file}\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        ground.monkeypatch.delenv(name)

    def hand_out(account: str) -> None:
        keys = operator(account)
        soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        document = {"Version": 1, "AccessKeyId": keys.access_key_id, "SecretAccessKey": keys.secret_access_key}
        keys_file.write_text(json.dumps({**document, "SessionToken": "", "Expiration": soon}))

    hand_out("000000000001")
    connection, _ = open_connection("short", None, 2)
    assert asked(connection) == "000000000001"
    hand_out("000000000002")
    assert asked(connection) == "000000000002"


@pytest.mark.parametrize(
    ("variables", "service", "endpoint"),
    [
        pytest.param(
            {"AWS_REGION": "eu-central-1"}, "sts", "https://sts.eu-central-1.amazonaws.com", id="STS Regional"
        ),
        pytest.param({"AWS_REGION": "eu-central-1"}, "iam", "https://iam.amazonaws.com", id="IAM is global"),
        pytest.param(
            {"AWS_REGION": "us-gov-west-1"}, "iam", "https://iam.us-gov.amazonaws.com", id="GovCloud's own IAM"
        ),
        pytest.param(
            {"AWS_REGION": "cn-north-1"}, "sts", "https://sts.cn-north-1.amazonaws.com.cn", id="China's own suffix"
        ),
        pytest.param(
            {"AWS_REGION": "us-east-2", "AWS_USE_FIPS_ENDPOINT": "true"},
            "sts",
            "https://sts-fips.us-east-2.amazonaws.com",
            id="FIPS",
        ),
        pytest.param(
            {"AWS_REGION": "us-east-1", "AWS_USE_FIPS_ENDPOINT": "true"},
            "iam",
            "https://iam-fips.amazonaws.com",
            id="FIPS, global",
        ),
        pytest.param(
            {"AWS_REGION": "eu-central-1", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
            "cloudtrail",
            "https://cloudtrail.eu-central-1.api.aws",
            id="dual stack",
        ),
        pytest.param(
            {"AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            "iam",
            "http://127.0.0.1:9",
            id="AWS_ENDPOINT_URL",
        ),
        pytest.param(
            {"AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:8"},
            "iam",
            "http://127.0.0.1:8",
            id="AWS_ENDPOINT_URL of a service",
        ),
        pytest.param(
            {
                "AWS_REGION": "eu-central-1",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            },
            "iam",
            "https://iam.amazonaws.com",
            id="AWS_ENDPOINT_URL ignored",
        ),
    ],
)
def test_the_endpoint_is_the_one_of_the_aws_cli(
    bare_machine: pytest.MonkeyPatch, variables: Mapping[str, str], service: str, endpoint: str
) -> None:
    for name, value in {**variables, "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}.items():
        bare_machine.setenv(name, value)
    connection, region = open_connection(None, None, 2)
    assert connection.pool.client(service, region).meta.endpoint_url == endpoint


CONFIG = """
[default]
region = eu-north-1
[profile other]
region = eu-south-1
aws_access_key_id = AKIAOTHER
aws_secret_access_key = secret
[profile placeless]
aws_access_key_id = AKIAPLACELESS
aws_secret_access_key = secret
"""
OF_ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize(
    ("profile", "given", "variables", "region", "key"),
    [
        pytest.param(None, None, {}, "eu-north-1", "AKIAENVIRONMENT", id="the default profile's Region"),
        pytest.param(None, None, {"AWS_DEFAULT_REGION": "b"}, "b", "AKIAENVIRONMENT", id="AWS_DEFAULT_REGION"),
        pytest.param(
            None, None, {"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, "a", "AKIAENVIRONMENT", id="AWS_REGION first"
        ),
        pytest.param(None, "c", {"AWS_REGION": "a"}, "c", "AKIAENVIRONMENT", id="--region before all"),
        pytest.param("other", None, {}, "eu-south-1", "AKIAOTHER", id="--profile before the environment's keys"),
        pytest.param("other", "c", {"AWS_REGION": "a"}, "c", "AKIAOTHER", id="--profile and --region"),
        pytest.param(
            None, None, {"AWS_PROFILE": "other"}, "eu-south-1", "AKIAENVIRONMENT", id="keys before AWS_PROFILE"
        ),
    ],
)
def test_keys_and_region_are_found_as_the_aws_cli_finds_them(
    bare_machine: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    profile: str | None,
    given: str | None,
    variables: Mapping[str, str],
    region: str,
    key: str,
) -> None:
    (tmp_path / "aws-config").write_text(CONFIG)
    for name, value in {**OF_ENVIRONMENT, **variables}.items():
        bare_machine.setenv(name, value)
    connection, home = open_connection(profile, given, 2)
    assert (home, connection.credentials.get_frozen_credentials().access_key) == (region, key)


@pytest.mark.parametrize(
    ("profile", "variables", "error"),
    [
        pytest.param(None, {"AWS_REGION": "us-east-1"}, NoCredentialsError, id="no credentials"),
        pytest.param(None, OF_ENVIRONMENT, NoRegionError, id="no Region"),
        pytest.param("placeless", {}, NoRegionError, id="a profile without Region"),
        pytest.param("nobody", {"AWS_REGION": "us-east-1"}, ProfileNotFound, id="no such profile"),
        pytest.param(
            None, {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIA"}, PartialCredentialsError, id="half the keys"
        ),
    ],
)
def test_what_cannot_be_used_is_refused_before_any_request(
    bare_machine: pytest.MonkeyPatch,
    tmp_path: Path,
    profile: str | None,
    variables: Mapping[str, str],
    error: type[BotoCoreError],
) -> None:
    (tmp_path / "aws-config").write_text(CONFIG.replace("[default]\nregion = eu-north-1", ""))
    for name, value in variables.items():
        bare_machine.setenv(name, value)
    with pytest.raises(error):
        open_connection(profile, None, 2)
