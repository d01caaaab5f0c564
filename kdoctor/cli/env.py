"""``kdoctor env``."""

from kdoctor.cli import common
from kdoctor.cli.options import Given, takes


@takes("one_python markdown json config no_config")
def env(given: Given) -> None:
    """Print what is installed, to paste into an issue.

    Nothing private is in it: no path, no name of a user or a machine, no address of an index. Nothing is run.
    """
    from kdoctor.console import Sink
    from kdoctor.environment import machine
    from kdoctor.formats import issue_block
    from kdoctor.formats.document import is_fault
    from kdoctor.run import Choices, run
    from kdoctor.words import Severity

    python = given.one_python or common.interpreters(common.settings(given), given.config)[0]
    [examination] = run((python,), Choices(canaries=False)).environments
    faults = [one for one in examination.findings if is_fault(one) and one.severity is not Severity.INFO]
    verdict = "; ".join(f"{one.code} {one.title}" for one in faults) or "no problem in the installed versions"
    environment = examination.environment
    facts = issue_block.facts(environment, machine.facts(environment), verdict if environment.stacks else "")
    if given.json:
        Sink(colour=False).write_document(issue_block.render_json(facts))
    else:
        Sink(colour=False).write((issue_block.render if given.markdown else issue_block.render_plain)(facts))
