"""What the lab puts in the place of data and of the network while it runs other people's statements.

Imported inside an examined interpreter by statements_inside.py: standard library, NumPy and TensorFlow only.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import json
import os
import random
import re
import shutil
import socket
import sys
import tarfile
import tempfile
import types
import urllib.request
import wave
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FEW = 1
SMALL = 8
ROWS = 256
WORDS = "the king said to his men we go down to the old sea and see what is there for us now".split()  # noqa: SIM905
COLUMNS = {
    "titanic": "survived,sex,age,n_siblings_spouses,parch,fare,class,deck,embark_town,alone",
    "heart": "age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,target",
    "petfinder": "Type,Age,Breed1,Gender,Color1,Color2,MaturitySize,FurLength,Vaccinated,Sterilized,Health,Fee,"
    "Description,PhotoAmt,AdoptionSpeed",
    "auto-mpg.csv": "mpg,cylinders,displacement,horsepower,weight,acceleration,year,origin,name",
    "iris": "sepal_l,sepal_w,petal_l,petal_w,species",
    "jena": "Date Time,p (mbar),T (degC),Tpot (K),Tdew (degC),rh (%),VPmax (mbar),VPact (mbar),VPdef (mbar),sh (g/kg),"
    "H2OC (mmol/mol),rho (g/m**3),wv (m/s),max. wv (m/s),wd (deg)",
}
TEXT_COLUMNS = {
    "sex": "male female",
    "class": "First Second Third",
    "deck": "A B unknown",
    "embark_town": "Southampton",
    "alone": "y n",
    "thal": "normal fixed reversible",
    "Type": "Cat Dog",
    "Gender": "Male Female",
    "Breed1": "Tabby Mix",
    "Color1": "Black White",
    "Color2": "Black White",
    "MaturitySize": "Small Large",
    "FurLength": "Short",
    "Vaccinated": "Yes No",
    "Sterilized": "Yes No",
    "Health": "Healthy",
    "species": "Iris-setosa Iris-virginica Iris-versicolor",
    "name": "ford fiat",
}
NUMBERED = ("label", "target", "survived", "AdoptionSpeed", "age", "Age", "cp", "ca", "year", "PhotoAmt")


# ------------------------------------------------------------------------------------------------------------- data


def sentence(words: int = 9) -> str:
    return " ".join(random.choice(WORDS) for _ in range(words))


def write_file(path: Path, name: str) -> None:
    """Something small of the sort that the name promises: picture, sound, table, text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = name.lower().rsplit(".", 1)[-1]
    if ending in ("jpg", "jpeg", "png", "bmp"):
        import numpy
        from PIL import Image

        pixels = numpy.random.default_rng(len(name)).integers(0, 255, (96, 128, 3), dtype="uint8")
        Image.fromarray(pixels).save(path, format="JPEG" if ending.startswith("jp") else ending.upper())
    elif ending == "wav":
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 16000, 0, "NONE", ""))
            sound.writeframes(os.urandom(32000))
    elif ending in ("zip", "gz", "tgz", "tar", "bz2") and not name.endswith((".csv.gz", ".txt.gz", ".json.gz")):
        write_archive(path, name)
    elif ending in ("csv", "data") or any(key in name for key in COLUMNS):
        write_table(path, name)
    elif ending == "json":
        rows = [{"headline": sentence(), "is_sarcastic": number % 2, "article_link": "x"} for number in range(ROWS)]
        path.write_text(json.dumps(rows))
    elif ending in ("h5", "hdf5", "keras", "pb", "tflite", "npz", "pkl"):
        raise OSError("no network: " + name)
    else:
        path.write_text("\n".join(sentence() for _ in range(ROWS * 4)) + "\n")


def write_table(path: Path, name: str) -> None:
    if "auto-mpg.data" in name:
        lines = [
            f'{random.uniform(9, 40):.1f} {4 + i % 4} 97.0 88.0 2130. 14.5 70 {1 + i % 3}\t"x"' for i in range(ROWS)
        ]
        path.write_text("\n".join(lines))
        return
    columns = next((value for key, value in COLUMNS.items() if key in name), "a,b,c,d,label").split(",")
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for row in range(ROWS * 4):
            writer.writerow([_cell(column, row) for column in columns])


def _cell(column: str, row: int) -> object:
    if column in TEXT_COLUMNS:
        return random.choice(TEXT_COLUMNS[column].split())
    if column == "Description":
        return sentence()
    if column == "Date Time":
        return f"{1 + row // 144 % 28:02d}.01.2009 {row // 6 % 24:02d}:{row % 6 * 10:02d}:00"
    return random.randrange(2) if column in NUMBERED else round(random.uniform(0, 30), 2)


def write_archive(path: Path, name: str) -> None:
    stem = re.sub(r"\.(zip|tar|tgz|gz|bz2)$", "", re.sub(r"\.(gz|bz2)$", "", name))
    stem = {"aclImdb_v1": "aclImdb"}.get(stem, stem)
    with tempfile.TemporaryDirectory() as made:
        root = Path(made, stem)
        if "Imdb" in stem:
            for part in ("train/pos", "train/neg", "train/unsup", "test/pos", "test/neg"):
                for number in range(40):
                    (root / part).mkdir(parents=True, exist_ok=True)
                    (root / part / f"{number}.txt").write_text(sentence(30))
        elif "eng" in stem:
            root.mkdir()
            lines = "\n".join(f"{sentence(5)}\t{sentence(5)}" for _ in range(ROWS * 4))
            for ending in (root.name.split("-")[0] + ".txt", "deu.txt"):
                (root / ending).write_text(lines)
        elif "jena" in stem or "csv" in stem:
            write_table(Path(made, stem if stem.endswith(".csv") else stem + ".csv"), stem)
        elif "speech" in stem:
            for word in ("yes", "no", "up", "down"):
                for number in range(20):
                    write_file(root / word / f"{word}_{number}.wav", "x.wav")
        else:
            fill_folder(root)
        files = [file for file in Path(made).rglob("*") if file.is_file()]
        if name.endswith("zip"):
            with zipfile.ZipFile(path, "w") as packed:
                for file in files:
                    packed.write(file, file.relative_to(made))
        else:
            with tarfile.open(path, "w:gz") as packed:
                packed.add(root if root.exists() else files[0], files[0].relative_to(made).parts[0])


def fill_folder(folder: Path, ending: str = ".jpg") -> None:
    """Two classes, in a training and a validation half unless the folder is one of them."""
    inner = re.search("train|valid|test", str(folder)) or ending != ".jpg"
    for part in ("",) if inner else ("train", "validation", "test"):
        for name in ("cats", "dogs"):
            for number in range(16):
                target = folder / part / name / f"{name[:-1]}.{number}{ending}"
                write_file(target, target.name)


def download(address: str, target: Any = None, *_: object, **__: object) -> tuple[str, None]:
    name = str(address).split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    path = Path(target or name)
    write_file(path, name)
    return str(path), None


def shell(line: str) -> None:
    """The few commands with which notebooks fetch and unpack data; everything else does nothing."""
    words = line.split()
    address = next((word.strip("'\"") for word in words if re.match(r"['\"]?https?://", word)), None)
    if address and words[0] in ("wget", "curl", "gdown"):
        given = [words[i + 1].strip("'\"") for i, word in enumerate(words[:-1]) if word in ("-O", "-o", "--output")]
        download(address, next((each for each in given if not each.startswith("http")), None))
    elif words and words[0] in ("unzip", "tar"):
        packed = next((word for word in words if re.search(r"\.(zip|tgz|gz|tar)$", word)), "")
        where = next((words[i + 1] for i, word in enumerate(words[:-1]) if word in ("-d", "-C")), ".")
        if os.path.exists(packed):
            shutil.unpack_archive(packed, where)


# ------------------------------------------------------------------------------------------------------------ stubs


def replace(owner: object, **values: object) -> None:
    for name, value in values.items():
        setattr(owner, name, value)


def load_stubs(tf: Any) -> None:
    import numpy as np

    rng = np.random.default_rng(0)

    def many(count: int, shape: tuple[int, ...], high: int, kind: str) -> Any:
        return np.resize(rng.integers(0, high, (ROWS, *shape)).astype(kind), (count, *shape))

    def pictures(shape: tuple[int, ...], classes: int, labels: tuple[int, ...] = ()) -> Any:
        def load_data(*_: object, **__: object) -> Any:
            return tuple((many(n, shape, 256, "uint8"), many(n, labels, classes, "uint8")) for n in (60000, 10000))

        return load_data

    def sequences(classes: int) -> Any:
        def load_data(*_: object, num_words: Any = None, maxlen: Any = None, **__: object) -> Any:
            def part(n: int) -> Any:
                lines = [[1, *rng.integers(3, min(num_words or 1000, 1000), 10 + i % 60)] for i in range(ROWS)]
                texts: Any = np.empty(n, object)
                texts[:] = [[int(word) for word in lines[i % ROWS]] for i in range(n)]
                return texts, many(n, (), classes, "int64")

            return part(25000), part(25000)

        return load_data

    def houses(columns: int) -> Any:
        return lambda *_, **__: tuple((rng.normal(size=(n, columns)), rng.uniform(5, 50, n)) for n in (404, 102))

    loads = {"mnist": pictures((28, 28), 10), "fashion_mnist": pictures((28, 28), 10), "imdb": sequences(2)}
    loads.update(cifar10=pictures((32, 32, 3), 10, (1,)), cifar100=pictures((32, 32, 3), 100, (1,)))
    loads.update(reuters=sequences(46), boston_housing=houses(13), california_housing=houses(8))
    index = {word: number + 1 for number, word in enumerate([*WORDS, *(f"w{i}" for i in range(1000))])}
    for name, load in loads.items():
        for module in (getattr(tf.keras.datasets, name, None), sys.modules.get(f"keras.datasets.{name}")):
            if module is not None:
                replace(module, load_data=load)
                if hasattr(module, "get_word_index"):
                    replace(module, get_word_index=lambda *_, **__: dict(index))

    def named(module: Any) -> Iterator[tuple[Any, str, Any]]:
        for name in [*dir(module)]:
            value = getattr(module, name, None)
            if isinstance(value, types.ModuleType) and "applications" in value.__name__:
                yield from ((value, key, vars(value)[key]) for key in [*vars(value)])
            else:
                yield module, name, value

    def bare(function: Any) -> Any:
        @functools.wraps(function)
        def build(*args: Any, **keywords: Any) -> Any:
            keywords["weights"] = None if keywords.get("weights", "imagenet") == "imagenet" else keywords["weights"]
            return function(*args, **keywords)

        return build

    def decoded(preds: Any, top: int = 5, **_: object) -> Any:
        return [[(f"n{i}", f"thing{i}", 0.1) for i in range(top)] for _ in range(len(preds))]

    for module, name, value in [*named(tf.keras.applications)]:
        if isinstance(value, types.FunctionType):
            if name == "decode_predictions":
                setattr(module, name, decoded)
            elif name[0].isupper():
                setattr(module, name, bare(value))

    replace(urllib.request, urlretrieve=download)
    for name, module in [*sys.modules.items()]:
        if re.search(r"keras.*\.utils\.(data|file)_utils$", name):
            replace(module, urlretrieve=download, validate_file=lambda *_, **__: True)
    with contextlib.suppress(ImportError):
        import pandas

        pandas.read_csv = _reading(pandas.read_csv)
    with contextlib.suppress(ImportError):
        import sklearn.datasets

        def california(*_: object, return_X_y: bool = False, **__: object) -> Any:  # noqa: N803
            data, target = rng.normal(size=(2000, 8)), rng.uniform(0, 5, 2000)
            names = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]
            bunch = sklearn.utils.Bunch(data=data, target=target, feature_names=names)
            return (data, target) if return_X_y else bunch

        sklearn.datasets.fetch_california_housing = california
    sys.modules["tensorflow_datasets"] = _datasets_stub(tf, many)
    _cut_training(tf, np)

    def refused(*_: object, **__: object) -> Any:
        raise OSError("no network")

    replace(socket.socket, connect=refused)
    replace(socket, getaddrinfo=refused)


def _reading(read: Any) -> Any:
    @functools.wraps(read)
    def read_csv(source: Any, *args: Any, **keywords: Any) -> Any:
        if str(source).startswith("http"):
            source = download(str(source), Path(tempfile.mkdtemp(), "table.csv"))[0]
        return read(source, *args, **keywords)

    return read_csv


def _datasets_stub(tf: Any, many: Any) -> types.ModuleType:
    stub = types.ModuleType("tensorflow_datasets")
    classes = {"mnist": 10, "fashion_mnist": 10, "cifar10": 10, "tf_flowers": 5, "rock_paper_scissors": 3}

    def data(name: str, count: int, supervised: bool) -> Any:
        name = name.split("/")[0].split(":")[0]
        labels = many(count, (), classes.get(name, 2), "int64")
        if re.search("imdb|text|reviews|ag_news|yelp|glue", name):
            first, key = tf.constant([sentence(20) for _ in range(count)]), "text"
        else:
            shape = (28, 28, 1) if "mnist" in name else (32, 32, 3) if "cifar" in name else (120, 160, 3)
            first, key = tf.constant(many(count, shape, 256, "uint8")), "image"
        return tf.data.Dataset.from_tensor_slices((first, labels) if supervised else {key: first, "label": labels})

    def load(name: str, split: Any = None, as_supervised: bool = False, with_info: bool = False, **_: object) -> Any:
        sizes = {"train": 128, "test": 64, "validation": 64}

        def one(part: Any) -> Any:
            if isinstance(part, (list, tuple)):
                return [one(each) for each in part]
            return data(name, sizes.get(re.split(r"[\[+]", str(part))[0], 64), as_supervised)

        answer = {part: one(part) for part in sizes} if split is None else one(split)
        count = classes.get(name, 2)
        label = types.SimpleNamespace(num_classes=count, names=[f"c{i}" for i in range(count)], int2str=str)
        splits = {part: types.SimpleNamespace(num_examples=size) for part, size in sizes.items()}
        info = types.SimpleNamespace(features={"label": label}, splits=splits, name=name)
        return (answer, info) if with_info else answer

    replace(stub, load=load, disable_progress_bar=lambda: None, as_numpy=lambda data: data.as_numpy_iterator())
    return stub


def _cut_training(tf: Any, np: Any) -> None:
    """One epoch of one step, and datasets of 256 elements, whatever is asked for."""
    fit, slices = tf.keras.Model.fit, tf.data.Dataset.from_tensor_slices

    @functools.wraps(fit)
    def short(self: Any, *args: Any, **keywords: Any) -> Any:
        given = dict(zip(("x", "y", "batch_size", "epochs"), args), **keywords)
        rest = args[4:]
        first = given.get("initial_epoch", 0)
        if "epochs" in given:
            given["epochs"] = min(given["epochs"], first + FEW)
        for key in ("x", "validation_data"):
            if isinstance(given.get(key), tf.data.Dataset):
                given[key] = given[key].take(1)
                given.pop("steps_per_epoch" if key == "x" else "validation_steps", None)
        if not isinstance(given.get("x"), tf.data.Dataset):
            given["steps_per_epoch"] = 1
            sized = any(each.shape[0] for each in (getattr(self, "inputs", None) or ()))
            if isinstance(given.get("x"), np.ndarray) and not sized:
                given["batch_size"] = min(given.get("batch_size") or SMALL, SMALL)
        if "validation_data" in given and not isinstance(given["validation_data"], (tf.data.Dataset, type(None))):
            given["validation_steps"] = 1
        if rest:
            return fit(self, *args, **keywords)
        return fit(self, **given)

    def cut(tensors: Any, *args: Any, **keywords: Any) -> Any:
        def shorter(part: Any) -> Any:
            return part[:ROWS] if hasattr(part, "__getitem__") and hasattr(part, "shape") else part

        return slices(tf.nest.map_structure(shorter, tensors), *args, **keywords)

    evaluate, predict = tf.keras.Model.evaluate, tf.keras.Model.predict

    @functools.wraps(evaluate)
    def briefly(self: Any, *args: Any, **keywords: Any) -> Any:
        return evaluate(self, *args, **{"steps": 1, **keywords} if len(args) < 5 else keywords)

    @functools.wraps(predict)
    def repeated(self: Any, x: Any, *args: Any, **keywords: Any) -> Any:
        if not isinstance(x, np.ndarray) or len(x) <= ROWS:
            return predict(self, x, *args, **keywords)
        answer = predict(self, x[:ROWS], *args, **keywords)
        return np.resize(answer, (len(x), *answer.shape[1:])) if isinstance(answer, np.ndarray) else answer

    get_file = tf.keras.utils.get_file

    @functools.wraps(get_file)
    def kept_here(*args: Any, **keywords: Any) -> Any:
        keywords.pop("cache_dir", None)  # outside the temporary folder, one side would find the other's files
        return get_file(*args, **keywords)

    tf.keras.utils.get_file = kept_here
    tf.keras.Model.fit, tf.keras.Model.evaluate, tf.keras.Model.predict = short, briefly, repeated
    tf.data.Dataset.from_tensor_slices = staticmethod(cut)
    for names in ("image_dataset_from_directory", "text_dataset_from_directory", "audio_dataset_from_directory"):
        for module in (tf.keras.utils, tf.keras.preprocessing):
            if hasattr(module, names):
                setattr(module, names, _from_folder(getattr(module, names), names))
    generator = tf.keras.preprocessing.image.ImageDataGenerator
    generator.flow_from_directory = _from_folder(generator.flow_from_directory, "image", 1)


def _from_folder(function: Any, name: str, position: int = 0) -> Any:
    @functools.wraps(function)
    def load(*args: Any, **keywords: Any) -> Any:
        folder = Path(args[position] if len(args) > position else keywords["directory"])
        if not any(folder.rglob("*.*")):
            fill_folder(folder, ".txt" if "text" in name else ".wav" if "audio" in name else ".jpg")
        return function(*args, **keywords)

    return load
