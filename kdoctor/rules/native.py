"""What TensorFlow's compiled parts and the packages under it say: at import, about the GPU, about the processor.

Known by their messages only. Each says whether it is harmless, a fault, or a sign of what comes next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Optional

from packaging.utils import canonicalize_name

from kdoctor.environment.facts import requirements, tensorflow_distribution
from kdoctor.environment.model import Environment
from kdoctor.records.api import successor
from kdoctor.rules.rule import Advice, Fault, Install, Reference, Rule, Symptom, UseLegacyKeras
from kdoctor.versions import allows, minor
from kdoctor.words import Severity, Shown

_INSTALL = "https://www.tensorflow.org/install/pip"

WINDOWS = Rule(
    code="KD040",
    slug="native-runtime-not-loaded",
    area="native",
    title="TensorFlow's compiled library cannot be loaded",
    explanation=(
        "`import tensorflow` fails before any code of yours runs. Your models are fine. On Windows install "
        "the Microsoft Visual C++ Redistributable; elsewhere reinstall TensorFlow in a new environment.\n\n"
        "Python found TensorFlow, but the operating system could not load the library inside it. On Windows the "
        "redistributable is missing or old, or the processor lacks AVX. Elsewhere the installation is damaged, or was "
        "made for another Python or another processor."
    ),
    symptoms=(
        "ImportError: DLL load failed while importing _pywrap_tensorflow_internal: {text}",
        "ImportError: DLL load failed while importing _pywrap_tensorflow_common: {text}",
        Symptom("ImportError: DLL load failed: {text}", generic=True),
        "ModuleNotFoundError: No module named '_pywrap_tensorflow_internal'",
        "ModuleNotFoundError: No module named 'tensorflow.python._pywrap_tensorflow_internal'",
        "Failed to load the native TensorFlow runtime.",
    ),
    remedies=(
        Advice(
            "Install what the library needs, then TensorFlow again",
            "Windows: install the newest Microsoft Visual C++ Redistributable (x64), and restart.\n"
            "Use a 64-bit Python that this TensorFlow supports, in a new virtual environment.\n"
            "pip install --force-reinstall tensorflow",
        ),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/113558",
            "The maintainers name the Visual C++ Redistributable and processors without AVX as the usual causes.",
        ),
    ),
    canary=False,
)

SYSTEM_LIBRARY = Rule(
    code="KD041",
    slug="native-system-too-old",
    area="native",
    title="A C or C++ library is older than TensorFlow needs",
    explanation=(
        "`import tensorflow` fails, because libstdc++ or glibc is too old. Your code and your models are "
        "fine. Install a newer library, or an older TensorFlow.\n\n"
        "The compiled library was built against a newer version than the one that is loaded here. Often an old "
        "libstdc++ of another program or of conda comes first on the search path. On an old Linux the whole system is "
        "too old for this release."
    ),
    symptoms=(
        Symptom("ImportError: {path}: version `GLIBCXX_{version}' not found", generic=True),
        Symptom("ImportError: {path}: version `GLIBC_{version}' not found", generic=True),
        Symptom("ImportError: {path}: version `CXXABI_{version}' not found", generic=True),
    ),
    remedies=(
        Advice(
            "Install a newer library, or an older TensorFlow",
            "In a conda environment: conda install -c conda-forge libstdcxx-ng\n"
            "Otherwise use a newer Linux (a container is enough), or the TensorFlow of that system's time.",
        ),
    ),
    references=(Reference(_INSTALL, "TensorFlow's packages state the oldest systems that they run on."),),
    canary=False,
)


def _of_tensorflow(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    """The library or the symbol has to say that it is about TensorFlow."""
    return "" if not values or any(re.search("tensorflow|_ops?$|^tf_", value) for value in values.values()) else None


SYMBOL = Rule(
    code="KD042",
    slug="native-built-for-another-tensorflow",
    area="native",
    title="A compiled extension was built for another TensorFlow",
    explanation=(
        "The import of an extension fails. Your code and your models are fine. Install the release of the "
        "extension that matches this TensorFlow, or build it again.\n\n"
        "TensorFlow's C++ interface changes with every release. So a library with custom operations works only with "
        "the release it was built for. Examples are tensorflow-text, tensorflow-addons, tensorflow-io and the .so file "
        "of a project. The undefined symbol is a C++ name that the installed TensorFlow spells differently."
    ),
    symptoms=(
        "undefined symbol: {symbol}tensorflow{symbol}",
        Symptom("NotFoundError: {path}.so: undefined symbol: {symbol}", generic=True),
        Symptom("ImportError: {path}.so: undefined symbol: {symbol}", generic=True),
        "NotFoundError on load_library.load_op_library({text})",
        "{path}_ops.so: undefined symbol: {symbol}",
    ),
    remedies=(
        Advice(
            "Install the release of the extension that matches this TensorFlow, or build it again",
            "tensorflow-text has the version of its TensorFlow: tensorflow-text 2.17 goes with TensorFlow 2.17.\n"
            "A .so of a project is built again against the installed TensorFlow.",
        ),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/addons/issues/753",
            "The maintainers trace the undefined symbol to another build of TensorFlow than the extension's.",
        ),
    ),
    canary=False,
    answer=_of_tensorflow,
)

GPU_MISSING = Rule(
    code="KD043",
    slug="gpu-libraries-missing",
    area="native",
    title="TensorFlow finds no GPU libraries (harmless without GPU)",
    explanation=(
        "TensorFlow runs on the processor: that is slower, but models are not worse. Without an NVIDIA GPU "
        "nothing is wrong; with one, install the CUDA libraries.\n\n"
        "TensorFlow searches for CUDA and cuDNN at import and continues without them. With a GPU, the CUDA libraries "
        'are missing or of another version. On Linux `pip install "tensorflow[and-cuda]"` installs them. On Windows no '
        "release after 2.10 uses the GPU outside of WSL2."
    ),
    symptoms=(
        "Could not load dynamic library '{library}'",
        "Could not find cuda drivers on your machine, GPU will not be used.",
        "Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above are installed "
        "properly if you would like to use GPU.",
        "Skipping registering GPU devices...",
        "Ignore above cudart dlerror if you do not have a GPU set up on your machine.",
        "failed call to cuInit: {text}",
        "ImportError: libcudart.so.{version}: cannot open shared object file",
        "ImportError: libcublas.so.{version}: cannot open shared object file",
        "ImportError: libcudnn.so.{version}: cannot open shared object file",
    ),
    remedies=(
        Advice(
            "Ignore it, or install the GPU libraries",
            "No NVIDIA GPU, or not wanted: nothing to do.\n"
            'Linux with a GPU: pip install "tensorflow[and-cuda]"\n'
            "Windows with a GPU: use WSL2.",
        ),
    ),
    references=(Reference(_INSTALL, "The install page: the and-cuda extra, and no GPU on native Windows after 2.10."),),
    canary=False,
)

GPU_NOISE = Rule(
    code="KD044",
    slug="gpu-registration-noise",
    area="native",
    title="A library was registered twice: harmless",
    explanation=(
        "You can ignore this message: it changes neither results nor speed, with or without a GPU. If "
        "something failed, the cause is in another line.\n\n"
        "At its start TensorFlow registers cuDNN, cuFFT and cuBLAS from two places. The second one is reported as an "
        "error although the first one works. It appears in many releases from 2.14 on."
    ),
    symptoms=(
        "Unable to register {library} factory: Attempting to register factory for plugin {library} when one has "
        "already been registered",
        "computation placer already registered. Please check linkage and avoid linking the same target more than once.",
    ),
    remedies=(
        Advice("Ignore it", "To hide it: set TF_CPP_MIN_LOG_LEVEL=3 before TensorFlow is imported for the first time."),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/62075",
            "The thread about these lines: they are printed where TensorFlow works.",
        ),
    ),
    canary=False,
)

CPU_NOTES = Rule(
    code="KD045",
    slug="cpu-instruction-notes",
    area="native",
    title="Notes that TensorFlow prints at its start: harmless",
    explanation=(
        "You can ignore this message: nothing failed, and your model is not worse. If your program ended, "
        "the cause is in another line.\n\n"
        "At its start TensorFlow names the instructions that it uses. It adds that oneDNN may sum in another order, "
        "which changes results in the last digits. TensorRT is optional: TensorFlow runs on a GPU without it. protobuf "
        "says that TensorFlow's generated code is one major version older, which protobuf still supports."
    ),
    symptoms=(
        "oneDNN custom operations are on. You may see slightly different numerical results due to floating-point "
        "round-off errors from different computation orders.",
        "This TensorFlow binary is optimized to use available CPU instructions in performance-critical operations.",
        "This TensorFlow binary is optimized with oneAPI Deep Neural Network Library (oneDNN) to use the following "
        "CPU instructions in performance-critical operations",
        "To enable the following instructions: {text}, in other operations, rebuild TensorFlow with the appropriate "
        "compiler flags.",
        "Your CPU supports instructions that this TensorFlow binary was not compiled to use: {text}",
        "successful NUMA node read from SysFS had negative value (-1), but there must be at least one NUMA node",
        "All log messages before absl::InitializeLog() is called are written to STDERR",
        "TF-TRT Warning: Could not find TensorRT",
        "Protobuf gencode version {version} is exactly one major version older than the runtime version {version} at "
        "tensorflow/{path}",
    ),
    remedies=(
        Advice(
            "Ignore it",
            "To hide it: set TF_CPP_MIN_LOG_LEVEL=2 before TensorFlow is imported for the first time.\n"
            "To hide the warning of protobuf: python -W ignore::UserWarning:google.protobuf.runtime_version\n"
            "To have the same sums as without oneDNN: TF_ENABLE_ONEDNN_OPTS=0.",
        ),
    ),
    measured="Measured: TensorFlow 2.12 to 2.21 print one of them at import and work",
    canary=False,
)

NO_AVX = Rule(
    code="KD046",
    slug="cpu-lacks-instructions",
    area="native",
    title="The processor lacks instructions TensorFlow needs",
    explanation=(
        "The process dies at import with SIGILL, and no Python error appears. Your code and your models are "
        "fine. Use a processor with AVX, or an arm64 Python on Apple silicon.\n\n"
        "TensorFlow's packages use AVX. It is missing on an old processor, in a virtual machine that hides it, or in "
        "an emulator (an x86 Python on Apple silicon)."
    ),
    symptoms=(
        Symptom("Illegal instruction (core dumped)", generic=True),
        Symptom("illegal hardware instruction", generic=True),
        "The TensorFlow library was compiled to use AVX instructions, but these aren't available on your machine.",
        "illegal instruction error when importing tensorflow",
        "Process finished with exit code 132 (interrupted by signal 4: SIGILL)",
    ),
    remedies=(
        Advice(
            "Use a processor with AVX",
            "Let the virtual machine pass the host's processor through.\nOn Apple silicon use an arm64 Python.",
        ),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/17411",
            "The thread about the crash: TensorFlow's packages use AVX since 1.6.",
        ),
    ),
    canary=False,
)

PROTOBUF = Rule(
    code="KD047",
    slug="protobuf-too-new",
    area="native",
    title="protobuf is newer than some generated code",
    explanation=(
        "An import fails. Your code and your models are fine. Install the protobuf that matches this "
        "TensorFlow, or upgrade the package that the traceback's last file belongs to.\n\n"
        "Files called *_pb2.py are generated for a range of protobuf releases. An older TensorFlow, or a package that "
        "is imported with it, has files generated before protobuf 3.19. A newer protobuf refuses them."
    ),
    symptoms=(
        "TypeError: Descriptors cannot be created directly.",
        "TypeError: Descriptors cannot not be created directly.",
        "TypeError: Descriptors should not be created directly, but only retrieved from their parent.",
        "If this call came from a _pb2.py file, your generated code is out of date and must be regenerated with "
        "protoc >= 3.19.0.",
        "AttributeError: 'MessageFactory' object has no attribute 'GetPrototype'",
        "ImportError: cannot import name 'builder' from 'google.protobuf.internal'",
        "AttributeError: 'google._upb._message.FieldDescriptor' object has no attribute 'label'",
    ),
    remedies=(
        Advice(
            "Install the protobuf that matches this TensorFlow, or upgrade the package whose file is named",
            'TensorFlow up to 2.11: pip install "protobuf<3.20"\n'
            'TensorFlow 2.12 to 2.17: pip install "protobuf>=3.20.3,<5"\n'
            "A cannot-import-builder error means the opposite, a protobuf that is too old: pip "
            "install --upgrade protobuf",
        ),
    ),
    references=(
        Reference(
            "https://protobuf.dev/news/2022-05-06/",
            "protobuf 4.21 stopped to load code that was generated before 3.19.",
        ),
    ),
    canary=False,
)


def _alias(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    alias = values.get("alias", "")
    if alias in ("bool", "int", "float", "complex", "object", "str", "typeDict"):
        return f"`numpy.{alias}` was an alias that NumPy 1.24 removed."
    return None if "alias" in values else ""


NUMPY_NAMES = Rule(
    code="KD048",
    slug="numpy-names-removed",
    area="native",
    title="Code uses a name that NumPy removed",
    explanation=(
        "A line stops, because it uses a NumPy name that no longer exists. Your models are not affected. "
        "Upgrade the package that the line belongs to, or install an older NumPy.\n\n"
        "NumPy 1.24 removed the aliases `np.bool`, `np.int`, `np.float` and `np.object`. NumPy 2.0 removed `np.Inf`, "
        "`np.unicode_` and others. Keras 2 and older Keras 3 use some of them, and so do many packages. The file in "
        "the traceback shows whose line it is."
    ),
    symptoms=(
        "AttributeError: `np.{name}` was removed in the NumPy 2.0 release.",
        Symptom("AttributeError: module 'numpy' has no attribute '{alias}'", generic=True),
    ),
    remedies=(
        Advice(
            "Upgrade the package whose line it is, or use an older NumPy",
            'NumPy 2 is refused: pip install "numpy<2"\n'
            'An alias of before 1.24 is missing: pip install "numpy<1.24", or write bool, int, float, object instead.',
        ),
    ),
    references=(
        Reference(
            "https://numpy.org/doc/stable/numpy_2_0_migration_guide.html",
            "The list of names that NumPy 2.0 removed, with what takes their place.",
        ),
    ),
    canary=False,
    answer=_alias,
)

NUMPY_BUILD = Rule(
    code="KD049",
    slug="numpy-of-another-build",
    area="native",
    title="A compiled package was built for another NumPy",
    explanation=(
        "An import fails, or only a harmless warning appears. Your code and your models are fine. Install "
        "NumPy and the package together.\n\n"
        'The package\'s compiled part expects the inner layout of another NumPy. "Expected 96 and got 88" means that '
        "it was built for a newer NumPy than the one installed. A RuntimeWarning (NumPy 1.15's time) is harmless; with "
        "a ValueError the import has failed."
    ),
    symptoms=(
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected {value} from C header, "
        "got {value} from PyObject",
        "RuntimeWarning: numpy.dtype size changed, may indicate binary incompatibility. Expected {value}, got {value}",
        "ValueError: numpy.ndarray size changed, may indicate binary incompatibility.",
        "ImportError: numpy.core.multiarray failed to import",
    ),
    remedies=(
        Advice(
            "Install NumPy and the package together",
            "pip install --upgrade --force-reinstall PACKAGE, with the package that the traceback names last.\n"
            'TensorFlow before 2.18 needs NumPy 1: pip install "numpy<2"',
        ),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/98406",
            "The error under TensorFlow, with NumPy 1 and NumPy 2 mixed in one environment.",
        ),
    ),
    canary=False,
)


_TOO_NEW, _TOO_OLD = ("2.14", ">=0.3"), ("2.15", "<0.2")


def _ml_dtypes(environment: Environment) -> Optional[Fault]:
    tensorflow, found = tensorflow_distribution(environment), environment.find("ml-dtypes")
    if tensorflow is None or found is None:
        return None
    breaks = any(
        minor(tensorflow.version) == release and allows(versions, found.version)
        for release, versions in (_TOO_NEW, _TOO_OLD)
    )
    asked = (one for one in requirements(tensorflow.requires, environment.interpreter.version))
    wanted = next((str(one.specifier) for one in asked if canonicalize_name(one.name) == "ml-dtypes"), "")
    if not breaks or not wanted:
        return None
    said = f"ml-dtypes {found.version} under TensorFlow {tensorflow.version}, which asks for {wanted}"
    return Fault(said, Severity.ERROR, {"ml_dtypes_range": wanted})


def _of_ml_dtypes(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    if "name" in values:
        return f"The ml-dtypes that is installed has no `{values['name']}`."
    # With NumPy 2 the first type already fails, which is bfloat16: measured on TensorFlow 2.14.1.
    asked = re.search(r"\bpywrap_ml_dtypes\.(\w+)", shown.raised)
    if asked and asked.group(1) != "bfloat16":
        return f"TensorFlow asks ml-dtypes for `{asked.group(1)}`."
    return None if shown.raised else "The traceback says which: ml-dtypes where its last line asks for a float8 type."


ML_DTYPES = Rule(
    code="KD050",
    slug="ml-dtypes-of-another-release",
    area="native",
    title="ml-dtypes has the wrong version for what imports it",
    explanation=(
        "An import fails at a number type of `ml_dtypes`. Your code and your models are fine. Install the "
        "ml-dtypes that all packages accept.\n\n"
        "TensorFlow, JAX and ONNX share the package ml-dtypes, and each release uses other number types. "
        "`float8_e4m3b11` was removed in 0.3. The newer float8, float4 and int2 types came with 0.5. Installing one of "
        "these packages can replace the ml-dtypes of the others."
    ),
    symptoms=(
        Symptom(
            "TypeError: Unable to convert function return value to a Python type! The signature was () -> handle",
            generic=True,
        ),
        "AttributeError: module 'ml_dtypes' has no attribute '{name}'",
        "ImportError: cannot import name '{name}' from 'ml_dtypes'",
    ),
    remedies=(
        Install("Install the ml-dtypes that TensorFlow asks for", requirements=("ml-dtypes{ml_dtypes_range}",)),
        Advice(
            "Install the ml-dtypes that all of them accept",
            "A newer type is missing: pip install --upgrade ml-dtypes\n"
            'float8_e4m3b11 is missing (TensorFlow 2.12, 2.13): pip install "ml-dtypes<0.3"\n'
            "pip check names who refuses the version that is left.",
        ),
    ),
    references=(
        Reference(
            "https://github.com/onnx/tensorflow-onnx/issues/2245",
            "ml-dtypes 0.3 removed float8_e4m3b11, which TensorFlow of that time imports.",
        ),
    ),
    usual=(("ml_dtypes_range", "<1.0.0,>=0.4.0"),),
    canary=False,
    detect=_ml_dtypes,
    measured=(
        "Measured: `import tensorflow` fails on 2.14.1 with ml-dtypes 0.3.2 and 0.5.1, on 2.15.1 with 0.1.0; it works "
        "on 2.15.1 with 0.3.2 and 0.5.1, on 2.16.2 with 0.2.0, 0.4.1 and 0.5.1, on 2.17.1 with 0.2.0 and 0.5.1."
    ),
    answer=_of_ml_dtypes,
)

TYPING = Rule(
    code="KD051",
    slug="typing-extensions-too-old",
    area="native",
    title="typing-extensions is older than a package needs",
    explanation=(
        "The import of pydantic, torch or typer fails. Your code and your models are fine. Upgrade "
        "typing-extensions.\n\n"
        "TensorFlow 2.13 asks for typing-extensions below 4.6, so pip installs an older one than other packages need. "
        "Later releases of TensorFlow have no such limit."
    ),
    symptoms=(
        Symptom("ImportError: cannot import name '{name}' from 'typing_extensions'", generic=True),
        Symptom("AttributeError: module 'typing_extensions' has no attribute '{name}'", generic=True),
    ),
    remedies=(
        Advice(
            "Upgrade typing-extensions",
            "pip install --upgrade typing-extensions\n"
            "TensorFlow 2.13 works with it although pip reports a conflict; TensorFlow 2.14 reports none.",
        ),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/61770",
            "TensorFlow 2.13 and pydantic ask for different typing-extensions.",
        ),
    ),
    canary=False,
)

H5PY = Rule(
    code="KD052",
    slug="h5py-3-under-older-keras",
    area="native",
    title="An older Keras reads .h5 files with h5py 3",
    explanation=(
        "Loading an .h5 file fails at `.decode()`. The file and the model in it are intact. Install h5py 2, "
        "or a newer TensorFlow.\n\n"
        "h5py 3 gives str where h5py 2 gave bytes. Keras before 2.4.4 and TensorFlow before 2.5 call `.decode()` on it."
    ),
    symptoms=(
        Symptom("AttributeError: 'str' object has no attribute 'decode'", generic=True),
        Symptom("AttributeError: 'Group' object has no attribute 'decode'", generic=True),
        "original_keras_version = f.attrs['keras_version'].decode('utf8')",
    ),
    remedies=(
        Advice(
            "Use h5py 2, or a newer TensorFlow",
            'pip install "h5py<3"\nTensorFlow 2.5 and newer ask for h5py 3 themselves.',
        ),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/44467",
            "The thread in which h5py 3 was found to be the cause.",
        ),
    ),
    canary=False,
)

NOT_INSTALLED = Rule(
    code="KD054",
    slug="package-not-installed",
    area="native",
    title="TensorFlow or Keras is not installed for this Python",
    explanation=(
        "The package is missing from the Python that runs your program. Your code and your models are fine. "
        "Run `python -m pip install tensorflow` (or `keras`) with that Python; in a notebook, with the "
        "kernel's.\n\n"
        "Often the package is installed, but for another Python. pip and python belong to different environments, or a "
        "notebook's kernel is not the Python of the terminal."
    ),
    symptoms=(
        "ModuleNotFoundError: No module named 'tensorflow'",
        "ModuleNotFoundError: No module named 'keras'",
        "ImportError: No module named tensorflow",
        "ImportError: No module named keras",
    ),
    remedies=(
        Advice(
            "Install it with the Python that runs the program",
            "python -m pip install tensorflow\nkdoctor env shows which Python this is and what it finds.",
        ),
    ),
    references=(Reference(_INSTALL, "The install page: one environment, and the pip that belongs to it."),),
    canary=False,
)

TF_KERAS_MISSING = Rule(
    code="KD062",
    slug="tf-keras-not-installed",
    area="native",
    title="The package tf-keras is not installed",
    explanation=(
        "The import of `tf_keras` fails. Your code and your models are fine. Install the tf-keras of your "
        "TensorFlow's minor release.\n\n"
        "`import tf_keras`, `TF_USE_LEGACY_KERAS=1` and many packages that were written for Keras 2 need it from "
        "TensorFlow 2.16 on. Name the release: a plain `pip install -U tf-keras` installs the newest one, and with it "
        "a newer TensorFlow."
    ),
    symptoms=(
        "ModuleNotFoundError: No module named 'tf_keras'",
        "ImportError: No module named tf_keras",
        "You have tensorflow {version} and this requires tf-keras package. Please run `pip install tf-keras` or "
        "downgrade your tensorflow.",
    ),
    remedies=(Install("Install the tf-keras of this TensorFlow", requirements=("tf-keras~={tensorflow_minor}.0",)),),
    references=(
        Reference(
            "https://github.com/serengil/retinaface/issues/106",
            "A package that asks for tf_keras itself under TensorFlow 2.17.",
        ),
    ),
    canary=False,
    measured=(
        "Measured: tf-keras 2.17.0 works with retina-face 0.0.17 and TensorFlow 2.17.1; `pip install -U tf-keras` "
        "would have replaced TensorFlow 2.17 by 2.21."
    ),
)

CONFLICT = Rule(
    code="KD055",
    slug="pip-version-conflict",
    area="native",
    title="pip reports packages that ask for different versions",
    explanation=(
        "Two packages ask for versions that exclude each other, so imports may fail. Your models are not "
        "affected. Install all of them in one command into a new environment, so that pip can choose.\n\n"
        "`ERROR: pip's dependency resolver` with a list of `requires` lines means that pip has installed anyway. Each "
        "line is a possible problem, and pairs with Keras, NumPy or protobuf usually break the import. `Cannot install "
        "...` means that nothing was installed."
    ),
    symptoms=(
        "tensorflow{package} {version} requires {text}, but you have {text} which is incompatible.",
        "{package} {version} requires tensorflow{text}, but you have {text} which is incompatible.",
        "{package} {version} requires keras{text}, but you have {text} which is incompatible.",
        "tensorflow{package} {version} depends on {text}",
        "Cannot install {text}keras{text} because these package versions have conflicting dependencies.",
        "Cannot install {text}tensorflow{text} because these package versions have conflicting dependencies.",
    ),
    remedies=(
        Advice(
            "Ask for versions that fit together",
            "Install all of them in one command into a new environment and let pip choose: pip "
            "install tensorflow PACKAGE\n"
            "kdoctor names the pairs that cannot work in the environment as it is.",
        ),
    ),
    references=(
        Reference(
            "https://pip.pypa.io/en/stable/topics/dependency-resolution/",
            "pip's page about conflicting dependencies and what to do.",
        ),
    ),
    canary=False,
)


def _tensorflow_1(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    name = values.get("name")
    if name is None:
        return ""
    moved = successor(f"tf.{name}")
    there = f", and {moved} is there" if moved else ""
    return None if moved is None else f"`tf.{name}` is a name of TensorFlow 1; TensorFlow 2 has no such name{there}."


TENSORFLOW_1 = Rule(
    code="KD056",
    slug="tensorflow-1-code",
    area="native",
    title="The code was written for TensorFlow 1",
    explanation=(
        "The line stops, because a name of TensorFlow 1 is missing. Your models are not affected. Use "
        "`import tensorflow.compat.v1 as tf` and `tf.disable_v2_behavior()`, or convert the code.\n\n"
        "TensorFlow 2 removed sessions, placeholders, `tf.contrib` and many names at the top of the package. Most are "
        "under `tf.compat.v1`. What `tf.contrib` held is gone or in separate packages (tensorflow-addons, tf-slim, "
        "tensorflow-probability). The two lines are enough for a whole project, unless it uses Keras 3 as well."
    ),
    symptoms=(
        Symptom("AttributeError: module 'tensorflow' has no attribute '{name}'", generic=True),
        Symptom("AttributeError: module 'tensorflow._api.v2.compat.v1' has no attribute '{name}'", generic=True),
        "ModuleNotFoundError: No module named 'tensorflow.contrib'",
        "ModuleNotFoundError: No module named 'tensorflow.contrib.{text}'",
        "ModuleNotFoundError: No module named 'tensorflow.examples.tutorials'",
        "RuntimeError: tf.placeholder() is not compatible with eager execution.",
        "RuntimeError: tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead.",
        "RuntimeError: The Session graph is empty. Add operations to the graph before calling run().",
    ),
    remedies=(
        Advice(
            "Use the old interface, or migrate",
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
            "Or convert the files: tf_upgrade_v2 --infile OLD --outfile NEW",
        ),
    ),
    references=(
        Reference("https://www.tensorflow.org/guide/migrate", "TensorFlow's guide from version 1 to version 2."),
    ),
    canary=False,
    answer=_tensorflow_1,
)

GPU_RUNTIME = Rule(
    code="KD057",
    slug="gpu-runtime-failed",
    area="native",
    title="cuDNN or CUDA failed while a model ran on the GPU",
    explanation=(
        "The program stops: the GPU libraries were found but failed. Your model and its code are not the "
        "cause. Free the GPU's memory, then match the versions of driver, CUDA and cuDNN.\n\n"
        "Often the GPU's memory is taken by TensorFlow itself, a notebook or another process. Else cuDNN, CUDA and the "
        "driver have versions that do not fit together."
    ),
    symptoms=(
        "Could not create cudnn handle: {text}",
        "Failed to get convolution algorithm. This is probably because cuDNN failed to initialize",
        "No algorithm worked!",
        "DNN library is not found.",
        "CUDNN_STATUS_{name}",
        "libdevice not found at ./libdevice.10.bc",
        "Loaded runtime CuDNN library: {version} but source was compiled with: {version}.",
        "Failed to initialize cublas{text}; CUBLAS_STATUS_{name}",
        "failed to create cublas handle: {text}",
        "'cuLaunchKernel({text})' failed with 'CUDA_ERROR_{name}",
        "'cuModuleLoadData({text})' failed with 'CUDA_ERROR_{name}",
    ),
    remedies=(
        Advice(
            "Free the GPU's memory, then match the versions",
            "nvidia-smi shows who uses the memory; end old notebooks and processes.\n"
            "Set TF_FORCE_GPU_ALLOW_GROWTH=true, so that TensorFlow takes only what it needs.\n"
            'Linux: pip install "tensorflow[and-cuda]" installs the CUDA and cuDNN that this release was built with.\n'
            "CUDA_ERROR_INVALID_PTX or CUDA_ERROR_INVALID_HANDLE: the GPU may be newer than this TensorFlow's kernels; "
            "use the newest TensorFlow, or the container with TensorFlow from NVIDIA.",
        ),
    ),
    references=(
        Reference(
            "https://www.tensorflow.org/guide/gpu",
            "How TensorFlow takes the GPU's memory, and how to let it grow instead.",
        ),
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/99592",
            "CUDA_ERROR_INVALID_PTX on GPUs of compute capability 12.0, where NVIDIA's container works.",
        ),
    ),
    canary=False,
)

GPU_MEMORY = Rule(
    code="KD058",
    slug="gpu-out-of-memory",
    area="native",
    title="A tensor did not fit into memory",
    explanation=(
        "The program stops: the device has too little memory left. Your model is not wrong, but too large "
        "for it. Make the batch or the images smaller, and end other programs on the GPU.\n\n"
        "The batch, the image or the model needs more memory than is free. The environment is not the cause."
    ),
    symptoms=(
        "OOM when allocating tensor with shape{text}",
        "ran out of memory trying to allocate {text}",
        "failed to allocate {text} from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
        "ResourceExhaustedError: Graph execution error: {text}",
    ),
    remedies=(
        Advice(
            "Use less memory",
            "Make batch_size smaller, or the images.\nEnd other programs that use the GPU (nvidia-smi).",
        ),
    ),
    references=(Reference("https://www.tensorflow.org/guide/gpu", "How TensorFlow uses and limits GPU memory."),),
    canary=False,
)

TFLITE = Rule(
    code="KD059",
    slug="tflite-converter-keras-3",
    area="native",
    title="TensorFlow 2.16 cannot convert Keras 3 models to TFLite",
    explanation=(
        "`TFLiteConverter.from_keras_model` fails or the process aborts. The Keras model is fine. Call "
        "`model.export()` first and convert the folder, or upgrade TensorFlow and Keras.\n\n"
        "The converter calls inner parts of Keras 2 models. With TensorFlow 2.16 and Keras 3 it ends with "
        "`_get_save_spec`, or the process aborts with an LLVM error. Keras 3.3.3 was the last that failed so; Keras "
        "3.4.1 with TensorFlow 2.17 converts."
    ),
    symptoms=(
        "AttributeError: '{object}' object has no attribute '_get_save_spec'",
        "LLVM ERROR: Failed to infer result type(s).",
    ),
    remedies=(
        Advice(
            "Export first, or use a newer pair",
            "pip install --upgrade tensorflow keras (2.17 and 3.4 or newer), or\n"
            'model.export("saved"); tf.lite.TFLiteConverter.from_saved_model("saved")',
        ),
        UseLegacyKeras(),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/63867",
            "The converter's error with TensorFlow 2.16 and Keras 3, and legacy Keras as a way out.",
        ),
    ),
    canary=False,
)

RULES: tuple[Rule, ...] = (
    WINDOWS,
    SYSTEM_LIBRARY,
    SYMBOL,
    GPU_MISSING,
    GPU_NOISE,
    CPU_NOTES,
    NO_AVX,
    PROTOBUF,
    NUMPY_NAMES,
    NUMPY_BUILD,
    ML_DTYPES,
    TYPING,
    H5PY,
    NOT_INSTALLED,
    TF_KERAS_MISSING,
    CONFLICT,
    TENSORFLOW_1,
    GPU_RUNTIME,
    GPU_MEMORY,
    TFLITE,
)
