"""A function's deployment package, made of source text."""

import io
import zipfile

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every file, so that the same text makes the same package."""


def zipped(**modules: str) -> bytes:
    """A zip file of Python modules, given by name.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name, source in modules.items():
            package.writestr(zipfile.ZipInfo(f"{name}.py", _EPOCH), source)
    return content.getvalue()
