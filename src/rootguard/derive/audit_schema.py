"""`docs/audit-1.schema.json`: the JSON Schema of an audit's document, published for those who read one."""

import json

from rootguard.report.document import json_schema


def audit_schema() -> str:
    """The text of the file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
