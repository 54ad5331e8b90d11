"""Makes the rules' modules importable by their plain names, as in Lambda, before any test module is collected.

And makes the suite a third faster.
"""

import gc
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import botocore.hooks
import botocore.loaders
from hypothesis import settings

from rootguard.catalog import load_catalog


def write_bytecode() -> None:
    """Let processes keep what they compile, which images of containers often forbid.

    The suite starts a hundred, and without it each compiles all that it imports, moto above all.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def make_clients_cheap() -> None:
    """Spare botocore what it does anew for each session and each client: read its models, inspect its handlers."""
    hooks, loader = cast("Any", botocore.hooks), cast("Any", botocore.loaders.JSONFileLoader)
    names: dict[str, str] = {}
    files: dict[str, Any] = {}
    initialize, inspected, read = hooks.EventAliaser.__init__, hooks.accepts_kwargs, loader.load_file

    def share_names(self: Any, *arguments: Any, **options: Any) -> None:
        """An event's name today depends on its old name alone, so one cache serves every session."""
        initialize(self, *arguments, **options)
        self._alias_name_cache = names

    def accepts_kwargs(handler: Callable[..., object]) -> bool:
        code = getattr(getattr(handler, "__func__", handler), "__code__", None)
        return bool(inspected(handler) if code is None else code.co_flags & inspect.CO_VARKEYWORDS)

    def load_file(self: Any, path: str) -> Any:
        """What it has read is not written to, but for the paths of S3's operations, which it frees of the bucket."""
        if "s3" in Path(path).parts:
            return read(self, path)
        if path not in files:
            files[path] = read(self, path)
        return files[path]

    hooks.EventAliaser.__init__, hooks.accepts_kwargs, loader.load_file = share_names, accepts_kwargs, load_file


def pytest_collection_finish() -> None:
    """What has been imported stays: the collector need not look at it again and again, nor so often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)


# How long an example takes says nothing on a machine that others use, too.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")
write_bytecode()
make_clients_cheap()
load_catalog()
