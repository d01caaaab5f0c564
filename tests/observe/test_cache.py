"""What is kept of a run is used where nothing has changed, and whatever is wrong with it costs a word and no more."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kdoctor.canaries import Canary
from kdoctor.environment.model import Distribution, Environment, KerasConfig, Shadow
from kdoctor.environment.steps import Proof
from kdoctor.observe import cache
from kdoctor.observe.model import LookedUp, Names, Observation, Observations, Opened, Request
from kdoctor.run import Choices, run
from kdoctor.words import Outcome, StackId
from tests.environment.sites import Site
from tests.environment.worlds import world

ROOT = Path(__file__).parents[2]
ONE, TWO, THREE = (Canary(slug, "rnn", slug) for slug in ("rnn-one", "rnn-two", "rnn-three"))
ENVIRON = {"TF_USE_LEGACY_KERAS": "0", "OMP_NUM_THREADS": "2", "USER": "somebody"}
POSIX_ONLY = pytest.mark.skipif(os.name != "posix", reason="Windows has no owners and modes of this kind")
AS_ROOT = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is read-only for root")


@pytest.fixture
def kept(own_cache: Path) -> Path:
    """The folder of the cache itself, below the one that the variable names; not yet made."""
    return own_cache / "kdoctor"


class Laboratory:
    """Stands where the laboratory does, and remembers what it was asked to run."""

    def __init__(self) -> None:
        self.runs: list[list[str]] = []
        self.outcomes: dict[str, Outcome] = {}
        self.messages: dict[str, str] = {}
        self.opened: dict[StackId, Opened] = {}
        self.asked: list[tuple[str, ...]] = []
        self.reason = ""

    def observe(self, request: Request) -> Observations:
        self.asked += [batch.names for batch in request.names]
        answers = {batch.spelling: LookedUp(batch.names, {"names": {}}, self.reason) for batch in request.names}
        self.runs.append([canary.slug for canary in request.canaries])
        rows = [
            Observation(
                canary.slug,
                stack.id,
                self.outcomes.get(canary.slug, Outcome.WORKS) if stack.available else Outcome.NOT_RUN,
                self.messages.get(canary.slug, f"run {len(self.runs)}") if stack.available else stack.reason,
                0.25 if stack.available else 0.0,
                area=canary.area,
            )
            for canary in request.canaries
            for stack in request.wanted
        ]
        seen = self.opened or {
            stack.id: Opened(True, implementation="keras3", version=stack.version, tensorflow="2.18.0")
            for stack in request.environment.stacks
            if stack.available
        }
        return Observations(tuple(rows), seen, ("floatx=float16",), names=answers)


@pytest.fixture
def laboratory(monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    stand_in = Laboratory()
    monkeypatch.setattr("kdoctor.observe.run.observe", stand_in.observe)
    return stand_in


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    site.tensorflow("2.18.0")
    site.keras("3.8.0")
    site.distribution("wrapt", "1.16.0")
    return site


@pytest.fixture
def facts(site: Site, tmp_path: Path) -> Environment:
    config = tmp_path / "keras.json"
    config.write_text("{}")
    found = world("2.18.0", "3.8.0", config=KerasConfig(str(config), True), variables={"TF_USE_LEGACY_KERAS": "0"})
    packages = tuple(replace(one, path=str(site.folder / one.name)) for one in found.packages)
    return replace(
        found,
        interpreter=replace(found.interpreter, executable=sys.executable),
        search_path=(str(tmp_path), str(site.folder)),
        packages=packages,
    )


def look(facts: Environment, *canaries: Canary, **options: Any) -> Observations:
    fresh = options.pop("fresh", False)
    return cache.observe(Request(facts, canaries or (ONE, TWO), 30, ENVIRON, **options), fresh=fresh)


# ------------------------------------------------------------------------------------------------------------- using it


def test_the_second_look_runs_nothing_and_sees_the_same(laboratory: Laboratory, facts: Environment) -> None:
    first, second = look(facts), look(facts)
    assert laboratory.runs == [["rnn-one", "rnn-two"]]
    assert [replace(row, observed="") for row in second.rows] == list(first.rows)
    assert second.opened == first.opened
    assert second.pinned == first.pinned
    assert all(row.observed for row in second.rows if row.outcome is not Outcome.NOT_RUN)
    assert first.notes == second.notes == ()


def test_a_larger_choice_runs_what_is_new_alone(laboratory: Laboratory, facts: Environment) -> None:
    look(facts, ONE)
    both = look(facts, TWO, ONE, THREE)
    assert laboratory.runs == [["rnn-one"], ["rnn-two", "rnn-three"]]
    assert [row.slug for row in both.rows if row.stack is StackId.TF_KERAS] == ["rnn-two", "rnn-one", "rnn-three"]
    assert {row.slug for row in both.rows if row.observed} == {"rnn-one"}
    look(facts, THREE)
    assert len(laboratory.runs) == 2


def test_more_stacks_are_looked_at_where_they_are_new(laboratory: Laboratory, facts: Environment) -> None:
    look(facts, ONE, stacks=(StackId.KERAS,))
    look(facts, ONE, stacks=(StackId.KERAS,))
    look(facts, ONE)
    assert laboratory.runs == [["rnn-one"]] * 2


def test_fresh_looks_again_and_keeps_it(laboratory: Laboratory, facts: Environment) -> None:
    look(facts)
    again = look(facts, fresh=True)
    assert len(laboratory.runs) == 2
    assert not any(row.observed for row in again.rows)
    assert {row.message for row in look(facts).rows if row.observed} == {"run 2"}


@pytest.mark.parametrize("outcome", [Outcome.CRASHES, Outcome.TIMES_OUT, Outcome.NOT_RUN])
def test_what_is_no_answer_is_tried_again(laboratory: Laboratory, facts: Environment, outcome: Outcome) -> None:
    laboratory.outcomes["rnn-two"] = outcome
    look(facts)
    look(facts)
    assert laboratory.runs == [["rnn-one", "rnn-two"], ["rnn-two"]]


@pytest.mark.parametrize(
    "message",
    [
        f"OSError: {OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), '/tmp/model.keras')}",
        f"OSError: {OSError(errno.EMFILE, os.strerror(errno.EMFILE))}",
        f"BlockingIOError: {OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))}",
        "UnknownError: variables.data: Cannot allocate memory",
        "MemoryError",
        "InternalError: std::bad_alloc",
        "ResourceExhaustedError: OOM when allocating tensor with shape[9,9]",
    ],
)
def test_trouble_of_the_machine_is_no_answer(laboratory: Laboratory, facts: Environment, message: str) -> None:
    laboratory.outcomes["rnn-two"] = Outcome.RAISES
    laboratory.messages["rnn-two"] = message
    look(facts)
    look(facts)
    assert laboratory.runs == [["rnn-one", "rnn-two"], ["rnn-two"]]


def test_an_answer_that_no_longer_holds_goes(laboratory: Laboratory, facts: Environment) -> None:
    look(facts)
    laboratory.outcomes["rnn-two"] = Outcome.CRASHES
    look(facts, fresh=True)
    look(facts)
    assert laboratory.runs[1:] == [["rnn-one", "rnn-two"], ["rnn-two"]]


def test_fresh_leaves_what_it_did_not_run(laboratory: Laboratory, facts: Environment) -> None:
    look(facts)
    look(facts, ONE, fresh=True)
    look(facts)
    assert len(laboratory.runs) == 2


@pytest.mark.parametrize("outcome", [Outcome.WRONG, Outcome.RAISES, Outcome.NOT_APPLICABLE])
def test_every_answer_is_kept(laboratory: Laboratory, facts: Environment, outcome: Outcome) -> None:
    laboratory.outcomes["rnn-two"] = outcome
    look(facts)
    assert outcome in {row.outcome for row in look(facts).rows}
    assert len(laboratory.runs) == 1


def test_an_interrupted_look_keeps_nothing(facts: Environment, monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    def interrupted(*_: object, **__: object) -> Observations:
        raise KeyboardInterrupt

    monkeypatch.setattr("kdoctor.observe.run.observe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        look(facts)
    assert [path.name for path in kept.iterdir()] == [cache.TAG]


def test_a_stack_that_is_not_there_says_why(laboratory: Laboratory, facts: Environment) -> None:
    look(facts)
    rows = [row for row in look(facts).rows if row.stack is StackId.LEGACY]
    assert {row.outcome for row in rows} == {Outcome.NOT_RUN}
    assert all("tf-keras is not installed" in row.message for row in rows)


def test_a_stack_that_no_longer_opens_is_not_said_to_work(laboratory: Laboratory, facts: Environment) -> None:
    look(facts, ONE)
    laboratory.opened = {stack.id: Opened(False, "ImportError: broken") for stack in facts.stacks}
    rows = look(facts, ONE, TWO).rows
    assert "cannot be imported: ImportError: broken" in {row.message for row in rows if row.slug == "rnn-one"}
    assert Outcome.WORKS not in {row.outcome for row in rows if row.slug == "rnn-one"}


def with_legacy(facts: Environment) -> Environment:
    stacks = [
        replace(stack, available=True, reason="") if stack.id is StackId.LEGACY else stack for stack in facts.stacks
    ]
    return replace(facts, stacks=tuple(stacks))


def legacy_of(seen: Observations) -> dict[str, tuple[Outcome, bool]]:
    return {row.slug: (row.outcome, row.by_choice) for row in seen.rows if row.stack is StackId.LEGACY}


def test_what_need_not_run_under_legacy_keras_is_the_same_from_the_cache(
    laboratory: Laboratory, facts: Environment
) -> None:
    facts = with_legacy(facts)
    laboratory.outcomes["rnn-two"] = Outcome.RAISES
    assert legacy_of(look(facts)) == {"rnn-one": (Outcome.WORKS, False), "rnn-two": (Outcome.RAISES, False)}
    left_out = {"rnn-one": (Outcome.NOT_RUN, True), "rnn-two": (Outcome.RAISES, False)}
    assert legacy_of(look(facts, on_legacy=())) == left_out, "whatever an earlier run knows"
    assert legacy_of(look(facts, on_legacy=("rnn-one",)))["rnn-one"] == (Outcome.WORKS, False)
    assert len(laboratory.runs) == 1


def test_what_was_left_out_is_run_once_it_is_wanted(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    facts = with_legacy(facts)
    look(facts)
    (file,) = kept.glob("*.json")
    document = json.loads(file.read_text())
    document["rows"] = [row for row in document["rows"] if row["stack"] != "tf.keras+legacy"]
    file.write_text(json.dumps(document))
    look(facts, on_legacy=())
    assert len(laboratory.runs) == 1
    look(facts, on_legacy=("rnn-two",))
    assert laboratory.runs[1:] == [["rnn-two"]]


def test_names_are_kept_and_asked_again_only_if_they_are_others(laboratory: Laboratory, facts: Environment) -> None:
    def names(*wanted: str) -> list[Names]:
        return [Names("keras", StackId.KERAS, wanted)]

    first = look(facts, names=names("keras.One", "keras.Two"))
    assert look(facts, names=names("keras.Two")).names == first.names
    assert laboratory.asked == [("keras.One", "keras.Two")]
    look(facts, names=names("keras.Three"))
    assert laboratory.asked[1:] == [("keras.Three",)]
    assert laboratory.runs[1:] == [[]], "no canary runs again for it"
    laboratory.reason = "the process died"
    assert look(facts, names=names("keras.Four")).names["keras"].reason == "the process died"
    laboratory.reason = ""
    assert look(facts, names=names("keras.Four")).names["keras"].reason == "", "what is no answer is not kept"


def test_what_is_too_old_is_looked_at_again(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    look(facts)
    (file,) = kept.glob("*.json")
    document = json.loads(file.read_text())
    old = datetime.now(timezone.utc) - timedelta(days=cache.MOST_DAYS + 1)
    document["rows"][0]["observed"] = old.isoformat()
    file.write_text(json.dumps(document))
    look(facts)
    assert laboratory.runs[1:] == [[document["rows"][0]["slug"]]]


# -------------------------------------------------------------------------------------------------------------- the key

Change = Callable[[Environment, Site, pytest.MonkeyPatch], Environment]


def test_what_remedies_did_in_a_copy_is_kept_with_the_answers(laboratory: Laboratory, facts: Environment) -> None:
    proof = Proof(StackId.TF_KERAS, ("fixed",), ("left",), ("unknown",), ("worse",), copied=True)
    assert cache.keep_proofs(facts, ENVIRON, {"steps": proof}) == ""
    look(facts, ONE)
    look(facts, TWO)
    assert look(facts, ONE).proofs == {"steps": proof}
    assert look(replace(facts, search_path=())).proofs == {}


def _touch(path: Path) -> None:
    path.write_text(path.read_text() + "\n")


def _upgraded(facts: Environment, site: Site, _: pytest.MonkeyPatch) -> Environment:
    _touch(next(site.folder.glob("wrapt-*")) / "RECORD")
    return facts


def _installed(facts: Environment, site: Site, _: pytest.MonkeyPatch) -> Environment:
    site.distribution("scipy", "1.14.0")
    return facts


def _path_file(facts: Environment, site: Site, _: pytest.MonkeyPatch) -> Environment:
    (site.folder / "more.pth").write_text("/elsewhere\n")
    return facts


def _patched(facts: Environment, site: Site, _: pytest.MonkeyPatch) -> Environment:
    _touch(site.folder / "keras" / "__init__.py")
    return facts


def _configured(facts: Environment, site: Site, _: pytest.MonkeyPatch) -> Environment:
    assert facts.keras_config
    Path(facts.keras_config.path).write_text('{"floatx": "float16"}')
    return facts


def _other_python(facts: Environment, site: Site, _: pytest.MonkeyPatch) -> Environment:
    return replace(facts, interpreter=replace(facts.interpreter, version="3.11.99"))


def _other_place(facts: Environment, site: Site, _: pytest.MonkeyPatch) -> Environment:
    return replace(facts, interpreter=replace(facts.interpreter, executable="/elsewhere/bin/python"))


def _other_order(facts: Environment, site: Site, _: pytest.MonkeyPatch) -> Environment:
    other = Site(site.folder.parent / "other")
    other.distribution("wrapt", "1.15.0")
    return replace(facts, search_path=(str(other.folder), *facts.search_path))


def _patching(name: str, value: object) -> Change:
    def change(facts: Environment, site: Site, monkeypatch: pytest.MonkeyPatch) -> Environment:
        monkeypatch.setattr(name, value)
        return facts

    return change


CHANGES: dict[str, Change] = {
    "a distribution that no canary names was upgraded": _upgraded,
    "a distribution was installed": _installed,
    "a path file was added": _path_file,
    "a package was changed by hand": _patched,
    "keras.json was changed": _configured,
    "another release of Python": _other_python,
    "another interpreter": _other_place,
    "a folder came before the others": _other_order,
    "another processor": _patching("kdoctor.observe.cache._processor", lambda: "avx512f"),
    "another graphics processor": _patching("kdoctor.observe.cache._accelerators", lambda: ["0000:0f:00.0"]),
    "another kdoctor": _patching("kdoctor.__version__", "99"),
    "other canaries": _patching("kdoctor.observe.cache._own_code", lambda: [["rnn.py", [1, 2]]]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_can_change_an_outcome_changes_the_key(
    change: Change, facts: Environment, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cache.key(facts, ENVIRON)
    assert cache.key(facts, ENVIRON) == before
    assert cache.key(change(facts, site, monkeypatch), ENVIRON) != before


@pytest.mark.parametrize("name", ["TF_USE_LEGACY_KERAS", "OMP_NUM_THREADS", "LD_LIBRARY_PATH", "PYTHONWARNINGS"])
def test_variables_that_matter_are_in_the_key(facts: Environment, name: str) -> None:
    before = cache.key(facts, ENVIRON)
    assert cache.key(facts, {**ENVIRON, name: "another"}) != before
    assert cache.key(facts, {**ENVIRON, "PWD": "another", "JPY_PARENT_PID": "1"}) == before


def test_what_importing_tensorflow_and_keras_leaves_behind_changes_no_key(facts: Environment) -> None:
    assert facts.keras_config
    Path(facts.keras_config.path).unlink()
    before = cache.key(replace(facts, keras_config=replace(facts.keras_config, exists=False)), ENVIRON)
    written = '{"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}'
    Path(facts.keras_config.path).write_text(written)
    variables = {"TF2_BEHAVIOR": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    after = replace(facts, variables={**facts.variables, **variables})
    assert cache.key(after, {**ENVIRON, **variables}) == before
    assert cache.key(after, {**ENVIRON, "TF2_BEHAVIOR": "0"}) != before


@pytest.mark.parametrize(
    "text", ['{"backend": "jax"}', '{"nnx_enabled": true}', "not json", "[]", "", "[" * 100_000, "9" * 5000]
)
def test_whatever_else_keras_json_says_is_in_the_key(facts: Environment, text: str) -> None:
    before = cache.key(facts, ENVIRON)
    assert facts.keras_config
    Path(facts.keras_config.path).write_text(text)
    assert cache.key(facts, ENVIRON) != before


def test_compiling_changes_no_key(facts: Environment, site: Site) -> None:
    before = cache.key(facts, ENVIRON)
    for folder in (site.folder, site.folder / "keras"):
        (folder / "__pycache__").mkdir()
    assert cache.key(facts, ENVIRON) == before


def test_the_real_canaries_and_the_worker_are_in_the_key() -> None:
    names = dict(cache._own_code())
    assert {"rnn.py", "masking.py", "functional.keras", "worker.py", "look_up.py", "run.py", "__init__.py"} <= set(
        names
    )
    assert all(stamp for name, stamp in names.items() if name != "fixtures")


def test_the_key_looks_at_few_files(facts: Environment, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(200):
        (site.folder / "keras" / f"part{number}.py").touch()
    looked: list[object] = []
    real = os.stat

    def counted(path: str, **options: Any) -> os.stat_result:
        looked.append(path)
        return real(path, **options)

    monkeypatch.setattr(os, "stat", counted)
    cache.key(facts, ENVIRON)
    assert len(looked) < 80


@pytest.mark.parametrize("name", ["keras", "my-layers"])
def test_what_changes_without_a_trace_is_not_kept(laboratory: Laboratory, facts: Environment, name: str) -> None:
    editable = Distribution(name, "3.9.0", "/src", editable=True)
    changing = replace(facts, distributions=(*facts.distributions, editable))
    look(changing)
    assert f"{name} is an editable installation" in look(changing).notes[0]
    assert len(laboratory.runs) == 2


def test_a_shadow_is_not_kept_and_kdoctor_from_its_sources_does_no_harm(
    laboratory: Laboratory, facts: Environment
) -> None:
    own = Distribution("keras-doctor", "0.1.0", "/src", editable=True)
    look(replace(facts, distributions=(*facts.distributions, own)))
    look(replace(facts, distributions=(*facts.distributions, own)))
    assert len(laboratory.runs) == 1
    shadowed = replace(facts, shadows=(Shadow("keras", "/work/keras.py", True),))
    assert "/work/keras.py is imported in place of keras" in look(shadowed).notes[0]


# ---------------------------------------------------------------------------------------------------- whatever is wrong

DAMAGED = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'{"format": "kdoctor.cache/99"}',
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"format": "kdoctor.cache/3", "rows": [], "opened": []}',
    b'{"format": "kdoctor.cache/3", "rows": [{}], "opened": {}, "pinned": []}',
]


@pytest.mark.parametrize("data", DAMAGED)
def test_a_damaged_file_costs_a_word(laboratory: Laboratory, facts: Environment, kept: Path, data: bytes) -> None:
    look(facts)
    (file,) = kept.glob("*.json")
    file.write_bytes(data)
    seen = look(facts)
    assert "is damaged" in " ".join(seen.notes)
    assert len(laboratory.runs) == 2
    assert "is damaged" not in " ".join(look(facts).notes), "it was written anew"
    assert len(laboratory.runs) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_to_a_file_breaks_a_run(
    data: st.DataObject, laboratory: Laboratory, facts: Environment, kept: Path
) -> None:
    laboratory.runs.clear()
    look(facts, fresh=True)
    (file,) = kept.glob("*.json")
    document = json.loads(file.read_text())
    place: Any = document
    while True:  # walk to some place in it
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    if data.draw(st.booleans()):
        place[key] = data.draw(JSON)
    else:
        del place[key]
    text = json.dumps(document)
    share = data.draw(st.floats(0, 1) | st.just(1.0))  # of a text whose length varies with the times in it
    file.write_text(text[: round(share * len(text))])
    seen = look(facts)
    assert [(row.slug, row.stack) for row in seen.rows] == [
        (canary.slug, stack.id) for canary in (ONE, TWO) for stack in facts.stacks
    ]
    json.dumps([row.seconds for row in seen.rows], allow_nan=False)


def test_a_file_that_is_too_large_is_not_read(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    look(facts)
    (file,) = kept.glob("*.json")
    file.write_bytes(b" " * (cache.MOST_BYTES + 1))
    assert "too large" in look(facts).notes[0]


def test_a_folder_where_the_file_should_be(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    look(facts)
    (file,) = kept.glob("*.json")
    file.unlink()
    file.mkdir()
    seen = look(facts)
    assert "not a regular file" in seen.notes[0]
    assert len(seen.rows) == len(look(facts).rows)
    assert {path.name for path in kept.iterdir()} == {file.name, cache.TAG}, "no draft is left"


@POSIX_ONLY
@pytest.mark.parametrize("name", ["observations", cache.TAG])
def test_a_fifo_where_a_file_should_be(laboratory: Laboratory, facts: Environment, kept: Path, name: str) -> None:
    look(facts)
    file = next(kept.glob("*.json")) if name == "observations" else kept / name
    file.unlink()
    os.mkfifo(file)
    assert look(facts).rows


def test_a_file_where_the_folder_should_be(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    kept.parent.mkdir()
    kept.write_text("not a folder")
    seen = look(facts)
    assert seen.rows
    assert f"{kept} cannot be made" in seen.notes[0]


@AS_ROOT
def test_a_folder_that_is_read_only(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    kept.mkdir(mode=0o500)
    assert "cannot be written to" in look(facts).notes[0]


def test_a_disk_that_is_full(
    laboratory: Laboratory, facts: Environment, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    seen = look(facts)
    assert seen.rows
    assert "No space left on device" in seen.notes[0]
    assert list(kept.iterdir()) == []


def test_a_disk_that_is_full_when_the_results_are_written(
    laboratory: Laboratory, facts: Environment, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(facts, ONE)
    (file,) = kept.glob("*.json")
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in look(facts, TWO).notes[0]
    assert file.read_bytes() == before
    assert not list(kept.glob("*.tmp"))
    assert not list(kept.glob(".*.tmp"))


@POSIX_ONLY
def test_what_others_may_write_is_not_believed(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    look(facts)
    kept.chmod(0o777)
    assert "others may write there" in look(facts).notes[0]
    kept.chmod(0o700)
    (file,) = kept.glob("*.json")
    file.chmod(0o666)
    assert "others may write to it" in look(facts).notes[0]
    assert len(laboratory.runs) == 3


@POSIX_ONLY
def test_what_belongs_to_another_user_is_not_believed(
    laboratory: Laboratory, facts: Environment, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(facts)
    monkeypatch.setattr(os, "getuid", lambda: os.stat(kept).st_uid + 1)
    assert "belongs to another user" in look(facts).notes[0]
    assert len(laboratory.runs) == 2


@POSIX_ONLY
def test_a_cache_behind_a_link_is_used_and_nobody_else_reads_it(
    laboratory: Laboratory, facts: Environment, kept: Path, tmp_path: Path
) -> None:
    (tmp_path / "scratch").mkdir(mode=0o700)
    kept.parent.mkdir()
    kept.symlink_to(tmp_path / "scratch")
    look(facts)
    look(facts)
    assert len(laboratory.runs) == 1
    (file,) = (tmp_path / "scratch").glob("*.json")
    assert file.stat().st_mode & 0o077 == 0


@POSIX_ONLY
def test_a_link_in_place_of_the_file_is_replaced_and_its_target_left(
    laboratory: Laboratory, facts: Environment, kept: Path, tmp_path: Path
) -> None:
    look(facts)
    (file,) = kept.glob("*.json")
    precious = tmp_path / "precious"
    precious.write_text("precious")
    file.unlink()
    file.symlink_to(precious)
    look(facts)
    assert precious.read_text() == "precious"
    assert not file.is_symlink()


def _aged(path: Path, seconds: float) -> Path:
    path.write_text("{}")
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - seconds))
    return path


def test_old_files_go_and_no_other_is_touched(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    look(facts)
    own = [_aged(kept / f"{number:040x}.json", number + 1) for number in range(cache.MOST_FILES + 8)]
    old = _aged(kept / f"{'f' * 40}.json", (cache.MOST_DAYS + 1) * 86400)
    draft = _aged(kept / ".kdoctor-left_1x.tmp", 7200)
    names = ("data.json", "work.tmp", "draft-x.tmp", f"{'F' * 40}.json", f"{'0' * 40}.json.tmp", "notes.txt")
    others = [_aged(kept / name, (cache.MOST_DAYS + 1) * 86400) for name in names]
    look(facts, THREE)
    assert len(list(kept.glob("*.json"))) - 2 == cache.MOST_FILES
    assert own[0].exists()
    assert not own[-1].exists()
    assert not old.exists()
    assert not draft.exists()
    assert all(path.exists() for path in others), "what is not its own is left"


@pytest.mark.parametrize("names", [("config.json",), (f"{'0' * 40}.json", "main.py"), (".git",)])
def test_a_folder_that_holds_anything_else_is_not_used(
    laboratory: Laboratory, facts: Environment, kept: Path, names: tuple[str, ...]
) -> None:
    """Somebody's project may be called kdoctor too, and a tag would take it out of their backups."""
    kept.mkdir(parents=True, mode=0o700)
    for name in names:
        (kept / name).touch()
    assert "holds other files" in look(facts).notes[0]
    assert sorted(path.name for path in kept.iterdir()) == sorted(names)


def test_the_folder_says_that_it_is_a_cache(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    look(facts)
    assert (kept / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    (kept / cache.TAG).unlink()
    look(facts, THREE)
    assert (kept / cache.TAG).exists(), "it is the cache's own, and gets its tag back"


def test_nothing_is_written_beside_the_folder(laboratory: Laboratory, facts: Environment, kept: Path) -> None:
    kept.parent.mkdir()
    others = [_aged(kept.parent / f"{number}.json", number * 86400) for number in range(60)]
    look(facts)
    look(facts, THREE)
    assert sorted(kept.parent.iterdir()) == sorted([*others, kept])


def test_what_was_observed_in_the_future_is_not_believed(
    laboratory: Laboratory, facts: Environment, kept: Path
) -> None:
    look(facts)
    (file,) = kept.glob("*.json")
    document = json.loads(file.read_text())
    document["rows"][0]["observed"] = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    file.write_text(json.dumps(document))
    look(facts)
    assert laboratory.runs[1:] == [[document["rows"][0]["slug"]]]


@POSIX_ONLY
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_link_of_another_user_is_not_followed(
    laboratory: Laboratory, facts: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    real = tmp_path / "mine"
    (real / "a" / "kdoctor").mkdir(parents=True, mode=0o700)
    planted = tmp_path / "planted"
    base = (planted / "a", planted / "b", planted)[depth]
    target = (real, real, real / "a")[depth]
    if depth == 1:
        planted.mkdir()
        base.symlink_to(target / "a")
    else:
        planted.symlink_to(target)
    link = base if depth == 1 else planted
    monkeypatch.setenv("KDOCTOR_CACHE_DIR", str(base))
    lstat = os.lstat

    def planted_by_another(path: Any, **options: Any) -> os.stat_result:
        found = lstat(path, **options)
        if Path(path) == link:
            return os.stat_result((*found[:4], os.getuid() + 1, *found[5:10]))
        return found

    monkeypatch.setattr(os, "lstat", planted_by_another)
    assert f"{link} is a symbolic link of another user" in look(facts).notes[0]
    assert list((real / "a" / "kdoctor").iterdir()) == []


# ------------------------------------------------------------------------------------------------------------ the place


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("KDOCTOR_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("platform", "variables", "place"),
    [
        ("linux", {}, ".cache/kdoctor"),
        ("linux", {"XDG_CACHE_HOME": "{home}/scratch"}, "scratch/kdoctor"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, ".cache/kdoctor"),
        ("linux", {"XDG_CACHE_HOME": "{home}/scratch", "KDOCTOR_CACHE_DIR": "{home}/own"}, "own/kdoctor"),
        ("linux", {"KDOCTOR_CACHE_DIR": "~/own"}, "own/kdoctor"),
        ("darwin", {}, "Library/Caches/kdoctor"),
        ("darwin", {"XDG_CACHE_HOME": "{home}/scratch"}, "scratch/kdoctor"),
        ("win32", {"LOCALAPPDATA": "{home}/AppData/Local"}, "AppData/Local/kdoctor"),
    ],
)
def test_it_stands_where_the_system_keeps_such_things(
    home: Path, monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], place: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(home=home))
    monkeypatch.setattr(sys, "platform", platform)
    assert Path(cache.folder()) == home / place


def test_without_a_home_nothing_is_kept(
    home: Path, laboratory: Laboratory, facts: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    seen = look(facts)
    assert seen.rows
    assert "there is no home folder; set KDOCTOR_CACHE_DIR" in seen.notes[0]


# ------------------------------------------------------------------------------------------------------------ the run


def test_a_run_keeps_its_results_and_says_so(
    laboratory: Laboratory, facts: Environment, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kdoctor.environment.examine", lambda python, environ: facts)
    asked = Choices(only=("mask-metric",), environ=ENVIRON)
    run(choices=replace(asked, cache=False))
    assert not kept.exists(), "nothing is kept that was not to be kept"
    run(choices=asked)
    again = run(choices=asked).environments[0]
    assert len(laboratory.runs) == 2
    assert all(row.observed for row in again.canaries if row.outcome is Outcome.WORKS)
    assert again.environment.stack(StackId.KERAS) == replace(
        facts.stack(StackId.KERAS) or pytest.fail("no stack"), tensorflow="2.18.0", backend=""
    )
    run(choices=replace(asked, cache=False))
    run(choices=replace(asked, fresh=True))
    assert len(laboratory.runs) == 4
