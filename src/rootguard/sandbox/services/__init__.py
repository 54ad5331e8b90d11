"""What each AWS service does here that moto does not: one module per service, found by `load`."""

import importlib
import pkgutil


def load() -> None:
    """Import every module of this package, so that its operations are registered."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
