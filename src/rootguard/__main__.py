"""The `rootguard` command, also as `python -m rootguard`.

Python's garbage collector would look through modules and API models, none of which is garbage, while they are read and
once more at the end: a fifth of a short command's time.
"""

import gc


def main() -> None:
    """Run the command line."""
    gc.disable()
    from rootguard.cli import main as run  # noqa: PLC0415 - after the line above

    gc.enable()
    gc.set_threshold(100_000, 50, 50)
    try:
        run()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
