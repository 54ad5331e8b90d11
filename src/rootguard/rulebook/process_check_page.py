"""The page of a process check: what a person has to see before attesting it, in Markdown."""

from rootguard.catalog import module_of
from rootguard.kit.verdict import Compliance
from rootguard.process_check import ProcessCheck
from rootguard.rulebook.markdown import bullets, escaped, table
from rootguard.rulebook.sections import assembled, control_table, fixes, head, prose

_KIND = "Process check, which a person answers with `rootguard attest`"


def process_check_page(check: ProcessCheck) -> str:
    """The Markdown of a process check's page."""
    why, *how = prose(module_of(check))
    answers = {
        Compliance.COMPLIANT: "all of the above is so",
        Compliance.NON_COMPLIANT: "any of it is not, or nobody knows",
        Compliance.NOT_APPLICABLE: escaped(check.not_applicable_if),
        "no result": "nobody has attested yet",
    }
    seen = (
        "It may be attested as compliant by somebody who has seen all of this:",
        bullets(map(escaped, check.compliant_if)),
    )
    sections = {
        "Why it matters": (why,),
        "How it is answered": (
            *how,
            *seen,
            "Every answer that it can have:",
            table(("answer", "when"), answers.items()),
        ),
        "How to fix it": fixes(check.remediation),
        "Controls": (control_table(check.controls),),
    }
    return assembled(check.name, head(check.title, check.severity, check.practice, _KIND), sections)
