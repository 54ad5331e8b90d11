"""Where people find more about a rule than fits into a finding."""

REPOSITORY = "https://github.com/example/rootguard"
"""Where the project is published; a fork changes it here."""


def page_url(name: str) -> str:
    """The address of the page of a rule or process check, by its name."""
    return f"{REPOSITORY}/blob/main/docs/rules/{name}.md"
