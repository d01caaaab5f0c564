"""Programs in other people's idiom: each stops or changes on the newest release, and its edits make it right again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kdoctor import rules
from kdoctor.remedies.edits import rewritten
from tests.lab.drawn import Server, judged, same
from tests.lab.environments import VISITED, Builder, NoInterpreter

PROGRAMS = dict(
    part.partition("\n")[::2] for part in Path(__file__).with_name("idioms.txt").read_text("utf-8").split("\n==== ")[1:]
)
NOT_ON_2_15 = {
    "xor with lists": "Keras 2.11 to 2.15 ignore lr=, and older ones do not",
    "a training loop of one's own": "the same",
    "decay of the rate": "Keras 2.11 to 2.15 refuse decay=, and older ones do not",
    "utilities from where they were": "keras.utils.generic_utils can be imported up to Keras 2.12",
}
"""Programs that do something else on Keras 2.15 already, and what. There they are compared as they are rewritten."""


def edited(path: Path, *, unsafe: bool = True) -> Path:
    """The program as ``kdoctor fix --apply`` leaves it."""
    used, report = judged(path)
    [after] = [one.after for one in rewritten(report.findings, used, rules.all_rules(), unsafe=unsafe)] or [b""]
    new = path.with_name(f"edited_{path.name}")
    new.write_bytes(after or path.read_bytes())
    return new


@pytest.fixture(scope="module")
def servers(builder: Builder) -> Iterator[tuple[Server, Server]]:
    wanted = {each.id: each for each in VISITED}
    try:
        ids = ("tensorflow-2.15.1", "tensorflow-2.21.0-keras-3.15.1")
        old, new = (Server(str(builder.python(wanted[one]))) for one in ids)
    except NoInterpreter as reason:
        pytest.skip(str(reason))
    yield old, new
    for one in (old, new):
        one.close()


@pytest.mark.lab
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_edited_program_does_what_it_did(name: str, servers: tuple[Server, Server], tmp_path: Path) -> None:
    old, new = servers
    path = tmp_path / "program.py"
    path.write_text(PROGRAMS[name], "utf-8")
    after = edited(path)
    assert after.read_bytes() != path.read_bytes(), "no edit"
    first = after if name in NOT_ON_2_15 else path
    on_old, before_on_new, after_on_new = (
        server.run({"program": str(one)}) for server, one in ((old, first), (new, path), (new, after))
    )
    assert "answer" in on_old, on_old
    assert not same(on_old["answer"], before_on_new.get("answer")), "nothing is broken"
    assert same(on_old["answer"], after_on_new.get("answer")), f"{on_old} {after_on_new}\n" + after.read_text()


def test_there_are_enough_programs() -> None:
    assert len(PROGRAMS) >= 40
