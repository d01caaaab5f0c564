"""Features that are believed broken and were measured healthy."""

from __future__ import annotations

from kdoctor.rules.rule import HealthyPage, Reference

PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="ctc-batch-cost",
        belief="Keras 3 has no ctc_batch_cost any more, so handwriting and speech models have to be rewritten.",
        truth=(
            "Only `keras.backend` lost it. `tf.keras.backend.ctc_batch_cost` (and `tensorflow.keras.backend`) is there "
            "on every release that was run, Keras 2.12 to 3.15. It gives the losses that the forward algorithm gives. "
            "It needs real tensors, as it always has inside a layer, a loss function or a training step."
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/18575",
                "Asks whether keras.backend.ctc_batch_cost can be used in Keras 3, after its import failed.",
            ),
        ),
    ),
    HealthyPage(
        slug="ragged-text-vectorization",
        belief="TextVectorization(ragged=True) fails on Keras 3, because Keras 3 has no ragged tensors.",
        truth=(
            "It returns the same RaggedTensor on every release that was run, Keras 2.12 to 3.15. That holds when "
            "called directly, in a Sequential model, after `adapt()` and in tf.data. Only the layers behind it may "
            "refuse the result: see ragged-fit and ragged-dense. Delete `ragged` to get rows padded with zeros instead."
        ),
    ),
    HealthyPage(
        slug="savedmodel-tfsm-single",
        belief="A SavedModel that Keras 2 wrote is of no use to Keras 3.",
        truth=(
            "With one input it works in a `TFSMLayer`, called directly and inside a functional model. "
            '`TFSMLayer(folder, call_endpoint="serving_default")` gives the right numbers. It returns a dictionary '
            "with one entry for each output layer. It is for predictions: to train further, see savedmodel-load-model; "
            "for several inputs, see savedmodel-tfsm-multi-input."
        ),
        references=(
            Reference(
                "https://keras.io/guides/migrating_to_keras_3",
                "Says to use TFSMLayer to reload a TF SavedModel as a layer.",
            ),
        ),
    ),
    HealthyPage(
        slug="rnn-stateful-carry",
        belief="Stateful RNNs no longer work on Keras 3: the state is not kept between batches, or cannot be cleared.",
        truth=(
            "On every release that was run, Keras 2.12 to 3.15, two halves of a sequence in turn give what the whole "
            "gives. `layer.reset_states()` clears the state. On Keras 3 the method is called `reset_state()`, and "
            "`reset_states()` is another name for it; Keras 2 has only `reset_states()`. What is gone: see "
            "rnn-batch-input-shape, rnn-model-reset-states and rnn-reset-states-values. One exception was met: Keras "
            '3.8.0 with JAX 0.10.2, where a reset raises "ValueError: Could not convert <Variable ...". Keras 3.15.1 '
            "is right with that JAX."
        ),
        references=(
            Reference(
                "https://github.com/ageron/handson-ml3/issues/163",
                'The author of a book lists stateful RNNs among what is "buggy or just not supported yet" in Keras 3.',
            ),
        ),
    ),
    HealthyPage(
        slug="rnn-stateful-bidirectional",
        belief="A stateful Bidirectional layer loses its states on Keras 3, or they cannot be reset.",
        truth=(
            "On every release that was run, Keras 2.12 to 3.15, the forward and the backward state are both kept from "
            "one batch to the next. `reset_states()` of the Bidirectional layer clears both."
        ),
    ),
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
    HealthyPage(
        slug="symbolic-tf-in-layer",
        belief="TensorFlow functions cannot be used in Keras 3 models any more.",
        truth=(
            "They fail only on the symbolic tensors of a functional model: see symbolic-tf-one-hot. Inside the call of "
            "a custom layer they get real tensors and give the right numbers, on every release that was run, Keras "
            "2.12 to 3.15. So wrapping them in a layer fixes such a model."
        ),
    ),
    HealthyPage(
        slug="symbolic-add-loss-in-layer",
        belief="add_loss is gone from Keras 3.",
        truth=(
            "Only `model.add_loss(tensor)` is gone: see symbolic-add-loss. A layer that calls `self.add_loss(value)` "
            "inside its call works on every release that was run, Keras 2.12 to 3.15. The value is added to the loss, "
            "and the gradients follow it."
        ),
    ),
    HealthyPage(
        slug="saving-keras2-weights",
        belief="Weights that Keras 2 saved are of no use to Keras 3.",
        truth=(
            "An .h5 file of weights that Keras 2.15 saved loads into the same architecture on every release that was "
            "run, Keras 2.12 to 3.15. It gives the right predictions: a bidirectional GRU, a BatchNormalization and a "
            "Dense layer were compared with NumPy. What fails is loading whole models, and checkpoints without "
            "extension: see saving-h5-mse and saving-weights-checkpoint."
        ),
    ),
    HealthyPage(
        slug="layers-leaky-relu-alpha",
        belief="LeakyReLU(alpha=0.2) fails on Keras 3, which calls the argument negative_slope.",
        truth=(
            "Keras 3 accepts both names. The numbers are right on every release that was run, Keras 2.12 to 3.15. From "
            "3.0 on a warning may say that `alpha` is deprecated."
        ),
    ),
    HealthyPage(
        slug="layers-in-containers",
        belief="Keras 3 does not find layers that are kept in lists or dictionaries, so they are not trained.",
        truth=(
            "It finds them on every release that was run, Keras 2.12 to 3.15, also lists in dictionaries and "
            "dictionaries in lists. Their weights are in `trainable_weights` and change in training. What is not found "
            "is a `tf.Variable` or a `tf.Module`: see layers-tf-variable and layers-tf-module."
        ),
    ),
    HealthyPage(
        slug="layers-gru-numbers",
        belief="A GRU of Keras 3 computes something else from the same weights.",
        truth=(
            "With the default arguments it gives the numbers of the formula, computed with NumPy, on every release "
            "that was run, Keras 2.12 to 3.15. The order of its weights and of the gates in them is the same too."
        ),
    ),
    HealthyPage(
        slug="layers-lstm-numbers",
        belief="An LSTM of Keras 3 computes something else from the same weights.",
        truth=(
            "With the default arguments it gives the numbers of the formula, computed with NumPy, on every release "
            "that was run, Keras 2.12 to 3.15. The order of its weights and of the gates in them is the same too. "
            "(ConvLSTM2D has other gates by default: see training-conv-lstm-gates.)"
        ),
    ),
    HealthyPage(
        slug="layers-attention-numbers",
        belief="MultiHeadAttention gives other numbers on Keras 3, or ignores attention_mask.",
        truth=(
            "With the same weights, with and without attention_mask, it gives what NumPy gives on every release "
            "that was run, Keras 2.12 to 3.15."
        ),
    ),
    HealthyPage(
        slug="layers-batchnorm-frozen",
        belief="Fine-tuning is broken on Keras 3: a frozen BatchNormalization goes on learning its averages.",
        truth=(
            "With `trainable = False` it uses its averages and does not change them, on every release that was run, "
            "Keras 2.12 to 3.15. That holds even where it is called with `training=True`."
        ),
    ),
    HealthyPage(
        slug="layers-image-resizing",
        belief="Keras 3 resizes images differently, so that a trained network sees other pixels.",
        truth=(
            "`Resizing` and `UpSampling2D` with bilinear interpolation give the pixels of the formula on every release "
            "that was run, Keras 2.12 to 3.15. The formula interpolates between the centres of the pixels."
        ),
    ),
    HealthyPage(
        slug="training-loss-none",
        belief='compile(loss=["mse", None]) is refused by Keras 3.',
        truth=(
            "It is accepted on every release that was run, Keras 2.12 to 3.15. The output without a loss is not "
            "trained, and the shown loss is that of the other output. A dictionary that leaves an output out is "
            "different: see training-loss-dict-partial."
        ),
    ),
    HealthyPage(
        slug="training-dict-inputs",
        belief="Keras 3 goes by the order of a dictionary of inputs, not by its names.",
        truth=(
            "It goes by the names, in any order, on every release that was run, Keras 2.12 to 3.15. Models made from a "
            "dictionary and from a list of inputs were run. An entry that no input has is ignored. A structure other "
            "than the model's gives a warning."
        ),
    ),
    HealthyPage(
        slug="training-mirrored-strategy",
        belief="tf.distribute no longer works with Keras 3.",
        truth=(
            "A model made under `MirroredStrategy` is trained by `fit` with the right numbers on every release that "
            "was run, Keras 2.12 to 3.15. The CPU was its only device; several devices and other strategies were not "
            "run."
        ),
    ),
    HealthyPage(
        slug="training-gradient-tape",
        belief="A custom training loop with tf.GradientTape has to be rewritten for Keras 3.",
        truth=(
            "`tape.gradient` and `optimizer.apply_gradients` work as before on every release that was run, Keras 2.12 "
            "to 3.15. Some names around them are gone: see api-train-step-compiled-loss and api-metric-reset-states."
        ),
    ),
    HealthyPage(
        slug="training-sample-weight",
        belief="Keras 3 divides a loss with sample weights by another number.",
        truth=(
            "It is the sum of the weighted errors over the number of samples, not over the sum of the weights, on "
            "every release that was run, Keras 2.12 to 3.15."
        ),
    ),
    HealthyPage(
        slug="training-adam-numbers",
        belief="Adam of Keras 3 has other defaults and takes other steps.",
        truth=(
            "Three steps with the default arguments agree with the formula to six digits on every release that was "
            "run, Keras 2.12 to 3.15: a rate of 0.001, decays of 0.9 and 0.999, an epsilon of 1e-7."
        ),
    ),
    HealthyPage(
        slug="training-rate-callbacks",
        belief="LearningRateScheduler and learning rate schedules have no effect on Keras 3.",
        truth=(
            "Both change the steps that are taken, as computed by hand, on every release that was run, Keras 2.12 "
            "to 3.15. What has no effect is optimizer.lr = x: see training-optimizer-lr-assign."
        ),
    ),
)
