"""Padded sequences: where the mask no longer reaches what it should keep padding out of."""

from __future__ import annotations

import ast
from typing import Optional

from kdoctor.rules.edits import Edit, Editor, through
from kdoctor.rules.patterns import (
    LIKELY,
    Answer,
    Applied,
    Argument,
    Call,
    Check,
    Method,
    NoEffect,
    Site,
    Together,
    Value,
)
from kdoctor.rules.rule import CodeChange, HealthyPage, Reference, Rule, Upgrade, UseLegacyKeras

_BOOK_THREADS = (
    Reference(
        "https://github.com/keras-team/keras/issues/20320",
        "An encoder-decoder for translation reports 60 % validation accuracy with TF_USE_LEGACY_KERAS=1 and 10 % "
        "without it (TensorFlow 2.17.0, Keras 3.4.1), with no change in the model or the training.",
    ),
    Reference(
        "https://github.com/ageron/handson-ml3/issues/163",
        "The same fall, from about 60 % to around 10 %, in chapter 16 of the book that the model comes from; closed "
        "with the advice to use legacy Keras.",
    ),
)
_CAUSE = Reference(
    "https://github.com/keras-team/keras/pull/21569",
    "Proposes the change in MeanMetricWrapper: if no value is assigned to sample_weight, the masking is not performed "
    '"and an inaccurate value may be output".',
)


def _has_metric_of_keras(site: Site) -> bool:
    """A metric is Keras's own: its name, or an object of its class. Those of the code's own leave the mask alone."""
    given = site.arguments.value("metrics")
    if isinstance(given.node, ast.Dict):
        return any(isinstance(part, ast.Constant) for item in given.node.values for part in ast.walk(item))
    return any(map(_is_of_keras, given.items or (given,)))


def _is_of_keras(metric: Value) -> bool:
    if metric.items:
        return any(map(_is_of_keras, metric.items))
    return metric.kind == "string" or (bool(metric.made_by) and not metric.is_own)


_PAD_SEQUENCES = "keras.{utils,preprocessing.sequence}.pad_sequences"


def _starting_with(when: Optional[Check] = None) -> Applied:
    """An RNN is called on something masked with initial_state=, and without the mask."""
    arguments = (Argument("mask", absent=True), Argument("initial_state"))
    return Applied("keras.layers.{RNN,LSTM,GRU,SimpleRNN}", arguments, to="masked", when=when)


def _uses_last_step(site: Site) -> Answer:
    """Padding at the end changes nothing but the last output and the states."""
    made_with = site.receiver.arguments
    if made_with is None or made_with.open:
        return LIKELY
    if made_with.value("return_sequences").constant is not True or made_with.value("go_backwards").constant is True:
        return True
    if made_with.find("return_state"):
        return LIKELY
    return NoEffect("neither the last output nor the states are used, as long as padding stands at the end")


def _in_one_scope(first: Site, then: Site) -> bool:
    return first.scope == then.scope


PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="mask-loss",
        belief="Keras 3 ignores masks, so the loss is computed over padding and the model learns worse.",
        truth=(
            "The loss is averaged over the real steps on every release that was run, Keras 2.12 to 3.15. Up to 3.11, "
            "Keras 3 ignores the mask in metrics such as accuracy. That is why the numbers printed next to the loss "
            "are wrong: see mask-metric."
        ),
    ),
    HealthyPage(
        slug="mask-rnn-padding",
        belief="Keras 3 ignores masks, so an RNN reads the padding.",
        truth=(
            "An RNN behind a `Masking` layer or an `Embedding` with `mask_zero=True` gives the same with and without "
            "padding. Padding at the end and at the start was run, on Keras 2.12 to 3.15. Only when the RNN is called "
            "with `initial_state=` is the mask lost: see mask-rnn-initial-state."
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19311",
                '"Masking appears to do absolutely nothing in keras 3.0.5", of a custom layer with two inputs.',
            ),
        ),
    ),
)
_MAKE_MASKS = ("keras.layers.Embedding", "keras.layers.Masking")


def give_mask(editor: Editor) -> bool:
    """The mask of the Embedding (or Masking) layer that made the first argument."""
    made = editor.module.assigned(editor.arguments.expression(position=0))
    if not isinstance(made, ast.Call) or len(made.args) != 1:
        return False
    layer = editor.module.assigned(made.func)
    is_known = isinstance(layer, ast.Call) and through(editor.module.dotted(layer.func))[1] in _MAKE_MASKS
    mask = f"{editor.said(made.func)}.compute_mask({editor.said(made.args[0])})"
    return is_known and isinstance(made.func, ast.Name) and editor.add_keyword("mask", mask)


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD301",
        slug="mask-metric",
        area="masking",
        title="Accuracy counts the padding",
        silent=True,
        explanation=(
            "The accuracy you see is too low. Your model is fine. Upgrade Keras to 3.12 or newer, or use "
            "`weighted_metrics`.\n\n"
            "With `Embedding(mask_zero=True)` or a `Masking` layer, `metrics=[...]` should be averaged over the real "
            "steps only. Keras 3 before 3.12 does not apply the mask to metrics: the printed number is the average "
            "over all steps, padding included. Padded steps are never trained and mostly count as wrong. So the number "
            "is usually far too low, and the more padding, the lower. The loss leaves the padding out as it should, so "
            "training and predictions are as good as before. Do not compare accuracies printed by a release that "
            "counts the padding with those of one that does not. Do not let early stopping or a choice of model depend "
            "on them. Seen on 3.0.5 to 3.11.3, right on 3.12.0."
        ),
        symptoms=(
            "accuracy is much lower than with Keras 2, while the loss is about the same",
            "accuracy hardly rises above the share of real steps in the data",
        ),
        remedies=(
            CodeChange(
                "Use weighted_metrics and pass sample_weight: 1 for a real step, 0 for padding",
                cost="`fit`, `evaluate` and `validation_data=(x, y, weights)` each need the weights.",
            ),
            CodeChange(
                "Use a metric that leaves the padding out itself",
                after="after_masked_metric",
                cost="Here padding is where the target is 0. `load_model()` needs `custom_objects` for the class.",
            ),
            Upgrade("keras", ">=3.12", cost="Needs Python 3.10 or newer; 3.12.0 was run on TensorFlow 2.17 and 2.20."),
            UseLegacyKeras(),
        ),
        references=(_CAUSE, *_BOOK_THREADS),
        measured=(
            "Measured: wrong on Keras 3.0.5, 3.4.1, 3.8.0, 3.10.0 and 3.11.3; right on 3.12.0, 3.15.1, Keras 2 and "
            "tf-keras"
        ),
        uses=(Method("model", "compile", (Argument("metrics"),), having="masked", when=_has_metric_of_keras),),
    ),
    Rule(
        code="KD302",
        slug="mask-rnn-initial-state",
        area="masking",
        title="An RNN called with initial_state= ignores its mask",
        silent=True,
        explanation=(
            "The RNN reads padding as data, and no message appears. With padding at the end only its last output "
            "and states are wrong; with padding at the start the model is worse. Pass "
            "`mask=embedding.compute_mask(words)`.\n\n"
            "An RNN should skip what `Embedding(mask_zero=True)` or `Masking` marks as padding. Called with "
            "`initial_state=`, as a decoder is, it does not get the mask. This is so on every Keras 3 that was run, "
            "3.15.1 included.\n\n"
            "Is your model worse? With padding at the end, a translation model is not: the outputs of the real steps "
            "are right, and so are a masked loss and accuracy. Wrong are the last output (`return_sequences=False`) "
            "and the returned states. With padding at the start everything after it is wrong. Then the model is also "
            "trained on padding. A model moved from Keras 2 with its weights predicts other numbers."
        ),
        symptoms=(
            "predictions change with the amount of padding",
            "a model with a decoder predicts other numbers than it did on Keras 2, with the same weights",
        ),
        remedies=(
            CodeChange("Pass the mask yourself: mask=embedding.compute_mask(words) (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured=(
            "Measured: wrong on Keras 3.0.5, 3.4.1, 3.8.0, 3.10.0, 3.11.3, 3.12.0 and 3.15.1 (with JAX too); right on "
            "Keras 2 and tf-keras"
        ),
        edits=(Edit(give_mask),),
        uses=(
            _starting_with(when=_uses_last_step),
            Together(Call(_PAD_SEQUENCES, (Argument("padding", position=3, absent=True),)), _starting_with()),
            Together(Call(_PAD_SEQUENCES, (Argument("padding", position=3, value="pre"),)), _starting_with()),
        ),
    ),
    Rule(
        code="KD303",
        slug="mask-seq2seq",
        area="masking",
        title="A translation model's accuracy counts the padding",
        silent=True,
        explanation=(
            "The accuracy you see is too low. Your model is fine: it learns and translates as before. Upgrade Keras to "
            "3.12 or newer, or use `weighted_metrics`.\n\n"
            "An encoder-decoder with masked embeddings prints the share of right answers over all steps, and most "
            "steps are padding. You want the share of words that are right. Where one step in six is a word, 60 % of "
            "the words right is printed as 10 %. A well-known book's translation chapter shows about 60 % validation "
            "accuracy on Keras 2 and about 10 % on Keras 3. The loss leaves the padding out, so the training is right. "
            "The cause is that of mask-metric.\n\n"
            "The decoder's RNN also ignores its mask, because it is called with `initial_state=`: see "
            "mask-rnn-initial-state. With padding at the end that changes neither the loss nor the accuracy of the "
            "real words."
        ),
        symptoms=(
            "val_accuracy falls from about 0.6 to about 0.1 after an upgrade of TensorFlow, val_loss does not",
            "accuracy hardly rises above the share of real words in the data",
        ),
        remedies=(
            CodeChange(
                "Use weighted_metrics and pass sample_weight: 1 for a real word, 0 for padding",
                cost="`fit`, `evaluate` and `validation_data=(x, y, weights)` each need the weights.",
            ),
            CodeChange(
                "Use a metric that leaves the padding out itself",
                after="after_masked_metric",
                cost="Here padding is where the target is 0. `load_model()` needs `custom_objects` for the class.",
            ),
            Upgrade("keras", ">=3.12", cost="Needs Python 3.10 or newer; 3.12.0 was run on TensorFlow 2.17 and 2.20."),
            UseLegacyKeras(),
        ),
        references=(*_BOOK_THREADS, _CAUSE),
        measured=(
            "Measured: wrong on Keras 3.0.5, 3.4.1, 3.8.0, 3.10.0 and 3.11.3; right on 3.12.0, 3.15.1, Keras 2 and "
            "tf-keras"
        ),
        uses=(
            Together(
                Applied("keras.layers.{RNN,LSTM,GRU,SimpleRNN}", (Argument("initial_state"),)),
                Method("model", "compile", (Argument("metrics"),), having="masked", when=_has_metric_of_keras),
                when=_in_one_scope,
            ),
        ),
    ),
)
