"""The sandbox's HTTP server: starts on 127.0.0.1, hands out credentials, stops without a trace."""

import threading
from types import TracebackType
from typing import Self

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from moto import backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from rootguard.sandbox import credentials, dispatch, functions, services, state
from rootguard.sandbox.config_rules import work
from rootguard.sandbox.connections import KeepAliveServer
from rootguard.sandbox.pages import RefusalPages

MANAGEMENT_ACCOUNT_ID = DEFAULT_ACCOUNT_ID
HOME_REGION = "us-east-1"

# Shared by all sessions: reading the service models again makes a client five times as slow.
_MODELS = botocore.loaders.create_loader()
# moto reads its own folder with every request to see which services it has: a fifth of what a request costs.
_SERVICES = tuple(backends.list_of_moto_modules())


class Sandbox:
    """An AWS Organization's worth of accounts behind one endpoint, for the length of a `with` block.

    moto's state belongs to the process, so one sandbox runs at a time; entering it starts from nothing.

        with Sandbox() as sandbox:
            iam = sandbox.session(sandbox.management_account_id).client("iam")
    """

    management_account_id = MANAGEMENT_ACCOUNT_ID

    def __init__(self, region: str = HOME_REGION) -> None:
        self.region = region
        self._server: KeepAliveServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def endpoint_url(self) -> str:
        """What to put into AWS_ENDPOINT_URL."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        services.load()
        backends.list_of_moto_modules = lambda: _SERVICES
        dispatch.install()
        credentials.install()
        app = RefusalPages(DomainDispatcherApplication(create_backend_app))
        self._server = KeepAliveServer(app)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.reset()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is None or self._thread is None:
            return
        work.end(functions.abandon)
        functions.stop()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    def reset(self) -> None:
        """Empty every account; the server keeps its address."""
        work.end(functions.abandon)
        functions.abandon()
        moto_api_backend.reset()
        state.reset()
        functions.start(self.endpoint_url)

    def session(self, account_id: str, region: str | None = None) -> boto3.Session:
        """A boto3 session of an administrator of `account_id`, bound to this endpoint.

        It stands for the person at the keyboard: its key is not an IAM user's and no policy limits it.
        """
        return self.session_for(credentials.operator(account_id), region)

    def session_for(self, keys: credentials.Keys, region: str | None = None) -> boto3.Session:
        """A boto3 session with the given keys, bound to this endpoint, whatever the environment says."""
        return session_at(self.endpoint_url, keys, region or self.region)

    def environment(self, keys: credentials.Keys, region: str | None = None) -> dict[str, str]:
        """The environment variables that bring any SDK or the aws CLI here with the given keys."""
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_REGION": region or self.region,
            "AWS_DEFAULT_REGION": region or self.region,
        }
        if keys.session_token:
            variables["AWS_SESSION_TOKEN"] = keys.session_token
        return variables


def session_at(endpoint_url: str, keys: credentials.Keys, region: str) -> boto3.Session:
    """A boto3 session with the given keys, bound to an endpoint, whatever the environment says."""
    return boto3.Session(
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        aws_session_token=keys.session_token,
        region_name=region,
        botocore_session=core_at(endpoint_url),
    )


def core_at(endpoint_url: str) -> botocore.session.Session:
    """What a boto3 session has beneath it, bound to an endpoint."""
    core = botocore.session.Session()
    core.register_component("data_loader", _MODELS)
    core.get_component("config_store").set_config_variable("endpoint_url", endpoint_url)
    core.set_default_client_config(Config(s3={"addressing_style": "path"}, retries={"mode": "standard"}))
    return core
