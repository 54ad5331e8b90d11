"""Files that people write and that hold derived parts, each between two marks."""

import re
import textwrap

from rootguard.derive.errors import DerivationError

END = "# end of derived"


def with_parts(text: str, parts: dict[str, str], file: str) -> str:
    """A YAML text with what stands between `# derived: <name>` and `# end of derived` replaced, indented as the mark.

    Args:
        text: The file as it is.
        parts: Name -> lines.
        file: Its name, for the error.

    Raises:
        DerivationError: A part's marks are missing, or marks have no part.
    """
    pattern = re.compile(rf"^( *)# derived: (\S+)\n(?:.*\n)*?\1{END}$", re.MULTILINE)
    found = [match[2] for match in pattern.finditer(text)]
    if sorted(found) != sorted(parts):
        raise DerivationError(
            f"{file} has marks for {', '.join(sorted(found)) or 'nothing'}, not {', '.join(sorted(parts))}"
        )

    def replacement(match: re.Match[str]) -> str:
        indent, name = match[1], match[2]
        return f"{indent}# derived: {name}\n{textwrap.indent(parts[name], indent)}{indent}{END}"

    return pattern.sub(replacement, text)
