"""Python environments of their own for the peers, who are never dependencies of the project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.processes import FailedError


def default_cache() -> Path:
    """Where environments are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rootguard-benchmarks"


def environment_of(requirement: str, cache: Path) -> Path:
    """The folder with the commands of a package, installed if it is not there, for the Python that runs this.

    Args:
        requirement: `c7n==0.9.53`.
        cache: The folder that holds all environments.

    Raises:
        FailedError: uv is not there, or could not install it.
    """
    folder = cache / f"{requirement.replace('==', '-')}-python{sys.version_info.major}.{sys.version_info.minor}"
    complete = folder / "complete"
    if not complete.exists():
        uv = os.environ.get("UV") or shutil.which("uv")  # `uv run` names itself
        if uv is None:
            raise FailedError("the peers are installed by uv, which is not on the PATH")
        sys.stderr.write(f"installing {requirement} into {folder}\n")
        shutil.rmtree(folder, ignore_errors=True)
        cache.mkdir(parents=True, exist_ok=True)
        python = str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}")
        _run([uv, "venv", "--quiet", "--python", python, str(folder)])
        target = str(folder / "bin" / "python")
        _run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", target, requirement])
        complete.touch()
    return folder / "bin"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - uv's own commands
    if done.returncode:
        raise FailedError(f"{' '.join(command)}: {done.stderr.strip()}")
