"""How botocore is set up for whoever runs a command: models that are read once, bounded retries, a name of our own.

Credentials and Region are found as the AWS CLI finds them (profile, SSO, environment, AWS_ENDPOINT_URL); see
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html.
"""

import os
from typing import cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import NoRegionError
from botocore.model import OperationModel

from rootguard import __version__
from rootguard.aws_errors import ACTION_PREFIX
from rootguard.aws_models import Models

MODELS = Models()
"""Shared by all sessions: reading the service models again makes a client five times as slow."""

CONNECTIONS = 32
"""That a client keeps open."""


def core_session(profile: str | None, connections: int = CONNECTIONS) -> botocore.session.Session:
    """A botocore session of a profile; None for AWS_PROFILE, else the environment's or the default credentials."""
    core = botocore.session.Session(profile=profile)
    core.register_component("data_loader", MODELS)
    core.set_default_client_config(
        Config(
            retries={"mode": "adaptive", "total_max_attempts": 5},
            connect_timeout=10,
            read_timeout=60,
            user_agent_extra=f"rootguard/{__version__}",
            max_pool_connections=connections,
        )
    )
    core.register("after-call", _note_service)
    return core


def region_of(core: botocore.session.Session, region: str | None) -> str:
    """The home Region: the one given, else AWS_REGION, AWS_DEFAULT_REGION or the profile's.

    Raises:
        NoRegionError: None is configured; `rootguard.aws_errors.explained` says what to do.
    """
    chosen = region or region_variable() or core.get_config_variable("region")
    if not chosen:
        raise NoRegionError
    return str(chosen)


def region_variable() -> str | None:
    """AWS_REGION; botocore itself reads AWS_DEFAULT_REGION only."""
    return os.environ.get("AWS_REGION") or None


def _note_service(**event: object) -> None:
    """Note which service an error is of, which botocore's error leaves out."""
    parsed, model = cast("dict[str, object]", event["parsed"]), cast(OperationModel, event["model"])
    if "Error" in parsed:
        parsed[ACTION_PREFIX] = model.service_model.signing_name
