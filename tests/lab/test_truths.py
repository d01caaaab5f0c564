"""What really happens on the environments that a run must get right, written by hand.

The table was worked out with snippets as users write them, apart from the canaries. A canary that says ``works`` where
the feature is broken, or the reverse, does not agree with it.
"""

from __future__ import annotations

import pytest

from kdoctor import canaries
from kdoctor.records.table import Row, shipped
from kdoctor.versions import allows
from kdoctor.words import Implementation, Outcome, StackId

# w works, x wrong, r raises, n not applicable. "x<3.12 w" is: wrong before 3.12, then works. For Keras 2 and tf-keras
# one letter; "*" where it depends on a package beside Keras.
TABLE = """
slug                            Keras 2  tf-keras  tf.keras with Keras 3  import keras with Keras 3
rnn-stateful-carry              w        w         w                      w
rnn-batch-input-shape           w        w         r                      r
rnn-model-reset-states          w        w         r                      r
rnn-reset-states-values         w        w         r                      r
rnn-stateful-bidirectional      w        w         w                      w
rnn-stateful-fit                w        w         r                      r
ragged-input                    w        w         r<3.9 w                r<3.9 w
ragged-fit                      w        w         r                      r
ragged-text-vectorization       w        w         w                      w
ragged-dense                    w        w         r                      r
ragged-pooling                  w        w         r<3.3 w                r<3.3 w
ctc-batch-cost                  w        w         w                      n
ctc-batch-cost-keras            n        n         n                      r
ctc-loss                        n        n         x<3.4 w                x<3.4 w
ctc-decode-greedy               w        w         w                      r
ctc-decode-beam                 w        w         w                      r
ctc-training-layer              w        w         w                      r
mask-metric                     w        w         x<3.12 w               x<3.12 w
mask-loss                       w        w         w                      w
mask-rnn-padding                w        w         w                      w
mask-rnn-initial-state          w        w         x                      x
mask-seq2seq                    w        w         x<3.12 w               x<3.12 w
symbolic-tf-one-hot             w        w         r                      r
symbolic-tf-math                w        w         r                      r
symbolic-add-loss               w        w         r                      r
savedmodel-load-model           w        w         r                      r
savedmodel-tfsm-multi-input     n        n         r                      r
savedmodel-tfsm-single          n        n         w                      w
saving-h5-mse                   w        w         r                      r
saving-keras2-file              w        w         r                      r
saving-lambda                   w        w         w<3.11 r               w<3.11 r
saving-no-extension             w        w         r                      r
saving-weights-h5               w        w         r                      r
saving-weights-checkpoint       w        w         r                      r
api-optimizers-legacy           w        w         r                      r
api-optimizer-lr                x        x         r                      r
api-optimizer-decay             r        r         x                      x
api-add-weight-positional       w        w         r                      r
api-fit-generator               w        w         r                      r
api-experimental-preprocessing  w        w         r                      r
api-layer-output-shape          w        w         r                      r
api-losses-functions            w        w         w<3.3 r                r
api-learning-phase              w        w         r                      r
api-estimator                   w        *         *                      *
api-scikit-wrapper              *        r         r                      r
api-preprocessing-text          w        *         w                      r
api-preprocessing-image         *        *         *                      r
hub-keras-layer                 *        *         *                      *
layers-leaky-relu-alpha         w        w         w                      w
layers-in-containers            w        w         w                      w
layers-gru-numbers              w        w         w                      w
layers-lstm-numbers             w        w         w                      w
layers-attention-numbers        w        w         w                      w
layers-batchnorm-frozen         w        w         w                      w
layers-image-resizing           w        w         w                      w
training-loss-none              w        w         w                      w
training-dict-inputs            w        w         w<3.4 x<3.7 w          w<3.4 x<3.7 w
training-dict-extra             w        w         w<3.4 x                w<3.4 x
training-call-without-training  w        w         x                      x
training-random-predict         w        w         x                      x
training-batch-mean             w        w         x<3.15 w               x<3.15 w
layers-weight-order             w        w         x                      x
saving-h5-train                 w        w         r                      r
saving-h5-hard-sigmoid          w        w         x                      x
saving-h5-axis                  w        w         x<3.9 w                x<3.9 w
ctc-train                       w        w         w                      x<3.4 w
ctc-decode                      w        w         w                      w
savedmodel-predict              w        w         w                      w
training-mirrored-strategy      w        w         w                      w
training-gradient-tape          w        w         w                      w
training-sample-weight          w        w         w                      w
training-adam-numbers           w        w         w                      w
training-rate-callbacks         w        w         w                      w
symbolic-tf-in-layer            w        w         w                      w
symbolic-add-loss-in-layer      w        w         w                      w
saving-keras2-weights           w        w         w                      w
saving-keras2-weights-h5        r<2.15 w w         w                      w
"""

LETTERS = {"w": Outcome.WORKS, "x": Outcome.WRONG, "r": Outcome.RAISES, "n": Outcome.NOT_APPLICABLE}
TRUTHS = {line[:32].strip(): line[32:] for line in TABLE.strip().splitlines()[1:]}
COLUMNS = ((0, 9), (9, 19), (19, 42), (42, 80))


def expected(slug: str, implementation: Implementation, namespace: StackId, version: str) -> Outcome | None:
    """What the table says; None where it says that it depends."""
    if implementation is Implementation.KERAS_3:
        column = 3 if namespace is StackId.KERAS else 2
    else:
        column = 1 if implementation is Implementation.TF_KERAS else 0
    start, end = COLUMNS[column]
    for part in TRUTHS[slug][start:end].split():
        letter, _, below = part.partition("<")
        if letter == "*":
            return None
        if not below or allows(f"<{below}", version):
            return LETTERS[letter]
    raise AssertionError(f"the table says nothing of {slug} on {version}")


def test_the_table_names_canaries() -> None:
    assert set(TRUTHS) <= {canary.slug for canary in canaries.catalogue()}


def disagrees(slug: str, row: Row) -> bool:
    stack = row.place.way
    if stack.backend not in ("", "tensorflow") or row.outcome is Outcome.NOT_APPLICABLE:
        return False  # what needs TensorFlow is not applicable on JAX
    if stack.implementation is Implementation.KERAS_2 and row.place.column is StackId.KERAS:
        return False  # `import keras` had other names before 2.13
    truth = expected(slug, stack.implementation, row.place.column, row.place.version)
    return truth is not None and truth is not Outcome.NOT_APPLICABLE and truth is not row.outcome


@pytest.mark.parametrize("slug", TRUTHS)
def test_the_record_agrees(slug: str) -> None:
    wrong = [
        f"{row.place.environment.id} {row.place.column.value}: {row.outcome.value}"
        for row in shipped().rows(slug)
        if disagrees(slug, row)
    ]
    assert wrong == []
