"""AWS's API models, read in half of botocore's time and memory.

botocore reads every JSON object into an OrderedDict, though it needs of it no more than the order that a dict has, too;
and before it makes a client it looks for every kind of file in the folders of all services.
https://botocore.amazonaws.com/v1/documentation/api/latest/reference/loaders.html
"""

import gzip
import json
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

from rootguard.kit.connection import NEWER_MODELS

_DATA_PATH = "AWS_DATA_PATH"


def _unzipped(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


_READERS: Mapping[str, Callable[[Path], bytes]] = {".json": Path.read_bytes, ".json.gz": _unzipped}


class Models(Loader):
    """Finds models where botocore does, those of AWS_DATA_PATH included, and the kit's own."""

    def __init__(self) -> None:
        given = os.environ.get(_DATA_PATH, "")
        paths = [str(Path(os.path.expandvars(path)).expanduser()) for path in given.split(os.pathsep) if path]
        super().__init__(extra_search_paths=paths, file_loader=_PlainFiles())
        self.search_paths.append(NEWER_MODELS)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        """The services that there may be models of, whatever the kind: it is the file that is missed in the end."""
        return self._services

    @cached_property
    def _services(self) -> list[str]:
        paths = [path for path in map(Path, self.search_paths) if path.is_dir()]
        return sorted({folder.name for path in paths for folder in path.iterdir()})


class _PlainFiles(JSONFileLoader):
    """Reads JSON as it is."""

    def load_file(self, file_path: str) -> Mapping[str, Any] | None:
        """The content of a file, None where there is none.

        Args:
            file_path: Without its ending.
        """
        for suffix, read in _READERS.items():
            path = Path(file_path + suffix)
            if path.is_file():
                content: Mapping[str, Any] = json.loads(read(path))
                return content
        return None
