"""Root users set up over HTTP, for tests and demonstrations that run in another process.

    POST /moto-api/static/iam/root-user
    {"account_id": "111122223333", "password": {"last_used": "2026-01-31T10:00:00Z"},
     "access_keys": [{"active": false}], "signing_certificates": [],
     "mfa_devices": [{"kind": "virtual", "name": "phone"}]}

replaces the parts that are named and answers 201; `GET ...?account_id=111122223333` shows what is there.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.moto_api._internal import urls

from rootguard.sandbox.root_user import KeyUse, MfaKind, Password, RootUser, root_user

_PATH = "{0}/moto-api/static/iam/root-user"
_JSON = {"Content-Type": "application/json"}
_PARTS = frozenset({"account_id", "password", "access_keys", "signing_certificates", "mfa_devices"})


def install() -> None:
    """Add the path to moto's own."""
    urls.url_paths[_PATH] = _serve


def seed(description: Mapping[str, Any]) -> RootUser:
    """Replace the named parts of a root user.

    Args:
        description: `account_id`, and any of `password` (true, false or {last_changed, last_used}), `access_keys`
            ([{active, created, last_used: {date, region, service}}]), `signing_certificates` ([{active, uploaded,
            body}]) and `mfa_devices` ([{kind, name or serial_number, enabled}]); dates in ISO 8601.

    Raises:
        ValueError: Something that is not among these, or more than AWS allows.
        KeyError: No account.
    """
    if unknown := set(description) - _PARTS:
        raise ValueError(f"unknown: {sorted(unknown)}")
    user = root_user(description["account_id"])
    if "password" in description:
        user.password = _password(description["password"])
    if "access_keys" in description:
        user.access_keys.clear()
        for key in description["access_keys"]:
            user.add_access_key(
                active=key.get("active", True), created=_date(key.get("created")), last_used=_use(key.get("last_used"))
            )
    if "signing_certificates" in description:
        user.signing_certificates.clear()
        for each in description["signing_certificates"]:
            user.add_signing_certificate(
                active=each.get("active", True), uploaded=_date(each.get("uploaded")), body=each.get("body", "")
            )
    if "mfa_devices" in description:
        user.mfa_devices.clear()
        for device in description["mfa_devices"]:
            _add_device(user, device)
    return user


def _serve(request: Any, full_url: str, headers: Any) -> TYPE_RESPONSE:
    del full_url, headers
    try:
        if request.method == "GET":
            return 200, _JSON, _shown(root_user(request.args["account_id"]))
        return 201, _JSON, _shown(seed(json.loads(request.get_data())))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return 400, _JSON, json.dumps({"message": f"{type(error).__name__}: {error}"})


def _shown(user: RootUser) -> str:
    return json.dumps(asdict(user), default=datetime.isoformat)


def _password(description: bool | Mapping[str, Any]) -> Password | None:  # noqa: FBT001 - true and false, as JSON says
    if description is False:
        return None
    given = {} if description is True else description
    last_changed, last_used = _date(given.get("last_changed")), _date(given.get("last_used"))
    return Password(last_changed, last_used) if last_changed else Password(last_used=last_used)


def _add_device(user: RootUser, description: Mapping[str, Any]) -> None:
    enabled = _date(description.get("enabled"))
    match MfaKind(description["kind"]):
        case MfaKind.VIRTUAL:
            user.add_virtual_mfa_device(description.get("name", "root-account-mfa-device"), enabled=enabled)
        case MfaKind.FIDO:
            user.add_passkey(description.get("name", "security-key"), enabled=enabled)
        case MfaKind.HARDWARE_TOTP:
            user.add_hardware_totp(description["serial_number"], enabled=enabled)


def _use(description: Mapping[str, Any] | None) -> KeyUse | None:
    if description is None:
        return None
    return KeyUse(_moment(description["date"]), description.get("region"), description["service"])


def _date(text: str | None) -> datetime | None:
    return None if text is None else _moment(text)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
