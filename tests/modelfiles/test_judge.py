from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, Optional

import pytest

from kdoctor import rules
from kdoctor.modelfiles.examine import Examination, exit_code, verdicts_of
from kdoctor.modelfiles.model import Examined, ModelFile, Verdict, Way
from kdoctor.modelfiles.read import read
from kdoctor.words import StackId
from tests.modelfiles import files
from tests.modelfiles.files import Json, entry, layer, sequential

KERAS_3 = "tensorflow==2.19 keras==3.10"


def of_h5(folder: Path, config: Json, training: Optional[Json] = None, name: str = "m.h5", **more: Any) -> ModelFile:
    return read(str(files.h5(folder, name)), lambda _: files.hdf5(config, training, **more))


def on(file: ModelFile, release: str = KERAS_3, stack: StackId = StackId.TF_KERAS) -> Verdict:
    """What a stack of some releases does with a file."""
    return next(one for one in verdicts_of(file, files.release(release)) if one.stack is stack)


def slugs(verdict: Verdict) -> list[str]:
    return [one.slug for one in verdict.reasons]


def test_a_plain_old_model_loads_on_every_generation(tmp_path: Path) -> None:
    file = of_h5(tmp_path, sequential(entry(3), layer("Dense", units=2)))
    for release in ("tensorflow==2.13", KERAS_3, "tensorflow==2.21 keras==3.15"):
        assert on(file, release).is_fine
    assert "load_model" in on(file).recipes[0].lines


def test_reasons_stand_in_the_order_in_which_they_strike(tmp_path: Path) -> None:
    config = sequential(
        layer(
            "GRU", "first", units=2, batch_input_shape=[None, 4, 3], time_major=False, recurrent_activation="sigmoid"
        ),
        layer("LocallyConnected1D", filters=1, kernel_size=1),
    )
    config["config"] = config["config"]["layers"]
    training = {"optimizer_config": {"class_name": "SGD", "config": {"lr": 0.1}}, "loss": "mae"}
    verdict = on(of_h5(tmp_path, config, training, name="old.keras", version="2.2.2"))
    assert verdict.way is Way.NOT
    assert slugs(verdict) == [
        "modelfile-h5-named-keras",
        "modelfile-list-config",
        "saving-config-of-keras2",
        "modelfile-layer-gone",
        "modelfile-batch-input-shape",
        "modelfile-reset-after",
        "modelfile-old-optimizer",
        "saving-h5-mse",
    ]
    assert [one.only_compile for one in verdict.reasons][-2:] == [True, True]


def test_only_the_compiled_part_is_in_the_way(tmp_path: Path) -> None:
    file = of_h5(
        tmp_path,
        sequential(entry(3), layer("Dense", units=2)),
        {"loss": "my_own_loss", "optimizer_config": {"class_name": "Adam", "config": {"learning_rate": 0.1}}},
    )
    for release in ("tensorflow==2.15", KERAS_3):
        verdict = on(file, release)
        assert verdict.way is Way.NO_COMPILE
        assert "compile=False" in verdict.recipes[0].lines
    # Keras 3.0 to 3.2 compile in spite of it.
    assert on(file, "tensorflow==2.16 keras==3.1").way is Way.NOT


def test_other_numbers_are_no_success(tmp_path: Path) -> None:
    gates = of_h5(tmp_path, sequential(entry(4, 3), layer("ConvLSTM2D", recurrent_activation="hard_sigmoid")))
    verdict = on(gates)
    assert verdict.silent
    assert not verdict.is_fine
    assert on(gates, "tensorflow==2.15").is_fine
    assert exit_code(Examination((Examined(gates, (verdict,)),)), False) == 1


@pytest.mark.parametrize(("axis", "is_lost"), [(1, True), ([1], False), (-1, False), (2, False)])
def test_an_axis_that_is_dropped_is_named_where_it_matters(axis: object, is_lost: bool, tmp_path: Path) -> None:
    file = of_h5(tmp_path, sequential(entry(5, 4), layer("Softmax", axis=axis)))
    assert ("modelfile-axis-dropped" in slugs(on(file, "tensorflow==2.18 keras==3.8"))) is is_lost
    assert "modelfile-axis-dropped" not in slugs(on(file, KERAS_3))


def test_weights_and_other_formats_are_never_loadable(tmp_path: Path) -> None:
    weights = read(str(files.h5(tmp_path)), lambda _: files.hdf5(None, root=["a"], layers=["a"]))
    points = read(str(files.checkpoint(tmp_path / "ckpt", {"w": (2,)})), lambda _: {})
    for file in (weights, points):
        for release in ("tensorflow==2.15", KERAS_3):
            assert on(file, release).way is Way.NOT
    assert "load_weights" in on(weights).recipes[0].lines
    assert "load_checkpoint" in on(points).recipes[0].lines


def two_inputs(folder: Path, **options: Any) -> ModelFile:
    one = files.signature(
        "serving_default",
        {"image": files.information("i", -1, 8), "class": files.information("c", -1, 2)},
        {"score": files.information("s", -1, 1)},
    )
    return read(str(files.saved_model(folder, one, **options)), lambda _: {})


def test_a_saved_model_with_two_inputs_has_a_layer_that_python_can_read(tmp_path: Path) -> None:
    file = two_inputs(tmp_path / "m", keras="2.10.0")
    assert on(file, "tensorflow==2.15").is_fine
    verdict = on(file)
    assert verdict.way is Way.SIGNATURE
    texts = [one.lines for one in verdict.recipes]
    assert any("call_endpoint_fn(" in one for one in texts)
    program = next(one for one in texts if "class " in one)
    for name in ("def call", "compute_output_shape", "get_config"):
        assert name in program
    # "class" is no name that a call can spell.
    assert "'class'" in texts[0]


def test_a_saved_model_of_tensorflow_1_needs_a_session(tmp_path: Path) -> None:
    file = two_inputs(tmp_path / "m", operations=("VariableV2", "MatMul"), objects=False)
    assert "compat.v1" in on(file).recipes[0].lines
    assert on(file).way is Way.SIGNATURE


def test_operations_of_other_packages_are_named(tmp_path: Path) -> None:
    file = two_inputs(tmp_path / "m", operations=("WhitespaceTokenizeWithOffsetsV2",), keras="2.8.0")
    for release in ("tensorflow==2.15", KERAS_3):
        assert on(file, release).way is Way.NOT
        assert "modelfile-foreign-operation" in slugs(on(file, release))


def test_nothing_is_claimed_of_a_release_that_is_not_on_record(tmp_path: Path) -> None:
    from dataclasses import replace

    file = of_h5(tmp_path, sequential(entry(3), layer("Dense", units=2)))
    environment = files.release(KERAS_3)
    stacks = tuple(replace(one, version="3.99.0") for one in environment.stacks)
    verdict = next(iter(verdicts_of(file, replace(environment, stacks=stacks))))
    assert verdict.way is Way.UNKNOWN
    assert exit_code(Examination((Examined(file, (verdict,)),)), False) == 4


def old_models() -> list[Json]:
    recurrent = layer("LSTM", units=2, time_major=False, recurrent_activation="hard_sigmoid", implementation=2)
    bare = layer("Dense", "bare", units=2, batch_input_shape=[None, 7])
    listed = sequential(layer("Dense", "bare", units=2, batch_input_shape=[None, 7]))
    listed["config"] = listed["config"]["layers"]
    return [
        sequential(entry(4, 3), recurrent),
        sequential(bare),
        listed,
        sequential(entry(4, 3), layer("GRU", units=2, implementation=1)),
        sequential(entry(4, 3), layer("Bidirectional", layer=recurrent, merge_mode="sum")),
        sequential(entry(4, 4, 2), layer("DepthwiseConv2D", kernel_size=[2, 2], groups=1)),
        sequential(entry(4, 3), layer("Softmax", axis=1), layer("Flatten", input_dtype="float32")),
    ]


@pytest.mark.parametrize("number", range(len(old_models())))
@pytest.mark.parametrize("name", ["m.h5", "m.keras", "m"])
def test_what_loads_an_old_model_is_short_and_is_python(number: int, name: str, tmp_path: Path) -> None:
    verdict = on(of_h5(tmp_path, old_models()[number], name=name), "tensorflow==2.18 keras==3.8")
    assert not verdict.is_fine
    (program, *_) = [one.lines for one in verdict.recipes]
    ast.parse(program)
    assert "def load(" in program
    assert program.count("\n") <= 60


def test_a_fixed_configuration_has_no_reason_left(tmp_path: Path) -> None:
    """The helper's own function is run on each configuration: what it makes of it is fine for the same release."""
    for number, config in enumerate(old_models()):
        verdict = on(of_h5(tmp_path, config, name="m.h5"), "tensorflow==2.18 keras==3.8")
        program = next(one.lines for one in verdict.recipes if "def load(" in one.lines)
        tree = ast.parse(program)
        kept = [one for one in tree.body if isinstance(one, ast.Assign) or getattr(one, "name", "") == "fix"]
        names: Json = {}
        exec(compile(ast.Module(kept, []), "helper", "exec"), names)
        names.get("fix", lambda _: None)(config)
        left = slugs(on(of_h5(tmp_path, config, name="fixed.h5"), "tensorflow==2.18 keras==3.8"))
        assert set(left) <= {"training-hard-sigmoid"}, number


def test_every_reason_is_a_rule(tmp_path: Path) -> None:
    known = {one.slug for one in rules.all_rules()}
    import re

    from kdoctor.modelfiles import judge

    assert judge.__file__
    named = set(
        re.findall(r'"((?:modelfile|saving|savedmodel|training)-[a-z0-9-]+)"', Path(judge.__file__).read_text())
    )
    assert named
    assert named <= known


def test_byte_code_and_custom_classes_name_what_is_missing(tmp_path: Path) -> None:
    config = sequential(entry(3), layer("Lambda", "twist", function=["4wEAAAA=", None, None]), layer("Attend", heads=2))
    file = of_h5(tmp_path, config)
    verdict = on(file, "tensorflow==2.21 keras==3.15")
    assert slugs(verdict) == ["saving-lambda", "saving-custom-object"]
    assert "safe_mode=False" in verdict.recipes[0].lines
    assert "Attend" in verdict.recipes[0].lines


def test_files_of_keras_3_are_for_keras_3(tmp_path: Path) -> None:
    config = sequential({**layer("InputLayer", batch_shape=[None, 3]), "module": "keras.layers"})
    path = files.keras(tmp_path, {**config, "module": "keras"})
    file = read(str(path), lambda _: {"arrays": [], "root": ["layers"]})
    assert on(file).is_fine
    assert "saving-file-of-newer-keras" in slugs(on(file, "tensorflow==2.15"))
