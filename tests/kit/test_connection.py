"""The way to AWS, where it differs from boto3's own."""

from types import SimpleNamespace
from typing import Any

import boto3

from rootguard.kit.connection import Keys, SessionConnection


def test_a_session_that_hides_its_core_is_asked_all_the_same() -> None:
    """Where boto3 keeps botocore's session is its own business: what is lost then are the newer models."""
    whole = boto3.Session(region_name="us-east-1", aws_access_key_id="AKIA", aws_secret_access_key="x")
    hidden: Any = SimpleNamespace(client=whole.client)
    client = SessionConnection(hidden)._client("iam:GetAccountSummary", "us-east-1")  # noqa: SLF001 - made, not asked
    assert client.meta.service_model.service_name == "iam"


def test_keys_do_not_show_what_is_secret() -> None:
    assert repr(Keys("ASIAEXAMPLE", "secret", "token")) == "Keys(access_key_id='ASIAEXAMPLE')"
