"""Text with gaps: what a pattern with `*` in it comes down to, in both pattern languages of AWS."""

from collections.abc import Sequence


def fits(parts: Sequence[str], text: str) -> bool:
    """Whether `text` is the parts in order, with anything or nothing between each two of them.

    `"a*b".split("*")` are the parts of the wildcard pattern `a*b`. Takes linear time: each part is looked for from
    where the one before it ended, which finds a fit whenever there is one.
    """
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if len(first) + len(last) > len(text) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True
