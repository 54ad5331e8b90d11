"""Ways in which the demo's root users are protected, or not."""

from datetime import timedelta

from rootguard.sandbox.root_user import KeyUse, Password, RootUser, now


def no_credentials(root: RootUser) -> None:
    """As Organizations creates members, and as central root access leaves them."""
    root.remove_credentials()


def passkey(root: RootUser) -> None:
    """A password that was never used, and one passkey."""
    root.password = Password()
    root.add_passkey("yubikey")


def two_devices(root: RootUser) -> None:
    """A passkey and a spare token; the password was last used long ago."""
    _password_used(root, days=200)
    root.add_passkey("yubikey")
    root.add_hardware_totp()


def one_token(root: RootUser) -> None:
    """A hardware token without a spare."""
    _password_used(root, days=90)
    root.add_hardware_totp()


def virtual_device(root: RootUser) -> None:
    """An app on a telephone, and a sign-in five days ago."""
    _password_used(root, days=5)
    root.add_virtual_mfa_device("anna-phone")


def inactive_key(root: RootUser) -> None:
    """A key that is one click from active, and an app beside the passkey."""
    passkey(root)
    root.add_virtual_mfa_device("anna-phone")
    root.add_access_key(active=False)


def active_key(root: RootUser) -> None:
    """A key that signed a request yesterday, and no MFA."""
    root.password = Password()
    root.add_access_key(last_used=KeyUse(now() - timedelta(days=1), "eu-central-1", "s3"))


def signing_certificate(root: RootUser) -> None:
    """The older kind of key."""
    two_devices(root)
    root.add_signing_certificate()


def used_as_allowed(root: RootUser) -> None:
    """A test of the way in for emergencies, ten days ago."""
    two_devices(root)
    root.password = Password(last_used=now() - timedelta(days=10))


def _password_used(root: RootUser, days: int) -> None:
    used = now() - timedelta(days=days)
    root.password = Password(last_changed=used - timedelta(days=30), last_used=used)
