"""Names and arguments of Keras 2 that programs still use and that later releases removed, refuse or ignore."""

from __future__ import annotations

from kdoctor.model import Advice, CodeChange, Install, Reference, Rule, StackId, Upgrade, UseLegacyKeras
from kdoctor.usage.patterns import Argument, Attribute, Call, Method, Name

EVERY_STACK = (StackId.TF_KERAS, StackId.LEGACY, StackId.KERAS_3, StackId.KERAS)

RULES: tuple[Rule, ...] = (
    Rule(
        code="KD801",
        slug="api-optimizers-legacy",
        area="api",
        title="optimizers.legacy refuses to make an optimizer",
        explanation=(
            "The names Adam, SGD, RMSprop, Adagrad, Ftrl and Optimizer can still be imported from optimizers.legacy, "
            "but in Keras 3 they are only signs: whoever makes an optimizer of them gets an ImportError (the others, "
            "such as Adadelta and Nadam, are not even there). The optimizer of the same name without .legacy "
            "takes its place. What legacy optimizers had and the others lack are lr= and decay=, see "
            "api-optimizer-lr and api-optimizer-decay."
        ),
        symptoms=(
            "ImportError: `keras.optimizers.legacy` is not supported in Keras 3. When using `tf.keras`, to continue "
            "using a `tf.keras.optimizers.legacy` optimizer, you can install the `tf_keras` package (Keras 2) and set "
            "the environment variable `TF_USE_LEGACY_KERAS=True` to configure TensorFlow to use `tf_keras` when "
            "accessing `tf.keras`.",
        ),
        remedies=(
            CodeChange("Use the optimizer of the same name, without .legacy"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/18540",
                "The change that put these names there: a stand-in so that what imports them still imports, and "
                "whoever uses a legacy optimizer gets an error that says what to do.",
            ),
        ),
        uses=(Name("keras.optimizers.legacy"),),
    ),
    Rule(
        code="KD802",
        slug="api-optimizer-lr",
        area="api",
        title="An optimizer's lr= is ignored, or refused",
        explanation=(
            "The argument is called learning_rate. Later releases of Keras 2 (seen on 2.12 to 2.15), and tf-keras, "
            "accept lr=, log one line and then train with the default rate: Adam(lr=0.1) trains at 0.001, SGD(lr=0.25) "
            "at 0.01. The model then really learns at another rate, and legacy Keras is no cure. Keras 3 refuses the "
            "argument. The attribute is another trap: on Keras 3, optimizer.lr = 0.001 (a callback that lowers the "
            "rate, say) raises nothing and changes nothing, while reading optimizer.lr fails."
        ),
        symptoms=(
            "ValueError: Argument(s) not recognized: {'lr': ...}",
            "AttributeError: '...' object has no attribute 'lr'",
            "WARNING:absl:`lr` is deprecated in Keras optimizer, please use `learning_rate` or use the legacy "
            "optimizer, e.g.,tf.keras.optimizers.legacy....",
            "WARNING:absl:`lr` is deprecated in TF-Keras optimizer, please use `learning_rate` or use the legacy "
            "optimizer, e.g.,tf.keras.optimizers.legacy....",
            "The learning rate that was given makes no difference.",
        ),
        remedies=(CodeChange("Call it learning_rate, the argument and the attribute", stacks=EVERY_STACK),),
        measured=(
            "measured here: ignored on Keras 2.12.0, 2.13.1 and 2.15.0 and on tf-keras 2.17.0 and 2.21.0, refused on "
            "Keras 3.0.5, 3.4.1 and 3.15.1"
        ),
        uses=(
            Call("keras.optimizers.*", keyword="lr"),
            Call("keras.optimizers.legacy.*", keyword="lr"),
            Attribute("optimizer", "lr"),
        ),
    ),
    Rule(
        code="KD803",
        slug="api-optimizer-decay",
        area="api",
        title="An optimizer's decay= is refused, or ignored",
        explanation=(
            "Up to Keras 2.10, decay= lowered the learning rate a little after every step: learning_rate / (1 + decay "
            "* step). Later releases of Keras 2 (seen on 2.12 to 2.15), and tf-keras, refuse it, so legacy Keras is no "
            "cure. Keras 3 takes it, warns once and trains at the full rate for ever, which is easily missed in a "
            "notebook full of warnings: the model really is trained otherwise. A schedule gives back the very same "
            "rates. weight_decay= is something else: it shrinks the weights."
        ),
        symptoms=(
            "ValueError: decay is deprecated in the new Keras optimizer, please check the docstring for valid "
            "arguments, or use the legacy optimizer, e.g., tf.keras.optimizers.legacy....",
            "ValueError: decay is deprecated in the new TF-Keras optimizer, please check the docstring for valid "
            "arguments, or use the legacy optimizer, e.g., tf.keras.optimizers.legacy....",
            "UserWarning: Argument `decay` is no longer supported and will be ignored.",
        ),
        remedies=(CodeChange("Give the same rates by an InverseTimeDecay schedule", stacks=EVERY_STACK),),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/17752",
                "A user of decay= in Adam quotes the ValueError of Keras 2.11 and 2.12 (the thread is about a space "
                "missing in it).",
            ),
            Reference(
                "https://github.com/rstudio/keras3/issues/1352",
                "The same error reported for TensorFlow 2.11, and reproduced by the maintainer.",
            ),
        ),
        uses=(Call("keras.optimizers.*", keyword="decay"),),
    ),
    Rule(
        code="KD804",
        slug="api-add-weight-positional",
        area="api",
        title='add_weight("name", ...) takes the name for the shape',
        explanation=(
            "In Keras 2 the first argument of a layer's or metric's add_weight was the name; in Keras 3 it is the "
            "shape, so a name that is given without name= ends up in the wrong place. Custom layers and custom metrics "
            "of many books and repositories do this. The message differs by release and by what else is given. With "
            "name= and shape= spelt out, the same line runs on Keras 2 and 3."
        ),
        symptoms=(
            "TypeError: Layer.add_weight() got multiple values for argument 'shape'",
            "TypeError: Layer.add_weight() got multiple values for argument 'initializer'",
            "TypeError: Metric.add_weight() got multiple values for argument 'initializer'",
            "ValueError: `name` must be passed as a keyword argument. Received: add_weight('...', ...). Use: "
            "add_weight(shape=..., name='...').",
            "ValueError: Cannot convert '('...',)' to a shape. Found invalid entry '...' of type '<class 'str'>'. ",
            "ValueError: Cannot convert '...' to a shape. Found invalid dimension '...' of type '<class 'str'>'. ",
            "ValueError: Could not interpret initializer identifier: ...",
            "TypeError: add_weight() takes at most 3 positional arguments but 4 were given.",
        ),
        remedies=(
            CodeChange("Give the name by name= and the shape by shape="),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/22265",
                "Says that the first parameter was name in Keras 2 and is shape in Keras 3, and makes the message of "
                "newer releases say what to write.",
            ),
            Reference(
                "https://github.com/MITDeepLearning/introtodeeplearning/issues/163",
                "A course's first lab that stops with this TypeError.",
            ),
        ),
        uses=(Method("{layer,metric,model}", "add_weight", where=(Argument(position=0, is_a="string"),)),),
    ),
    Rule(
        code="KD805",
        slug="api-fit-generator",
        area="api",
        title="fit_generator, evaluate_generator, predict_generator are gone",
        explanation=(
            "fit, evaluate and predict take generators themselves; in Keras 2 the three other methods did nothing but "
            "call them, with a warning, and Keras 3 has them no more. Only the names change: "
            "steps_per_epoch=, validation_data= and the rest stay as they are. In evaluate and predict the number of "
            "batches is still called steps."
        ),
        symptoms=(
            "AttributeError: 'Sequential' object has no attribute 'fit_generator'",
            "AttributeError: 'Functional' object has no attribute 'fit_generator'",
            "AttributeError: '...' object has no attribute 'evaluate_generator'",
            "AttributeError: '...' object has no attribute 'predict_generator'",
        ),
        remedies=(
            CodeChange("Call fit, evaluate and predict"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19225",
                "A user notices that fit_generator was removed in Keras 3, without a word in the announcement.",
            ),
        ),
        uses=(Method("model", "{fit_generator,predict_generator,evaluate_generator}", distinctive=True),),
    ),
    Rule(
        code="KD806",
        slug="api-experimental-preprocessing",
        area="api",
        title="layers.experimental.preprocessing is gone",
        explanation=(
            "TextVectorization, Normalization, Rescaling, Resizing, RandomFlip, StringLookup and the others have long "
            "been ordinary layers: the same classes under keras.layers. Keras 3 dropped the experimental address, in "
            "tf.keras as well. Only the import changes. (With `import keras`, the address is missing on Keras 2.12 "
            "too, and there again on 2.13 to 2.15.)"
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'tensorflow.keras.layers.experimental'",
            "ModuleNotFoundError: No module named 'keras.layers.experimental'",
            "AttributeError: module 'keras._tf_keras.keras.layers' has no attribute 'experimental'",
            "AttributeError: module 'keras.layers' has no attribute 'experimental'",
            "AttributeError: module 'keras.api.layers' has no attribute 'experimental'",
        ),
        remedies=(
            CodeChange("Take the layers from keras.layers"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/18606",
                "Asked about this address in Keras 2.14, the author of Keras answers that all of its names are in "
                "keras.layers.",
            ),
        ),
        uses=(Name("keras.layers.experimental.preprocessing"),),
    ),
    Rule(
        code="KD807",
        slug="api-layer-output-shape",
        area="api",
        title="A layer has no output_shape and no input_shape",
        explanation=(
            "In Keras 3 a layer no longer has input_shape and output_shape, nor get_output_at() and its like; a model "
            "still has both. The tensors know: layer.input.shape and layer.output.shape, which Keras 2 has too. "
            "An input layer is the one difference: its output_shape was a list that holds the shape, its output.shape "
            "is the shape. A layer that was never called has neither."
        ),
        symptoms=(
            "AttributeError: 'Dense' object has no attribute 'output_shape'",
            "AttributeError: '...' object has no attribute 'input_shape'",
            "AttributeError: 'InputLayer' object has no attribute 'output_shape'",
            "AttributeError: '...' object has no attribute 'get_output_at'",
            "AttributeError: '...' object has no attribute 'get_output_shape_at'",
        ),
        remedies=(
            CodeChange("Ask the layer's tensors for their shape"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19052",
                "A user who moves from tf.keras to Keras 3 finds layers without input_shape and output_shape.",
            ),
            Reference(
                "https://github.com/keras-team/keras/issues/18784",
                "A maintainer confirms that layers have neither attribute in Keras 3.",
            ),
        ),
        uses=(
            Attribute("layer", "{output_shape,input_shape,get_output_at,get_input_at,inbound_nodes,outbound_nodes}"),
        ),
    ),
    Rule(
        code="KD808",
        slug="api-losses-functions",
        area="api",
        title="A loss function goes by another name here",
        explanation=(
            "Keras 2 had every loss under a long and a short name. In Keras 3 each namespace has one of them: "
            "`import keras` only the long ones (mean_squared_error, mean_absolute_error, kl_divergence, ...), and "
            "tf.keras, from a release between 3.0.5 and 3.3.3 on, only the short ones (mse, MSE, mae, kld, ...). "
            "So code breaks when its import changes, in either direction. metrics has the same gaps. A loss given to "
            'compile() as a string, "mse" or "mean_squared_error", works everywhere, and so do the classes '
            "(MeanSquaredError)."
        ),
        symptoms=(
            "AttributeError: module 'keras._tf_keras.keras.losses' has no attribute 'mean_squared_error'",
            "AttributeError: module 'keras._tf_keras.keras.losses' has no attribute '...'",
            "AttributeError: module 'keras.losses' has no attribute 'mse'",
            "AttributeError: module 'keras.api.losses' has no attribute 'mse'",
            "ImportError: cannot import name 'mean_squared_error' from 'tensorflow.keras.losses'",
            "ImportError: cannot import name '...' from 'keras.losses' (...)",
        ),
        remedies=(
            CodeChange("In tf.keras, use the short name", after="after", stacks=(StackId.TF_KERAS, StackId.KERAS_3)),
            CodeChange(
                "With `import keras`, use the long name",
                before="before_keras",
                after="after_keras",
                stacks=(StackId.KERAS,),
            ),
            CodeChange("Ask for it by name, which works in every namespace and release", after="after_by_name"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/69851",
                "mean_squared_error cannot be imported from tensorflow.keras.losses in TensorFlow 2.16.1; the reporter "
                "finds the function there as mse.",
            ),
            Reference(
                "https://github.com/keras-team/keras/releases/tag/v3.3.2",
                "Keras 3.3.2 brought names of Keras 2 back that are still part of tf.keras and not of Keras itself.",
            ),
        ),
        uses=(
            Name("tf.keras.{losses,metrics}.{mean_squared_error,mean_absolute_error,mean_absolute_percentage_error}"),
            Name(
                "tf.keras.{losses,metrics}.{mean_squared_logarithmic_error,kl_divergence,kullback_leibler_divergence}"
            ),
            Name("keras.{losses,metrics}.{mse,MSE,mae,MAE,mape,MAPE,msle,MSLE,kld,KLD}", stacks=("keras",)),
        ),
    ),
    Rule(
        code="KD809",
        slug="api-learning-phase",
        area="api",
        title="backend.set_learning_phase and learning_phase are gone",
        explanation=(
            "The learning phase was one switch for the whole program that said whether layers such as Dropout and "
            "BatchNormalization are training. Keras 3 has no such switch: each call says it by training=. fit, "
            "evaluate and predict set it themselves, so that code which only sets the phase around them can drop the "
            "line. learning_phase_scope and in_train_phase are gone as well."
        ),
        symptoms=(
            "AttributeError: module 'keras._tf_keras.keras.backend' has no attribute 'set_learning_phase'",
            "AttributeError: module 'keras._tf_keras.keras.backend' has no attribute 'learning_phase'",
            "AttributeError: module 'keras.backend' has no attribute 'set_learning_phase'",
            "AttributeError: module 'keras.api.backend' has no attribute 'set_learning_phase'",
            "AttributeError: module 'keras...backend' has no attribute 'learning_phase_scope'",
            "AttributeError: module 'keras...backend' has no attribute 'in_train_phase'",
        ),
        remedies=(
            CodeChange("Say training= where the layer or model is called"),
            UseLegacyKeras(),
        ),
        measured="measured here: gone on Keras 3.0.5, 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0",
        uses=(Name("keras.backend.{learning_phase,set_learning_phase,learning_phase_scope,in_train_phase}"),),
    ),
    Rule(
        code="KD810",
        slug="api-estimator",
        area="api",
        title="tf.estimator is gone from TensorFlow",
        explanation=(
            "TensorFlow 2.16 removed estimators. This has nothing to do with which Keras answers: "
            "TF_USE_LEGACY_KERAS=1 does not bring tf.estimator back, and what tf-keras still carries as "
            "tf.keras.estimator needs the module that is missing. Either the model is written anew as a Keras model, "
            "or the program stays on TensorFlow 2.15."
        ),
        symptoms=(
            "AttributeError: module 'tensorflow' has no attribute 'estimator'",
            "AttributeError: module 'keras._tf_keras.keras' has no attribute 'estimator'",
        ),
        remedies=(
            CodeChange(
                "Write it as a Keras model; an input function that returns a tf.data.Dataset can stay",
                stacks=EVERY_STACK,
                cost="Checkpoints of the estimator have to be converted, or the model trained again.",
            ),
            Install(
                "Stay on TensorFlow 2.15, the last release with tf.estimator",
                requirements=("tensorflow~=2.15.0", "keras~=2.15.0"),
                cost="It receives no fixes, needs Python 3.9 to 3.11, and has Keras 2 as tf.keras.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/releases/tag/v2.16.1",
                "The tf.estimator API is removed; to continue using it, you need TensorFlow 2.15 or an earlier one.",
            ),
        ),
        uses=(
            Name("tf.estimator"),
            Name("keras.estimator"),
        ),
    ),
    Rule(
        code="KD811",
        slug="api-scikit-wrapper",
        area="api",
        title="wrappers.scikit_learn is gone",
        explanation=(
            "KerasClassifier and KerasRegressor were removed while Keras was still at 2 (there on 2.12, gone on 2.13), "
            "so legacy Keras is no cure. SciKeras is their successor, with the same two names; the function that "
            "builds the model is given as model=, no longer as build_fn=. Newer Keras 3 (seen from 3.8 on, not on 3.4) "
            "has a smaller wrapper of its own, keras.wrappers.SKLearnClassifier and SKLearnRegressor. Both need "
            "scikit-learn."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'tensorflow.keras.wrappers'",
            "ModuleNotFoundError: No module named 'tensorflow.keras.wrappers.scikit_learn'",
            "ModuleNotFoundError: No module named 'keras.wrappers'",
            "ModuleNotFoundError: No module named 'keras.wrappers.scikit_learn'",
            "AttributeError: module 'keras...' has no attribute 'wrappers'",
        ),
        remedies=(
            Install(
                "Install SciKeras for Keras 3",
                requirements=("scikeras>=0.13",),
                cost="Brings scikit-learn. Under Keras 2 it would pull Keras 3 in: see the next step.",
            ),
            Install(
                "Install SciKeras for Keras 2 (TensorFlow 2.15 and earlier)",
                requirements=("scikeras<0.13",),
                cost="Brings scikit-learn.",
            ),
            Advice(
                "Import the wrappers from SciKeras",
                "Write: from scikeras.wrappers import KerasClassifier, KerasRegressor\n"
                "Give the function that builds the model as model=, in place of build_fn=",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19747",
                "keras.wrappers.scikit_learn and tensorflow.keras.wrappers.scikit_learn are both missing with Keras "
                "3.3.3 and TensorFlow 2.16.1.",
            ),
            Reference(
                "https://github.com/keras-team/keras/pull/20599",
                "Adds a smaller wrapper under keras.wrappers and points to SciKeras for what it leaves out.",
            ),
        ),
        uses=(Name("keras.wrappers.scikit_learn"),),
    ),
    Rule(
        code="KD812",
        slug="api-preprocessing-text",
        area="api",
        title="keras.preprocessing.text (Tokenizer) is gone",
        explanation=(
            "Keras 3 itself has no Tokenizer, one_hot or text_to_word_sequence any more, so `import keras` does "
            "not find them; TensorFlow still hands the same code out as tensorflow.keras.preprocessing.text, where it "
            "gave the right numbers on every release that was tried. pad_sequences is in both (on Keras 2.12 it is "
            "pad_sequences that `import keras` does not find, and Tokenizer is there). For new code there is "
            "the TextVectorization layer; its numbers begin like those of a Tokenizer with an oov_token (0 is padding, "
            "1 an unknown word, then by frequency), but words that are equally frequent may be numbered otherwise, so "
            "a trained model keeps its Tokenizer."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'keras.preprocessing.text'",
            "ImportError: cannot import name 'pad_sequences' from 'keras.preprocessing.sequence' (...)",
            "AttributeError: module 'keras.preprocessing' has no attribute 'text'",
            "AttributeError: module 'keras.api.preprocessing' has no attribute 'text'",
        ),
        remedies=(
            CodeChange("Import it from tensorflow.keras", stacks=(StackId.KERAS,), cost="Needs TensorFlow."),
            CodeChange(
                "Use the TextVectorization layer",
                after="after_text_vectorization",
                stacks=(StackId.KERAS,),
                cost="Needs TensorFlow; words that are equally frequent may get other numbers.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19517",
                "It was removed from the API in Keras 3 and kept in tf.keras for backwards compatibility; "
                "TextVectorization is named as the replacement.",
            ),
        ),
        uses=(Name("keras.preprocessing.text", stacks=("keras",)),),
    ),
    Rule(
        code="KD813",
        slug="api-preprocessing-image",
        area="api",
        title="ImageDataGenerator: gone, or every other epoch is empty",
        explanation=(
            "Keras 3 itself has no ImageDataGenerator, so `import keras` does not find it; TensorFlow still hands it "
            "out as tensorflow.keras.preprocessing.image (load_img and img_to_array are in both). There another fault "
            "waits: with fit(generator, steps_per_epoch=len(images) // batch_size, epochs=...), the very line that "
            "tutorials teach, every other epoch of Keras 3.0.5 and 3.4.1 sees no image at all. It ends at once, shows "
            "a loss of 0 and warns that the input ran out of data. The numbers of the other epochs are true, but the "
            "model was trained for half of the epochs. Keras 3.8 is right again. On Keras 2.12 it is img_to_array and "
            "load_img that `import keras` finds under keras.utils only. Without SciPy, the generator of Keras 2 and "
            "tf-keras stops with a NameError; that is not this."
        ),
        symptoms=(
            "ImportError: cannot import name 'ImageDataGenerator' from 'keras.preprocessing.image' (...)",
            "AttributeError: module 'keras.preprocessing.image' has no attribute 'ImageDataGenerator'",
            "ImportError: cannot import name 'img_to_array' from 'keras.preprocessing.image' (...)",
            "AttributeError: module 'keras.api.preprocessing.image' has no attribute 'ImageDataGenerator'",
            "UserWarning: Your input ran out of data; interrupting epoch. Make sure that your dataset or generator can "
            "generate at least `steps_per_epoch * epochs` batches. You may need to use the `.repeat()` function when "
            "building your dataset.",
            "Every second epoch takes no time and shows a loss of 0.",
        ),
        remedies=(
            CodeChange("Import it from tensorflow.keras", stacks=(StackId.KERAS,), cost="Needs TensorFlow."),
            CodeChange(
                "Leave steps_per_epoch out: the generator knows how many batches it has",
                before="before_epochs",
                after="after_epochs",
                stacks=(StackId.TF_KERAS, StackId.KERAS_3),
            ),
            Upgrade("keras", ">=3.8", cost="Mends the empty epochs only."),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19365",
                "Asked for a replacement in Keras 3, a maintainer names image_dataset_from_directory, with layers for "
                "the augmentation.",
            ),
            Reference(
                "https://github.com/NeuralNetworkVerification/VeriX/issues/3",
                "The ImportError of keras.preprocessing.image, mended by importing from tensorflow.keras.",
            ),
        ),
        measured="measured here: every other epoch empty on Keras 3.0.5 and 3.4.1, none on 3.8.0 and 3.15.1",
        uses=(Name("keras.preprocessing.image.ImageDataGenerator", stacks=("keras",)),),
    ),
)
