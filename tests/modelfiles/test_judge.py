from __future__ import annotations

import ast
import json
import re
import textwrap
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
KEPT = "_layer_checkpoint_dependencies"


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
    assert ("saving-h5-axis" in slugs(on(file, "tensorflow==2.18 keras==3.8"))) is is_lost
    assert "saving-h5-axis" not in slugs(on(file, KERAS_3))


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
    for release in ("tensorflow==2.15", KERAS_3):
        assert on(file, release).way is Way.SIGNATURE


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
    from kdoctor.modelfiles import judge

    assert judge.__file__
    named = set(
        re.findall(r'"((?:modelfile|saving|savedmodel|training|mask)-[a-z0-9-]+)"', Path(judge.__file__).read_text())
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


def test_a_model_that_is_not_built_or_misbuilt_is_not_called_loadable(tmp_path: Path) -> None:
    """Nothing says the shape; a Sequential within the model says it in its first layer only."""
    shapeless = sequential(layer("BatchNormalization"), layer("Dense", units=2))
    weights = [["dense/kernel:0", [3, 2], "float32"]]
    for release in ("tensorflow==2.15", KERAS_3):
        verdict = on(of_h5(tmp_path, shapeless, version="2.2.5", arrays=weights), release)
        assert slugs(verdict) == ["saving-weights-do-not-fit"]
    inner = sequential(layer("Conv1D", filters=2, kernel_size=1, batch_input_shape=[None, 4, 3]))
    outer = sequential({**inner, "config": {**inner["config"], "name": "inner"}}, layer("Flatten"))
    assert slugs(on(of_h5(tmp_path, outer))) == ["modelfile-batch-input-shape"]


def functional(*layers: Json) -> Json:
    given = [{**one, "name": one["config"]["name"], "inbound_nodes": one.pop("nodes", [])} for one in layers]
    ends = {"input_layers": [["given", 0, 0]], "output_layers": [[given[-1]["name"], 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "model", "layers": given, **ends}}


def node(*sources: str, **named: Any) -> list[Json]:
    return [[[one, 0, 0, named] for one in sources]]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("sources", "named"), [(("given", "state"), {}), (("given",), {"initial_state": ["state", 0, 0]})]
)
def test_tensors_that_a_layer_takes_by_name_are_written_anew(
    sources: tuple[str, ...], named: Json, tmp_path: Path
) -> None:
    state = layer("InputLayer", "state", batch_input_shape=[None, 2], dtype="float32")
    recurrent = {**layer("SimpleRNN", "r", units=2), "nodes": node(*sources, **named)}
    config = functional(entry(4, 3), state, recurrent)
    verdict = on(of_h5(tmp_path, config))
    assert slugs(verdict) == ["saving-config-of-keras2"]
    tree = ast.parse(verdict.recipes[0].lines)
    names: Json = {}
    kept = [one for one in tree.body if isinstance(one, ast.Assign) or getattr(one, "name", "") in ("fix", "tensor")]
    exec(compile(ast.Module(kept, []), "helper", "exec"), names)
    names["fix"](config)
    (call,) = config["config"]["layers"][-1]["inbound_nodes"]
    assert [one["config"]["keras_history"][0] for one in call["args"]] == ["given"]
    assert "state" in str(call["kwargs"]["initial_state"])
    assert slugs(on(of_h5(tmp_path, config))) == []


def test_cells_in_a_list_need_their_module(tmp_path: Path) -> None:
    cells = layer("StackedRNNCells", cells=[layer("GRUCell", units=2, reset_after=False)])
    verdict = on(of_h5(tmp_path, sequential(entry(4, 3), layer("RNN", cell=cells))))
    assert "modelfile-wrapped-layer" in slugs(verdict)
    assert verdict.way is Way.NOT


@pytest.mark.parametrize(
    ("sizes", "behind", "fits"),
    [((4, 4), "Flatten", True), ((4, 4), "Dense", False), ((3, 4), "Flatten", False)],
)
def test_a_dropped_axis_is_loud_where_shapes_forbid_it(
    sizes: tuple[int, int], behind: str, fits: bool, tmp_path: Path
) -> None:
    other = layer("InputLayer", "other", batch_input_shape=[None, sizes[0], 4], dtype="float32")
    merge = {**layer("Concatenate", "c", axis=1), "nodes": node("given", "other")}
    more: Json = {"units": 2} if behind == "Dense" else {}
    config = functional(entry(sizes[1], 4), other, merge, {**layer(behind, **more), "nodes": node("c")})
    (reason,) = [
        one for one in on(of_h5(tmp_path, config), "tensorflow==2.18 keras==3.8").reasons if "axis" in one.slug
    ]
    assert reason.silent is fits
    assert (on(of_h5(tmp_path, config), "tensorflow==2.18 keras==3.8").way is Way.LOADS) is fits


def test_stored_weights_show_that_a_dropped_axis_does_not_fit(tmp_path: Path) -> None:
    weights = [["batchnormalization/gamma:0", [5], "float32"]]
    for size, fits in ((5, True), (4, False)):
        config = sequential(entry(5, size, 1, size), layer("BatchNormalization", axis=1))
        file = of_h5(tmp_path, config, arrays=weights)
        assert (on(file, "tensorflow==2.18 keras==3.8").way is Way.LOADS) is fits


@pytest.mark.parametrize(
    ("numbers", "first", "python"),
    [(5, 124, "3.7 or older"), (6, 124, "3.8 to 3.10"), (5, 151, "3.11 or newer")],
)
def test_byte_code_of_another_python_has_no_lines(numbers: int, first: int, python: str, tmp_path: Path) -> None:
    import base64

    data = b"\xe3" + bytes(4 * numbers) + b"s" + (8).to_bytes(4, "little") + bytes([first]) + bytes(20)
    function = [base64.b64encode(data).decode(), None, None]
    file = of_h5(tmp_path, sequential(entry(3), layer("Lambda", "twist", function=function)))
    (code,) = file.code
    assert code.python == python
    for release in ("tensorflow==2.15", KERAS_3):
        found = files.release(release)
        for interpreter, reads in (("3.9.1", "3.8 to 3.10"), ("3.12.0", "3.11 or newer")):
            from dataclasses import replace

            environment = replace(found, interpreter=replace(found.interpreter, version=interpreter))
            verdict = next(iter(verdicts_of(file, environment)))
            assert (verdict.way is Way.NOT and not verdict.recipes) is (python != reads)


@pytest.mark.parametrize(("more", "way"), [({}, Way.NOT), ({"query_shape": [None, 6, 8]}, Way.LOADS)])
def test_attention_without_the_shape_of_its_query_stops_keras_2(more: Json, way: Way, tmp_path: Path) -> None:
    config = sequential(entry(6, 8), layer("MultiHeadAttention", num_heads=2, key_dim=4, **more))
    assert on(of_h5(tmp_path, config), "tensorflow==2.15").way is way


def test_initializers_with_arguments_that_are_refused_are_named_and_freed_of_them(tmp_path: Path) -> None:
    """TensorFlow 1.15 wrote a dtype into them; those of a wrapped layer and of a recurrent one are found too."""
    ones, orthogonal = ({"class_name": one, "config": {"dtype": "float32"}} for one in ("Ones", "Orthogonal"))
    inner = layer("Dense", "inside", units=2, bias_initializer=ones)
    recurrent = layer("SimpleRNN", units=2, recurrent_initializer=orthogonal)
    config = sequential(entry(4, 3), layer("TimeDistributed", layer=inner), recurrent)
    file = of_h5(tmp_path, config, version="2.2.4-tf")
    verdict = on(file)
    wheres = [one.where for one in verdict.reasons if "'dtype'" in one.message]
    assert wheres == ["layer inside, bias_initializer", "layer simplernn, recurrent_initializer"]
    assert "'Ones': ['dtype']" in verdict.recipes[0].lines
    assert on(file, "tensorflow==2.15").is_fine


def test_a_label_says_each_keras_once(tmp_path: Path) -> None:
    file = of_h5(tmp_path, sequential(entry(3)))
    assert on(file).label == "tf.keras · Keras 3.10"
    assert on(file, "tensorflow==2.15").label == "tf.keras · Keras 2.15"
    assert on(file, KERAS_3, StackId.LEGACY).label.startswith("tf.keras+legacy · tf-keras 2.")


class Group(dict[str, Any]):
    """An HDF5 group, as far as the printed lines use one."""

    def move(self, name: str, new: str) -> None:
        assert new not in self
        self[new] = self.pop(name)


def test_weights_of_an_older_zip_are_renamed(tmp_path: Path) -> None:
    """Keras 2.13 counted the layers of a class by twos, within a model and within one in it."""
    config = sequential(entry(3), layer("Dense", units=1))
    for one in (config, *config["config"]["layers"]):
        one["module"] = "keras.src.engine" if one is config else "keras.layers"
    path = files.keras(tmp_path, config, version="2.13.1")
    old = {"arrays": [["a", [1], "float32"]], "root": [KEPT]}
    (recipe,) = on(read(str(path), lambda _: old)).recipes
    (function,) = [one for one in ast.parse(recipe.lines).body if getattr(one, "name", "") == "rename"]
    names: Json = {"h5py": type("h5py", (), {"Group": Group}), "re": re}
    exec(compile(ast.Module([function], []), "helper", "exec"), names)
    within = Group({"dense": Group(vars=1)})
    layers = Group({f"dense_{2 * at}" if at else "dense": Group(vars=at) for at in (0, 1, 2, 5, 6)})
    file = Group({KEPT: Group({**layers, "functional_2": Group({KEPT: within})})})
    names["rename"](file)
    assert sorted(file["layers"]) == ["dense", "dense_1", "dense_2", "dense_3", "dense_4", "functional"]
    assert [file["layers"][f"dense_{at}"]["vars"] for at in (1, 2, 3, 4)] == [1, 2, 5, 6]
    assert list(file["layers"]["functional"]["layers"]) == ["dense"]


@pytest.mark.parametrize(
    "nodes", [True, 5, "x", {}, [True], [[True]], [[[{}, 1]]], [[[["inner"], 1]]], [[["inner", "x"]]]]
)
def test_whatever_stands_for_calls_is_no_crash(nodes: Any, tmp_path: Path) -> None:
    inner = {**sequential(entry(3)), "name": "inner", "inbound_nodes": [[["given", 0, 0, {}]]]}
    config = functional(entry(3))
    config["config"]["layers"] += [inner, {**layer("LSTM"), "inbound_nodes": nodes}]
    assert on(of_h5(tmp_path, config)).reasons is not None


@pytest.mark.parametrize("masks", [True, False])
def test_a_mask_that_is_lost_with_an_initial_state_is_named(masks: bool, tmp_path: Path) -> None:
    words = {**layer("Embedding", "words", input_dim=9, output_dim=3, mask_zero=masks), "nodes": node("given")}
    state = layer("InputLayer", "state", batch_input_shape=[None, 2], dtype="float32")
    recurrent = {**layer("SimpleRNN", "r", units=2), "nodes": node("words", "state")}
    verdict = on(of_h5(tmp_path, functional(entry(4), state, words, recurrent)))
    assert ("mask-rnn-initial-state" in [one.slug for one in verdict.silent]) is masks
    assert "initial_state" in verdict.recipes[0].lines


def test_arguments_of_a_newer_keras_3_are_dropped(tmp_path: Path) -> None:
    config = sequential(
        *(
            {**one, "module": "keras.layers"}
            for one in (
                layer("InputLayer", batch_shape=[None, 4, 4, 3]),
                layer("RandomRotation", factor=0.1, value_range=[0, 255]),
            )
        )
    )
    path = files.keras(tmp_path, {**config, "module": "keras"}, version="3.5.0")
    verdict = on(read(str(path), lambda _: {"arrays": [], "root": ["layers"]}))
    assert "'RandomRotation': ['value_range']" in verdict.recipes[0].lines


def in_zip(folder: Path, config: Json, version: str = "2.15.0", **top: Any) -> ModelFile:
    """A Sequential in a zip, as Keras 2.15 and Keras 3 write one."""
    for one in config["config"]["layers"]:
        one.setdefault("module", "keras.layers")
    path = files.keras(folder, {**config, "module": "keras", **top}, version=version)
    return read(str(path), lambda _: {"arrays": [["layers/a", [1], "float32"]], "root": ["layers"]})


@pytest.mark.parametrize(
    "optimizer",
    [
        {"module": "keras.optimizers.legacy", "class_name": "Adagrad", "config": {"learning_rate": 0.1}},
        {"module": "keras.optimizers.experimental", "class_name": "Adamax", "config": {"learning_rate": 0.1}},
        {"module": "keras.optimizers", "class_name": "Ftrl", "config": {"learning_rate": 0.1, "jit_compile": True}},
    ],
)
def test_a_zip_of_keras_2_has_an_optimizer_that_keras_3_refuses(optimizer: Json, tmp_path: Path) -> None:
    file = in_zip(
        tmp_path, sequential(entry(3), layer("Dense", units=2)), compile_config={"optimizer": optimizer, "loss": "mse"}
    )
    verdict = on(file)
    assert verdict.way is Way.NO_COMPILE
    assert slugs(verdict) == ["modelfile-old-optimizer"]
    assert on(file, "tensorflow==2.15").is_fine


def test_a_zip_of_keras_2_has_losses_layers_and_policies_that_keras_3_refuses(tmp_path: Path) -> None:
    loss = {"module": "keras.losses", "class_name": "Poisson", "config": {"reduction": "auto", "fn": "poisson"}}
    config = sequential(entry(3), layer("Dense", units=2))
    assert on(in_zip(tmp_path, config, compile_config={"loss": loss})).way is Way.NO_COMPILE
    policy = {"class_name": "Policy", "config": {"name": "mixed_bfloat16"}}
    cases: tuple[tuple[str, Json, str], ...] = (
        ("RandomWidth", {}, "modelfile-layer-gone"),
        ("Conv1D", {"dtype": policy}, "modelfile-dtype-policy"),
    )
    for cls, more, slug in cases:
        verdict = on(in_zip(tmp_path, sequential(entry(3), layer(cls, **more))))
        assert (verdict.way, slugs(verdict)) == (Way.NOT, [slug])


def test_operations_in_hdf5_of_keras_3_get_their_module(tmp_path: Path) -> None:
    given = {**layer("InputLayer", "given", batch_shape=[None, 3]), "inbound_nodes": []}
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "keras_history": ["given", 0, 0]}}
    config = functional(given)
    for cls in ("Subtract", "Rsqrt"):
        made = {**layer(cls, cls), "name": cls, "inbound_nodes": [{"args": [tensor, 2.0], "kwargs": {}}]}
        config["config"]["layers"].append(made)
    file = of_h5(tmp_path, config, version="3.10.0")
    verdict = on(file)
    assert slugs(verdict) == ["modelfile-operation"] * 2
    assert ["Unknown layer" in one.message for one in verdict.reasons] == [False, True]
    assert not file.custom
    names: Json = {}
    kept = [one for one in ast.parse(verdict.recipes[0].lines).body if isinstance(one, (ast.Assign, ast.FunctionDef))]
    exec(
        compile(ast.Module([one for one in kept if getattr(one, "name", "fix") == "fix"], []), "helper", "exec"), names
    )
    names["fix"](config)
    assert [one.get("module") for one in config["config"]["layers"]] == [None, "keras.src.ops", "keras.src.ops"]


def test_a_class_of_the_user_in_hdf5_or_json_is_built_by_other_lines(tmp_path: Path) -> None:
    config = {"class_name": "MyNet", "config": {"units": 3}}
    assert "load_weights" in on(of_h5(tmp_path, config, version="3.4.1")).recipes[0].lines
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**config, "module": None, "registered_name": "MyNet"}))
    (recipe,) = on(read(str(path), lambda _: {})).recipes
    assert "model_from_json(file.read(), custom_objects={'MyNet': MyNet})" in recipe.lines


@pytest.mark.parametrize("sign", ["a/b", "one/two/three"])
def test_a_slash_in_a_name_is_replaced_wherever_the_name_stands(sign: str, tmp_path: Path) -> None:
    config = functional(entry(3), {**layer("Dense", sign, units=1), "nodes": node("given")})
    verdict = on(of_h5(tmp_path, config))
    assert slugs(verdict) == ["layers-name-slash"]
    lines = verdict.recipes[0].lines
    start = lines.index("            for name in SLASHED")
    names: Json = {"SLASHED": [sign], "config": config, "json": json}
    exec(textwrap.dedent(lines[start : lines.index("            file.attrs", start)]), names)
    assert "/" not in json.dumps(names["config"])
    assert names["config"]["config"]["output_layers"] == [[sign.replace("/", "_"), 0, 0]]


def test_words_that_a_layer_learned_are_read_from_the_zip(tmp_path: Path) -> None:
    texts = [layer("TextVectorization", one, vocabulary=None) for one in ("first", "then")]
    file = in_zip(tmp_path, sequential(entry(1), *texts, layer("LSTM", units=1, time_major=False)))
    lines = on(file).recipes[0].lines
    assert "'first': 'assets/layers/text_vectorization/vocabulary.txt'" in lines
    assert "'then': 'assets/layers/text_vectorization_1/vocabulary.txt'" in lines
    within = sequential(entry(1), {**sequential(*texts), "module": "keras"}, layer("LSTM", units=1, time_major=False))
    assert not any("def load(" in one.lines for one in on(in_zip(tmp_path, within)).recipes)


def test_a_file_that_was_not_written_to_its_end_is_damaged(tmp_path: Path) -> None:
    config = sequential(entry(3), layer("Dense", "a", units=2), layer("Dense", "b", units=2))
    for names, is_whole in ((["given", "a"], False), (["given", "a", "b"], True)):
        file = of_h5(tmp_path, config, weights={"layer_names": ["given", "a", "b"]}, layers=names)
        assert (on(file).way is Way.LOADS) is is_whole
    assert "b" in of_h5(tmp_path, config, weights={"layer_names": ["given", "a", "b"]}, layers=["given"]).problems[0]


@pytest.mark.parametrize(
    ("kind", "said"), [(19, "dtype='float16'"), (2, "dtype='float64'"), (1, "'serve')"), (9, "tf.cast(x, 'int64')")]
)
def test_a_layer_of_a_saved_model_gets_the_type_that_its_signature_wants(kind: int, said: str, tmp_path: Path) -> None:
    one = files.signature("serve", {"x": files.information("x", -1, 4, dtype=kind)}, {"y": files.information("y", -1)})
    file = read(str(files.saved_model(tmp_path / "m", one)), lambda _: {})
    assert said in on(file).recipes[0].lines


def run_fix(verdict: Verdict, config: Json) -> Json:
    """What the printed lines make of a configuration."""
    (lines,) = [one.lines for one in verdict.recipes if "def load(" in one.lines]
    kept = [one for one in ast.parse(lines).body if isinstance(one, (ast.Assign, ast.FunctionDef))]
    names: Json = {"json": json}
    exec(
        compile(ast.Module([one for one in kept if getattr(one, "name", "fix") != "load"], []), "helper", "exec"), names
    )
    names["fix"](config)
    return config


def engine(*layers: Json, name: str = "inner") -> Json:
    model = functional(entry(4, 4, 2), *layers)
    return {**model, "module": "keras.src.engine.functional", "name": name, "inbound_nodes": []}


def test_models_within_a_file_of_keras_2_15_get_a_module_that_keras_3_has(tmp_path: Path) -> None:
    config = sequential(
        entry(3, 4, 4, 2), layer("TimeDistributed", layer=engine({**layer("Flatten"), "nodes": node("given")}))
    )
    verdict = on(of_h5(tmp_path, config, version="2.15.0"))
    assert slugs(verdict) == ["saving-keras2-file"]
    inner = run_fix(verdict, config)["config"]["layers"][1]["config"]["layer"]
    assert inner["module"] == "keras.src.models.functional"
    assert inner["config"]["output_layers"] == ["flatten", 0, 0]


@pytest.mark.parametrize(
    ("release", "is_bad"),
    [
        ("tensorflow==2.16 keras==3.1", True),
        ("tensorflow==2.18 keras==3.8", False),
        ("tensorflow==2.21 keras==3.15", True),
    ],
)
def test_a_functional_model_within_a_sequential_answers_with_a_list(release: str, is_bad: bool, tmp_path: Path) -> None:
    within = {**functional(entry(4), {**layer("Dense", "d", units=2), "nodes": node("given")})}
    within["config"]["name"] = "within"
    config = sequential(within, layer("Dense", units=1))
    verdict = on(of_h5(tmp_path, config), release)
    assert slugs(verdict) == ["saving-config-of-keras2"] * is_bad
    if is_bad:
        assert run_fix(verdict, config)["config"]["layers"][0]["config"]["output_layers"] == ["d", 0, 0]
    assert on(of_h5(tmp_path, sequential(entry(4), within)), release).is_fine


def test_an_axis_in_a_list_is_refused_where_a_module_is_named(tmp_path: Path) -> None:
    norm = {**layer("BatchNormalization", axis=[3], trainable=True), "module": "keras.layers"}
    config = sequential(entry(3, 4, 4, 2), layer("TimeDistributed", layer=norm))
    verdict = on(of_h5(tmp_path, config))
    assert slugs(verdict) == ["saving-config-of-keras2"]
    assert run_fix(verdict, config)["config"]["layers"][1]["config"]["layer"]["config"]["axis"] == 3
    several = sequential(entry(4, 3), layer("LayerNormalization", axis=[1, 2]))
    assert run_fix(on(of_h5(tmp_path, several)), several)["config"]["layers"][1]["module"] == "keras.layers"


def test_an_rnn_with_an_initial_state_gets_the_mask_of_its_words(tmp_path: Path) -> None:
    words = {**layer("Embedding", "words", input_dim=9, output_dim=3, mask_zero=True), "nodes": node("given")}
    dropped = {**layer("Dropout", "dropped", rate=0.1), "nodes": node("words")}
    state = layer("InputLayer", "state", batch_input_shape=[None, 2], dtype="float32")
    config = functional(
        entry(4),
        state,
        words,
        dropped,
        {**layer("GRU", "r", units=2, reset_after=True), "nodes": node("dropped", "state")},
    )
    verdict = on(of_h5(tmp_path, config))
    call = run_fix(verdict, config)["config"]["layers"][-1]["inbound_nodes"][0]
    assert call["kwargs"]["mask"]["config"]["keras_history"] == ["mask_r", 0, 0]
    lines = verdict.recipes[0].lines
    assert "MASKS = {'r': ['given', 0, 0, {}]}" in lines
    config["config"]["layers"][2]["class_name"] = "Masking"
    masked = of_h5(
        tmp_path,
        functional(
            entry(4, 3),
            state,
            {**layer("Masking", "m"), "nodes": node("given")},
            {**layer("LSTM", "r", units=2), "nodes": node("m", "state")},
        ),
    )
    assert [one.slug for one in on(masked).silent] == ["mask-rnn-initial-state"]
    assert not any("def load(" in one.lines for one in on(masked).recipes)


def test_classes_of_the_user_are_in_the_lines(tmp_path: Path) -> None:
    config = sequential(entry(3), layer("Scale", mode="add"), layer("LSTM", units=2, time_major=False))
    file = of_h5(tmp_path, config)
    assert "custom_objects={'Scale': Scale}):" in on(file).recipes[0].lines
    assert "with tf.keras.utils.custom_object_scope({'Scale': Scale}):" in on(file, "tensorflow==2.15").recipes[0].lines
    assert run_fix(on(file), config)["config"]["layers"][1]["registered_name"] == "Scale"


def test_calls_of_models_are_counted_beside_models_without_a_name(tmp_path: Path) -> None:
    """The layers of a Sequential have their names within."""
    within = sequential(entry(4), sequential(entry(4), layer("Dense", "d", units=4)), layer("Dense", "e", units=4))
    config = functional(entry(4), {**within, "nodes": []})
    config["config"]["layers"][1]["inbound_nodes"] = node("given")
    config["config"]["layers"].append(
        {**layer("Softmax"), "name": "last", "inbound_nodes": [[["sequential", 1, 0, {}]]]}
    )
    verdict = on(of_h5(tmp_path, config))
    assert slugs(verdict) == ["modelfile-nested-model"]
    assert run_fix(verdict, config)["config"]["layers"][-1]["inbound_nodes"][0][0][1] == 0


@pytest.mark.parametrize(
    ("release", "found"), [("3.1", ["Orthogonal", "Identity"]), ("3.3", ["Orthogonal"]), ("3.4", [])]
)
def test_initializers_have_other_names_in_the_first_releases(release: str, found: list[str], tmp_path: Path) -> None:
    wanted: Json = {one: {"class_name": one, "config": {}} for one in ("Orthogonal", "Identity", "Zeros")}
    parts: Json = {f"{at}_initializer": wanted[one] for at, one in zip(("kernel", "recurrent", "bias"), wanted)}
    config = sequential(entry(4, 3), layer("SimpleRNN", units=2, trainable=True, **parts))
    tensorflow = "2.16" if release < "3.4" else "2.17"
    verdict = on(of_h5(tmp_path, config), f"tensorflow=={tensorflow} keras=={release}")
    missed = [re.findall(r"'class_name': '(\w+)'", one.message)[0] for one in verdict.reasons]
    assert missed == found
    if found:
        given = run_fix(verdict, config)["config"]["layers"][1]["config"]
        assert given["kernel_initializer"]["class_name"] == "OrthogonalInitializer"
        assert given["bias_initializer"]["class_name"] == "Zeros"


def test_numbers_that_were_written_as_arrays_are_read_by_no_keras(tmp_path: Path) -> None:
    config = sequential(entry(3), layer("ELU", alpha={"type": "ndarray", "value": 0.5}))
    file = of_h5(tmp_path, config, version="2.0.5")
    assert slugs(on(file, "tensorflow==2.15")) == ["saving-keras2-file"]
    verdict = on(file)
    assert slugs(verdict) == ["saving-config-of-keras2"]
    assert run_fix(verdict, config)["config"]["layers"][1]["config"]["alpha"] == 0.5


@pytest.mark.parametrize(("release", "is_refused"), [("2.16 keras==3.3", True), ("2.17 keras==3.4", False)])
def test_what_the_first_releases_refuse_is_refused_by_them_alone(
    release: str, is_refused: bool, tmp_path: Path
) -> None:
    config = sequential(entry(4, 3), layer("GRU", units=2, implementation=2, reset_after=True))
    verdict = on(of_h5(tmp_path, config), f"tensorflow=={release}")
    assert slugs(verdict) == ["saving-config-of-keras2"] * is_refused
    assert not is_refused or "implementation" not in run_fix(verdict, config)["config"]["layers"][1]["config"]
