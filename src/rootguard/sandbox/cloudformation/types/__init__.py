"""The resource types, a module per service; `load` imports them all."""

import importlib
import pkgutil


def load() -> None:
    """Import every module here, which registers its types."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
