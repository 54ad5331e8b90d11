"""The formats by name, and the modules whose `write` writes them; imported only when wanted."""

from enum import StrEnum


class Format(StrEnum):
    """What --format takes."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    JUNIT = "junit"
    ASFF = "asff"
    OCSF = "ocsf"
    HTML = "html"
    MARKDOWN = "markdown"


MODULES = {
    Format.TABLE: "rootguard.report.table",
    Format.JSON: "rootguard.report.json_format",
    Format.CSV: "rootguard.report.csv_format",
    Format.JUNIT: "rootguard.report.junit",
    Format.ASFF: "rootguard.report.asff",
    Format.OCSF: "rootguard.report.ocsf",
    Format.HTML: "rootguard.report.html",
    Format.MARKDOWN: "rootguard.report.markdown",
}

BY_SUFFIX = {
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".xml": Format.JUNIT,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".md": Format.MARKDOWN,
}
