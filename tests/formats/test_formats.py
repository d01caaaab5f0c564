"""Every format is valid by its published schema, and says of a report what the gate says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree

from kdoctor import formats
from kdoctor.code.places import Fix, Location
from kdoctor.environment.model import Unread
from kdoctor.formats import html, junit, markdown, sarif
from kdoctor.formats import lines as by_line
from kdoctor.formats.annotations import relative
from kdoctor.formats.context import Context, Look
from kdoctor.report import CodeRead, Report, Requirement, Status, gate
from kdoctor.words import Outcome, Relevance, Severity, StackId
from tests.formats import make_golden
from tests.formats.samples import ALL, gated, healthy, incomplete, many_findings, nothing, several, unknown

SCHEMAS = Path(__file__).parent / "schemas"
SARIF = jsonschema.Draft202012Validator(
    json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8")),
    format_checker=jsonschema.FormatChecker(),
)
GITLAB = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "gitlab-code-quality.json").read_text(encoding="utf-8")))
JUNIT = etree.XMLSchema(etree.parse(str(SCHEMAS / "junit-10.xsd")))
PLAIN = Context()


def junit_of(report: Report, context: Context = PLAIN) -> Any:
    """The parsed document, valid by the XSD."""
    parsed = etree.fromstring(junit.render(report, context).encode("utf-8"), etree.XMLParser(huge_tree=True))
    JUNIT.assertValid(parsed)
    return parsed


def is_red(parsed: Any) -> bool:
    return bool(parsed.xpath("//failure | //error"))


def run_of(report: Report, context: Context = PLAIN) -> dict[str, Any]:
    document = json.loads(sarif.render(report, context))
    SARIF.validate(document)
    (run,) = document["runs"]
    return dict(run)


def result(run: dict[str, Any], slug: str, place: str = "") -> dict[str, Any]:
    """The one result of that feature in that file."""
    (found,) = (
        one
        for one in run["results"]
        if one["properties"]["slug"] == slug
        and place in one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    )
    return dict(found)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("verbose", [False, True])
def test_every_sample_is_valid_in_every_format(name: str, verbose: bool) -> None:
    report, context = ALL[name](), Context(verbose=verbose)
    run_of(report, context)
    junit_of(report, context)
    GITLAB.validate(json.loads(by_line.gitlab(report, context)))
    for one in formats.FORMATS:
        assert formats.render(one, report, context).endswith(b"\n")


def test_the_schemas_refuse_what_is_wrong() -> None:
    document = json.loads(sarif.render(gated(), PLAIN))
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not SARIF.is_valid(document)
    issues = json.loads(by_line.gitlab(gated(), PLAIN))
    issues[0]["location"]["path"] = "./train.py"
    assert not GITLAB.is_valid(issues)
    assert not JUNIT.validate(etree.fromstring("<testsuite/>"))


def test_the_schema_refuses_what_is_no_address() -> None:
    document = json.loads(sarif.render(gated(), PLAIN))
    document["$schema"] = "not an address ^"
    assert not SARIF.is_valid(document)


# ----------------------------------------------------------------------------------------------------- gate


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("fail_on", [None, Severity.ERROR, Severity.WARNING, Severity.INFO])
@pytest.mark.parametrize("strict", [False, True])
def test_junit_is_red_where_the_gate_fails_and_only_there(name: str, fail_on: Severity | None, strict: bool) -> None:
    report = gate.settle(replace(ALL[name](), fail_on=fail_on, strict=strict))
    assert is_red(junit_of(report)) is not report.ok
    commands = by_line.github(report, PLAIN).splitlines()
    assert any(line.startswith("::error ") for line in commands) is not report.ok


def test_what_is_merely_known_passes_in_junit_and_is_told() -> None:
    parsed = junit_of(many_findings())
    (case,) = parsed.xpath("//testcase[@name='ctc-batch-cost@tf.keras']")
    assert [child.tag for child in case] == ["system-out"]
    assert "fails no gate" in case.findtext("system-out")
    assert case.get("classname") == "kdoctor.ctc"


def test_junit_is_red_where_code_could_not_be_read_and_that_fails() -> None:
    code = CodeRead(("src",), 1, (Unread("src/broken.py", "not valid Python", 2),))
    for strict in (False, True):
        report = gate.settle(replace(healthy(), code=code, strict=strict))
        assert (report.status is Status.INCOMPLETE) == strict
        assert is_red(junit_of(report)) == strict
        assert ("::error " in by_line.github(report, PLAIN)) == strict


def test_junit_tells_crashes_from_failures_and_skips_with_a_reason() -> None:
    parsed = junit_of(unknown())
    reasons = {case.getparent().get("name"): case.get("message") for case in parsed.xpath("//skipped")}
    assert reasons["rnn-stateful-fit@tf.keras"] == "times-out: no answer in 30 s"
    base = many_findings()
    required = Requirement("hub-keras-layer", StackId.LEGACY, Outcome.TIMES_OUT, "no answer in 30 s")
    late = replace(base, environments=(replace(base.environments[0], requirements=(required,)),))
    (case,) = junit_of(late).xpath("//testcase[@name='hub-keras-layer@tf.keras+legacy']")
    assert case.find("error") is not None
    crashed = gate.settle(replace(base, fail_on=Severity.INFO))
    cases = {case.get("name"): case for case in junit_of(crashed).iter("testcase")}
    assert cases["hub-keras-layer@tf.keras"].find("error") is not None
    assert cases["ctc-batch-cost@tf.keras"].find("failure") is not None


def test_junit_has_cases_for_uses_requirements_and_what_is_ignored() -> None:
    parsed = junit_of(gated())
    cases = {case.get("name"): case for case in parsed.iter("testcase")}
    failure = cases["ctc-batch-cost src/train me.py:12:5"].find("failure")
    assert failure.get("type") == "KD109 ctc-batch-cost"
    assert "Fix: Use Keras 2" in failure.text
    assert cases["ctc-batch-cost notebooks/lesson.ipynb, cell 3, line 2"].find("failure") is None
    assert cases["saving-h5-mse@tf.keras"].find("skipped").get("message").startswith("ignored: we load such")
    assert cases["savedmodel-tfsm-multi-input@tf.keras+legacy"].find("failure") is not None
    assert cases["variable-ignored"].get("classname") == "kdoctor.environment"
    for suite in parsed:
        assert int(suite.get("tests")) == len(suite)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))


def test_junit_keeps_environments_apart() -> None:
    names = [case.get("classname") + case.get("name") for case in junit_of(several()).iter("testcase")]
    assert len(names) == len(set(names))
    assert any(name.startswith("kdoctor.environment_2.rnn") for name in names)


# ---------------------------------------------------------------------------------------------------- SARIF


def test_sarif_places_uses_at_their_lines() -> None:
    run = run_of(gated(), Context(root="/repo", folder="/repo/sub"))
    use = result(run, "ctc-batch-cost", "train")
    physical = use["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "sub/src/train%20me.py", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 12, "startColumn": 5, "endLine": 14, "snippet": {"text": "cost = K"}}
    assert (use["level"], use["properties"]["failsGate"]) == ("error", True)
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == "file:///repo/"
    cell = result(run, "ctc-batch-cost", "lesson.ipynb")
    assert (cell["level"], cell["properties"]["certainty"]) == ("warning", "likely")
    assert "Cell 3, line 2" in cell["message"]["text"]
    assert cell["locations"][0]["logicalLocations"][0]["name"] == "cell 3"


def test_sarif_blames_no_line_for_the_environment() -> None:
    run = run_of(gated(), Context(manifest="requirements.txt"))
    for slug in ("variable-ignored", "savedmodel-tfsm-multi-input"):
        (location,) = result(run, slug)["locations"]
        assert location == {
            "physicalLocation": {"artifactLocation": {"uri": "requirements.txt", "uriBaseId": "%SRCROOT%"}}
        }
    assert result(run, "savedmodel-tfsm-multi-input")["ruleId"] == "required"
    assert not any(
        "file=" in line for line in by_line.github(gated(), PLAIN).splitlines() if "variable-ignored" in line
    )


def test_sarif_suppresses_what_is_ignored() -> None:
    run = run_of(gated())
    (outside,) = result(run, "saving-h5-mse")["suppressions"]
    assert outside == {
        "kind": "external",
        "status": "accepted",
        "justification": "we load such files nowhere, see #12",
    }
    (inside,) = result(run, "mask-metric", "eval.py")["suppressions"]
    assert (inside["kind"], inside["justification"]) == ("inSource", "counted by hand")


def test_sarif_rules_carry_help() -> None:
    run = run_of(gated())
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert [rules[one["ruleId"]] for one in run["results"]] == [
        run["tool"]["driver"]["rules"][one["ruleIndex"]] for one in run["results"]
    ]
    mask = rules["KD301"]
    assert mask["helpUri"] == "https://github.com/keras-team/keras/issues/19836"
    assert "weighted_metrics" in mask["help"]["text"]
    assert "```diff" in mask["help"]["markdown"]
    assert mask["defaultConfiguration"]["level"] == "warning"
    assert rules["KD109"]["helpUri"] == sarif.HOME


def test_sarif_says_how_it_went() -> None:
    (good,) = run_of(gated())["invocations"]
    assert (good["exitCode"], good["executionSuccessful"]) == (1, True)
    texts = [one["message"]["text"] for one in good["toolExecutionNotifications"]]
    assert "not read: src/broken.py: invalid syntax" in texts
    assert any("that this code does not use" in text for text in texts)
    for report, code in ((incomplete(), 4), (nothing(), 3)):
        (bad,) = run_of(report)["invocations"]
        assert (bad["exitCode"], bad["executionSuccessful"]) == (code, False)
        assert bad["toolExecutionNotifications"][0]["level"] == "error"


def test_fingerprints_outlive_edits_elsewhere_and_tell_equal_lines_apart() -> None:
    def moved(by: int) -> list[str]:
        report = gated()
        base = report.environments[0]
        findings = tuple(
            replace(
                one,
                locations=tuple(replace(where, line=where.line + by) for where in one.locations)
                + ((replace(one.locations[0], line=90),) if one.slug == "ctc-batch-cost" else ()),
            )
            for one in base.findings
        )
        run = run_of(replace(report, environments=(replace(base, findings=findings),)))
        return sorted(one["partialFingerprints"][sarif.FINGERPRINT] for one in run["results"])

    assert moved(0) == moved(30)
    assert len(set(moved(0))) == len(moved(0))


def test_the_same_thing_in_two_environments_is_one_result() -> None:
    report = gated()
    twice = replace(report, environments=report.environments * 2)
    assert len(run_of(twice)["results"]) == len(run_of(report)["results"])
    assert len(run_of(twice)["results"][0]["properties"]["environments"]) == 2
    only_one = replace(report, environments=(*report.environments, *healthy().environments))
    assert "In [1] Python 3.11.7" in run_of(only_one)["results"][0]["message"]["text"]


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("src/a b.py", "sub/src/a b.py"),
        (".\\src\\a.py", "sub/src/a.py"),
        ("../other/a.py", "other/a.py"),
        ("/repo/src/a.py", "src/a.py"),
        ("/elsewhere/a.py", "/elsewhere/a.py"),
        ("/repository/a.py", "/repository/a.py"),
    ],
)
def test_paths_are_those_of_the_repository(path: str, written: str) -> None:
    assert relative(path, Context(root="/repo", folder="/repo/sub")) == written


def test_paths_of_windows() -> None:
    context = Context(root="C:\\Code\\Repo", folder="C:\\Code\\Repo\\sub")
    assert relative("src\\a.py", context) == "sub/src/a.py"
    assert relative("c:\\code\\repo\\a.py", context) == "a.py"
    assert relative("D:\\a.py", context) == "D:/a.py"
    run = run_of(gated(), context)
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == "file:///C:/Code/Repo/"


# ------------------------------------------------------------------------------------------- GitHub, GitLab


def test_the_worst_are_among_the_ten_that_github_shows() -> None:
    report = gated()
    base = report.environments[0]
    use = next(one for one in base.findings if one.slug == "ctc-batch-cost")
    many = replace(use, locations=tuple(replace(use.locations[0], line=line) for line in range(1, 40)))
    findings = (many, *(one for one in base.findings if one is not use))
    lines = by_line.github(replace(report, environments=(replace(base, findings=findings),)), PLAIN).splitlines()
    first = lines[: by_line.SHOWN]
    assert all(line.startswith("::error ") for line in first)
    # One of each thing that fails comes before the second place of any.
    for slug in ("variable-ignored", "rnn-stateful-fit", "ctc-batch-cost", "savedmodel-tfsm-multi-input"):
        assert any(slug in line for line in first), slug
    assert lines[-1] == "kdoctor: GitHub shows 10 annotations of a kind; all of them are in this log."


def test_github_escapes_what_it_would_read() -> None:
    base = gated().environments[0]
    nasty = replace(
        next(one for one in base.findings if one.slug == "ctc-batch-cost"),
        title="100% sure\r\n::error::forged\n##[error]old",
        locations=(Location("a,b:c%.py", 1, what="x"),),
    )
    report = replace(gated(), environments=(replace(base, findings=(nasty,), requirements=()),))
    line = by_line.github(report, PLAIN).splitlines()[0]
    assert line.startswith("::error file=a%2Cb%3Ac%25.py,line=1,title=KD109 ctc-batch-cost::100%25 sure")
    assert "##[" not in line
    assert sum(line.startswith("::error") for line in by_line.github(report, PLAIN).splitlines()) == 1


def test_the_summary_fits() -> None:
    base = many_findings().environments[0]
    big = replace(base.findings[0], title="x " * 900, severity=Severity.ERROR, relevance=Relevance.REQUIRED)
    findings = tuple(replace(big, slug=f"mask-metric-{number}") for number in range(400))
    text = by_line.summary(replace(many_findings(), environments=(replace(base, findings=findings),)), PLAIN)
    assert len(text.encode("utf-8")) <= 1024 * 1024
    assert "left out" in text
    assert text.startswith("## kdoctor")


def test_the_summary_suggests_the_edited_lines() -> None:
    base = many_findings().environments[0]
    edits = [("- f(a)", "+ f(b)  # ```"), ("+ import c", "- f(a)", "+ f(c)"), ("- del a",)]
    places = tuple(Location("a.py", line, fix=Fix((), diff)) for line, diff in enumerate(edits, 1))
    used = replace(base.findings[0], locations=places, severity=Severity.ERROR, relevance=Relevance.USED)
    report = replace(many_findings(), environments=(replace(base, findings=(used,)),), code=CodeRead(("a.py",), 1))
    text = by_line.summary(report, PLAIN)
    assert "\n\n  ````suggestion\n  f(b)  # ```\n  ````\n" in text
    assert "\n  ```diff\n  + import c\n  - f(a)\n  + f(c)\n  ```\n" in text
    assert "\n  ```suggestion\n  \n  ```\n" in text, "no line is to be left"
    assert "suggestion" not in markdown.render(report, PLAIN), "an issue is to be short"


def test_gitlab_has_no_equal_fingerprints_and_nothing_that_is_ignored() -> None:
    issues = json.loads(by_line.gitlab(gated(), PLAIN))
    assert len({one["fingerprint"] for one in issues}) == len(issues)
    assert not any("saving-h5-mse" in one["description"] for one in issues)
    by_path = {one["location"]["path"]: one for one in issues}
    assert by_path["src/train me.py"]["severity"] == "critical"
    assert by_path["src/train me.py"]["location"]["lines"]["begin"] == 12
    assert by_path["notebooks/lesson.ipynb"]["severity"] == "minor"
    assert json.loads(by_line.gitlab(healthy(), PLAIN)) == []


# ------------------------------------------------------------------------------------------- Markdown, HTML


def test_markdown_names_no_user_and_fits_an_issue() -> None:
    assert "`src/train me.py:12:5`" in markdown.render(gated(), PLAIN)
    for made in ALL.values():
        text = formats.render("markdown", made(), PLAIN).decode("utf-8")
        assert "/home/ada" not in text
        assert text.count("<details>") == text.count("</details>")
        assert len(text) <= markdown.MOST
        assert text.count("\n") <= markdown.MOST_LINES


@pytest.mark.parametrize(
    "text", ["@everyone", "<script>", "#12", "a | b", "[x](http://y)", "![i](u)", "`code`", "a_b_c", "me@here.org"]
)
def test_markdown_keeps_text_text(text: str) -> None:
    escaped = markdown.escape(text)
    for sign in "@<>":
        assert sign not in escaped
    for sign in "|[]`!_":
        assert escaped.count(sign) == escaped.count("\\" + sign)
    assert "\\#12" in markdown.escape("#12")


def test_a_fence_is_not_ended_from_within() -> None:
    assert markdown.fenced("```\nout") == "````text\n```\nout\n````"
    assert markdown.code("a ` b") == "``a ` b``"


def test_html_stands_alone() -> None:
    for made in ALL.values():
        page = html.render(made(), PLAIN)
        parsed = etree.fromstring(page.encode("utf-8"), etree.HTMLParser(recover=False, huge_tree=True))
        assert not parsed.xpath(
            "//script | //button | //link | //img | //iframe | //@src | //@*[starts-with(name(),'on')]"
        )
        assert parsed.xpath("//meta[@http-equiv='Content-Security-Policy']")
        assert parsed.get("lang") == "en"
        assert [one.text for one in parsed.iter("h1")] == ["kdoctor report"]
        assert "@import" not in page
        assert "url(" not in page


def test_where_nothing_is_wrong_there_is_no_result() -> None:
    assert run_of(healthy())["results"] == []
    assert by_line.github(replace(healthy(), status=Status.OK), PLAIN).startswith("kdoctor: Python 3.11.7")


@pytest.mark.parametrize("encoding", ["cp1252", "cp936", "ascii", "utf-16"])
@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_document_is_utf_8_whatever_the_terminal_writes(name: str, encoding: str) -> None:
    base = gated().environments[0]
    [first, *others] = base.findings
    odd = replace(first, title="训练 ✓ \u2028 \udc80")
    report = replace(gated(), environments=(replace(base, findings=(odd, *others)),))
    data = formats.render(name, report, Context(Look(encoding=encoding)))
    if name in ("rich", "plain", "concise", "github"):
        data.decode(encoding)
    elif name == "junit":
        etree.fromstring(data, etree.XMLParser(huge_tree=True))
    else:
        data.decode("utf-8")


def test_junit_times_add_up_to_the_run() -> None:
    report = many_findings()
    total = float(junit_of(report).get("time"))
    assert total == pytest.approx(max(report.environments[0].seconds, total), abs=0.01)
    cases = [float(case.get("time")) for case in junit_of(report).iter("testcase")]
    assert sum(cases) == pytest.approx(total, abs=0.1)


@pytest.mark.parametrize("name", make_golden.NAMES)
def test_a_format_stays_as_it_is(name: str) -> None:
    kept = (make_golden.FOLDER / make_golden.NAMES[name]).read_bytes().decode("utf-8")
    assert kept.replace("\r\n", "\n") == make_golden.make(name), "run python -m tests.formats.make_golden"


@pytest.mark.parametrize("message", ["x" * 1_000_000, "]]> \x00\ufffe\udc80" * 100_000])
def test_a_message_of_a_megabyte_is_cut(message: str) -> None:
    base = gated().environments[0]
    findings = tuple(replace(one, detail=message, title=message) for one in base.findings[:3])
    canaries = tuple(replace(one, message=message, output=message) for one in base.canaries[:3])
    report = gate.settle(
        replace(gated(), environments=(replace(base, findings=findings, canaries=canaries),), fail_on=Severity.INFO)
    )
    run_of(report)
    junit_of(report)
    for name in ("sarif", "junit", "github", "gitlab", "markdown", "html"):
        assert len(formats.render(name, report, PLAIN)) < 500_000, name
