"""The root user as IAM's API shows it."""

import csv
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rootguard.sandbox.credential_report import credential_report
from rootguard.sandbox.root_user import KeyUse, Password, QuotaError, RootUser, root_user
from rootguard.sandbox.services.iam import omitting

CHANGED, USED = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC)
USE = KeyUse(USED, "us-east-1", "iam")

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]


@pytest.fixture(scope="module")
def account_id(world: Any) -> str:
    return str(world.standalone_account())


@pytest.fixture
def user(account_id: str) -> RootUser:
    """The root user as a new account has it, and no report about it yet."""
    user = root_user(account_id)
    user.remove_credentials()
    user.created, user.password = CHANGED, Password(CHANGED)
    kept = credential_report(account_id)
    kept.report, kept.delay, kept.pending = None, 0, 0
    return user


@pytest.fixture
def iam(world: Any, account_id: str) -> Any:
    return world.client("iam", account_id)


def _password(user: RootUser) -> None:
    user.password = Password(CHANGED, USED)


def _nothing(user: RootUser) -> None:
    user.remove_credentials()


def _two_keys(user: RootUser) -> None:
    user.add_access_key(created=CHANGED, last_used=USE)
    user.add_access_key(active=False, created=CHANGED)


def _certificate(user: RootUser) -> None:
    user.add_signing_certificate(active=False, uploaded=CHANGED)


@pytest.mark.parametrize(
    ("arrange", "shown"),
    [
        pytest.param(_nothing, (0, 0, 0, 0), id="nothing"),
        pytest.param(_password, (0, 0, 1, 0), id="password"),
        pytest.param(lambda user: user.add_virtual_mfa_device("phone"), (1, 0, 1, 0), id="virtual-mfa"),
        pytest.param(lambda user: user.add_passkey("yubikey"), (1, 0, 1, 0), id="passkey"),
        pytest.param(lambda user: user.add_hardware_totp("GALT1"), (1, 0, 1, 0), id="hardware-token"),
        pytest.param(lambda user: user.add_access_key(active=False), (0, 1, 1, 0), id="inactive-key"),
        pytest.param(_two_keys, (0, 1, 1, 0), id="two-keys"),
        pytest.param(_certificate, (0, 0, 1, 1), id="inactive-certificate"),
    ],
)
def test_account_summary(
    user: RootUser, iam: Any, arrange: Callable[[RootUser], object], shown: tuple[int, ...]
) -> None:
    arrange(user)
    summary = iam.get_account_summary()["SummaryMap"]
    names = ("MFAEnabled", "AccessKeysPresent", "PasswordPresent", "SigningCertificatesPresent")
    assert tuple(summary[f"Account{name}"] for name in names) == shown
    assert len(summary) == 34


def test_a_key_can_be_left_out_of_the_summary(user: RootUser, iam: Any) -> None:
    with omitting("AccountPasswordPresent"):
        assert "AccountPasswordPresent" not in iam.get_account_summary()["SummaryMap"]
    assert iam.get_account_summary()["SummaryMap"]["AccountPasswordPresent"] == int(user.password is not None)


def test_a_created_account_has_no_root_credentials_and_its_management_account_a_password(world: Any) -> None:
    management = world.organization()
    present = [
        world.client("iam", account_id).get_account_summary()["SummaryMap"]["AccountPasswordPresent"]
        for account_id in (management, world.member(management))
    ]
    assert present == [1, 0]


@pytest.mark.parametrize(
    ("add", "quota"),
    [
        pytest.param(RootUser.add_access_key, 2, id="access-keys"),
        pytest.param(RootUser.add_signing_certificate, 2, id="certificates"),
        pytest.param(RootUser.add_passkey, 8, id="mfa-devices"),
    ],
)
def test_quotas(user: RootUser, add: Callable[[RootUser], object], quota: int) -> None:
    for _ in range(quota):
        add(user)
    with pytest.raises(QuotaError):
        add(user)


@pytest.fixture(scope="module")
def devices_account(world: Any) -> str:
    """Two devices of root, one of them a passkey; one of alice that looks like root's; one that is nobody's."""
    account_id = str(world.standalone_account())
    root_user(account_id).add_virtual_mfa_device("phone", enabled=CHANGED)
    root_user(account_id).add_passkey()
    iam = world.client("iam", account_id)
    iam.create_user(UserName="alice")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="root-account-mfa-device")["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName="alice",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    iam.create_virtual_mfa_device(VirtualMFADeviceName="spare")
    return account_id


class TestVirtualDevices:
    @pytest.fixture
    def iam(self, world: Any, devices_account: str) -> Any:
        return world.client("iam", devices_account)

    @pytest.mark.parametrize(
        ("status", "owners"),
        [
            pytest.param({}, {"phone": ":root", "root-account-mfa-device": ":user/alice", "spare": None}, id="default"),
            pytest.param(
                {"AssignmentStatus": "Any"},
                {"phone": ":root", "root-account-mfa-device": ":user/alice", "spare": None},
                id="any",
            ),
            pytest.param(
                {"AssignmentStatus": "Assigned"},
                {"phone": ":root", "root-account-mfa-device": ":user/alice"},
                id="assigned",
            ),
            pytest.param({"AssignmentStatus": "Unassigned"}, {"spare": None}, id="unassigned"),
        ],
    )
    def test_owners(
        self, devices_account: str, iam: Any, status: dict[str, str], owners: dict[str, str | None]
    ) -> None:
        devices = iam.list_virtual_mfa_devices(**status)["VirtualMFADevices"]
        prefix = f"arn:aws:iam::{devices_account}"
        assert {each["SerialNumber"]: each["User"]["Arn"] if "User" in each else None for each in devices} == {
            f"{prefix}:mfa/{name}": owner and prefix + owner for name, owner in owners.items()
        }

    def test_root_is_a_user_without_a_name(self, devices_account: str, iam: Any) -> None:
        devices = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
        (root,) = [each for each in devices if each["User"]["Arn"].endswith(":root")]
        assert root["EnableDate"] == CHANGED
        assert root["User"]["UserId"] == devices_account
        assert {"UserName", "Path", "PasswordLastUsed"}.isdisjoint(root["User"])

    def test_pages(self, iam: Any) -> None:
        first = iam.list_virtual_mfa_devices(MaxItems=2)
        second = iam.list_virtual_mfa_devices(MaxItems=2, Marker=first["Marker"])
        assert (len(first["VirtualMFADevices"]), first["IsTruncated"]) == (2, True)
        assert (len(second["VirtualMFADevices"]), second["IsTruncated"], "Marker" in second) == (1, False, False)
        assert len(list(iam.get_paginator("list_virtual_mfa_devices").paginate(PaginationConfig={"PageSize": 1}))) == 3

    @pytest.mark.parametrize(
        "arguments",
        [
            pytest.param({"MaxItems": 1001}, id="too-many"),
            pytest.param({"AssignmentStatus": "All"}, id="status"),
            pytest.param({"Marker": "nonsense"}, id="marker"),
        ],
    )
    def test_invalid_requests(self, iam: Any, arguments: dict[str, Any], refusal: Refused) -> None:
        assert refusal(lambda: iam.list_virtual_mfa_devices(**arguments))[0] == "ValidationError"

    def test_roots_device_takes_up_its_name(self, iam: Any, refusal: Refused) -> None:
        code, _, status = refusal(lambda: iam.create_virtual_mfa_device(VirtualMFADeviceName="phone"))
        assert (code, status) == ("EntityAlreadyExists", 409)


class TestCredentialReport:
    @staticmethod
    def _rows(iam: Any) -> list[dict[str, str]]:
        iam.generate_credential_report()
        return list(csv.DictReader(iam.get_credential_report()["Content"].decode().splitlines()))

    @pytest.mark.parametrize(
        ("arrange", "expected"),
        [
            pytest.param(
                _nothing,
                {
                    "password_enabled": "false",
                    "password_last_used": "N/A",
                    "password_last_changed": "N/A",
                    "password_next_rotation": "not_supported",
                    "mfa_active": "false",
                    "access_key_1_active": "false",
                    "access_key_1_last_rotated": "N/A",
                    "cert_1_active": "false",
                    "cert_1_last_rotated": "N/A",
                },
                id="nothing",
            ),
            pytest.param(
                _password,
                {
                    "password_enabled": "true",
                    "password_last_used": "2025-06-07T08:09:10Z",
                    "password_last_changed": "2024-01-02T03:04:05Z",
                },
                id="password-used",
            ),
            pytest.param(
                lambda user: setattr(user, "password", Password(CHANGED)),
                {"password_enabled": "true", "password_last_used": "no_information"},
                id="password-never-used",
            ),
            pytest.param(
                _two_keys,
                {
                    "access_key_1_active": "true",
                    "access_key_1_last_rotated": "2024-01-02T03:04:05Z",
                    "access_key_1_last_used_date": "2025-06-07T08:09:10Z",
                    "access_key_1_last_used_region": "us-east-1",
                    "access_key_1_last_used_service": "iam",
                    "access_key_2_active": "false",
                    "access_key_2_last_rotated": "2024-01-02T03:04:05Z",
                    "access_key_2_last_used_date": "N/A",
                    "access_key_2_last_used_region": "N/A",
                    "access_key_2_last_used_service": "N/A",
                },
                id="keys",
            ),
            pytest.param(
                lambda user: user.add_access_key(last_used=KeyUse(USED, None, "s3")),
                {"access_key_1_last_used_region": "N/A", "access_key_1_last_used_service": "s3"},
                id="service-without-regions",
            ),
            pytest.param(
                _certificate,
                {"cert_1_active": "false", "cert_1_last_rotated": "2024-01-02T03:04:05Z", "cert_2_active": "false"},
                id="certificate",
            ),
            pytest.param(lambda user: user.add_hardware_totp(), {"mfa_active": "true"}, id="mfa"),
        ],
    )
    def test_the_root_row(
        self, iam: Any, user: RootUser, arrange: Callable[[RootUser], object], expected: dict[str, str]
    ) -> None:
        arrange(user)
        (row,) = self._rows(iam)
        assert len(row) == 22
        assert (row["user"], row["arn"]) == ("<root_account>", f"arn:aws:iam::{user.account_id}:root")
        assert row["user_creation_time"] == "2024-01-02T03:04:05Z"
        assert {column: row[column] for column in expected} == expected

    def test_users_follow_root_whatever_their_case(self, world: Any) -> None:
        iam = world.client("iam", world.standalone_account())
        for name in ("bob", "Zoe", "Alice"):
            iam.create_user(UserName=name)
        iam.create_login_profile(UserName="bob", Password="correct horse")
        iam.create_access_key(UserName="bob")
        iam.update_account_password_policy(MaxPasswordAge=90)
        rows = self._rows(iam)
        assert [row["user"] for row in rows] == ["<root_account>", "Alice", "bob", "Zoe"]
        bob, alice = rows[2], rows[1]
        assert (bob["password_enabled"], bob["access_key_1_active"]) == ("true", "true")
        assert bob["password_last_used"] == "no_information"
        changed, due = (datetime.fromisoformat(bob[f"password_{name}"]) for name in ("last_changed", "next_rotation"))
        assert due - changed == timedelta(days=90)
        assert (alice["password_last_used"], alice["password_next_rotation"]) == ("N/A", "N/A")

    def test_a_report_is_kept_for_four_hours(self, iam: Any, user: RootUser) -> None:
        _nothing(user)
        assert iam.generate_credential_report()["State"] == "STARTED"
        first = iam.get_credential_report()
        user.add_passkey()
        credential_report(user.account_id).make_older(timedelta(hours=3, minutes=59))
        assert iam.generate_credential_report()["State"] == "COMPLETE"
        again = iam.get_credential_report()
        assert again["Content"] == first["Content"]
        assert first["GeneratedTime"] - again["GeneratedTime"] == timedelta(hours=3, minutes=59)
        credential_report(user.account_id).make_older(timedelta(minutes=2))
        assert iam.generate_credential_report()["State"] == "STARTED"
        assert iam.get_credential_report()["Content"] != first["Content"]

    def test_a_report_that_takes_a_while(self, iam: Any, user: RootUser, refusal: Refused) -> None:
        credential_report(user.account_id).delay = 2
        assert refusal(iam.get_credential_report)[::2] == ("ReportNotPresent", 410)
        assert iam.generate_credential_report()["State"] == "STARTED"
        assert refusal(iam.get_credential_report)[::2] == ("ReportInProgress", 404)
        assert iam.generate_credential_report()["State"] == "INPROGRESS"
        assert iam.generate_credential_report()["State"] == "COMPLETE"
        assert iam.get_credential_report()["ReportFormat"] == "text/csv"

    def test_an_old_report_has_expired(self, iam: Any, user: RootUser, refusal: Refused) -> None:
        iam.generate_credential_report()
        credential_report(user.account_id).make_older(timedelta(hours=5))
        assert refusal(iam.get_credential_report)[::2] == ("ReportExpired", 410)


class TestRootsOwnKey:
    def test_identity(self, world: Any, user: RootUser) -> None:
        identity = world.client("sts", user.add_access_key().keys).get_caller_identity()
        assert (identity["UserId"], identity["Arn"]) == (user.account_id, f"arn:aws:iam::{user.account_id}:root")

    def test_its_use_is_recorded(self, world: Any, user: RootUser, iam: Any) -> None:
        keys = user.add_access_key().keys
        assert iam.get_access_key_last_used(AccessKeyId=keys.access_key_id)["AccessKeyLastUsed"] == {
            "Region": "N/A",
            "ServiceName": "N/A",
        }
        world.client("config", keys, "eu-west-1").describe_config_rules()
        (key,) = user.access_keys
        assert key.last_used is not None
        used = iam.get_access_key_last_used(AccessKeyId=key.id)["AccessKeyLastUsed"]
        assert (used["Region"], used["ServiceName"], used["LastUsedDate"]) == (
            "eu-west-1",
            "config",
            key.last_used.date,
        )
        world.client("iam", keys).get_account_summary()
        assert user.access_keys == [key]

    def test_it_sees_and_removes_its_own_credentials(self, world: Any, user: RootUser, refusal: Refused) -> None:
        keys = user.add_access_key(created=CHANGED).keys
        device, certificate = user.add_passkey(), user.add_signing_certificate()
        iam = world.client("iam", keys)
        assert iam.get_user()["User"]["UserId"] == user.account_id
        assert iam.list_mfa_devices()["MFADevices"][0]["SerialNumber"] == device.serial_number
        assert iam.get_mfa_device(SerialNumber=device.serial_number)["SerialNumber"] == device.serial_number
        assert iam.list_signing_certificates()["Certificates"][0]["CertificateId"] == certificate.id
        assert iam.get_login_profile()["LoginProfile"]["PasswordResetRequired"] is False
        (key,) = iam.list_access_keys()["AccessKeyMetadata"]
        assert (key["Status"], key["CreateDate"]) == ("Active", CHANGED)
        iam.delete_signing_certificate(CertificateId=certificate.id)
        iam.deactivate_mfa_device(SerialNumber=device.serial_number)
        iam.delete_login_profile()
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
        assert (user.password, user.access_keys, user.signing_certificates, user.mfa_devices) == (None, [], [], [])
        assert refusal(iam.list_access_keys)[::2] == ("InvalidClientTokenId", 403)

    def test_an_inactive_key_is_worth_nothing(self, world: Any, user: RootUser, refusal: Refused) -> None:
        keys = user.add_access_key(active=False).keys
        assert refusal(lambda: world.identity(keys))[::2] == ("InvalidClientTokenId", 403)

    @pytest.mark.parametrize(
        ("serial_number", "code"),
        [
            pytest.param("arn:aws:iam::111122223333:mfa/phone", "ValidationError", id="virtual"),
            pytest.param("arn:aws:iam::111122223333:u2f/root/key-AAAA", "NoSuchEntity", id="unknown"),
        ],
    )
    def test_other_devices(self, world: Any, user: RootUser, serial_number: str, code: str, refusal: Refused) -> None:
        iam = world.client("iam", user.add_access_key().keys)
        assert refusal(lambda: iam.get_mfa_device(SerialNumber=serial_number))[0] == code


class TestSeeding:
    @pytest.fixture
    def post(self, world: Any) -> Callable[[Any], tuple[int, Any]]:
        def send(description: Any) -> tuple[int, Any]:
            url = f"{world.sandbox.endpoint_url}/moto-api/static/iam/root-user"
            request = urllib.request.Request(url, json.dumps(description).encode(), method="POST")  # noqa: S310 - our own
            try:
                with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, json.load(error)

        return send

    def test_the_named_parts_are_replaced(self, world: Any, post: Callable[[Any], tuple[int, Any]]) -> None:
        status, shown = post(
            {
                "account_id": "111122223333",
                "password": {"last_used": "2025-06-07T08:09:10Z", "last_changed": "2024-01-02T03:04:05Z"},
                "access_keys": [
                    {"active": False, "last_used": {"date": "2025-06-07T08:09:10", "region": None, "service": "s3"}}
                ],
                "signing_certificates": [{"active": True}],
                "mfa_devices": [
                    {"kind": "virtual", "name": "phone"},
                    {"kind": "fido"},
                    {"kind": "hardware", "serial_number": "GALT1"},
                ],
            }
        )
        user = root_user("111122223333")
        assert status == 201
        assert user.password == Password(CHANGED, USED)
        assert [(key.active, key.last_used) for key in user.access_keys] == [(False, KeyUse(USED, None, "s3"))]
        assert len(user.signing_certificates) == 1
        assert [device["kind"] for device in shown["mfa_devices"]] == ["virtual", "fido", "hardware"]
        assert post({"account_id": "111122223333", "password": False, "mfa_devices": []})[0] == 201
        assert (root_user("111122223333").password, user.mfa_devices, len(user.access_keys)) == (None, [], 1)
        url = f"{world.sandbox.endpoint_url}/moto-api/static/iam/root-user?account_id=111122223333"
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own
            assert json.load(answer)["password"] is None

    @pytest.mark.parametrize(
        "description",
        [
            pytest.param({}, id="no-account"),
            pytest.param({"account_id": "111122223333", "mfa": True}, id="unknown-part"),
            pytest.param({"account_id": "111122223333", "mfa_devices": [{"kind": "sms"}]}, id="unknown-kind"),
            pytest.param({"account_id": "111122223333", "access_keys": [{}, {}, {}]}, id="too-many-keys"),
            pytest.param([], id="no-object"),
        ],
    )
    def test_what_is_wrong_is_refused(self, post: Callable[[Any], tuple[int, Any]], description: Any) -> None:
        assert post(description)[0] == 400
