"""An import of TensorFlow or Keras that does not go well."""

from __future__ import annotations

from tests.faults.case import Case, fake

CHECK = "kdoctor --python {fake} --only rnn-stateful-carry"

CASES = [
    Case(
        "the import raises",
        CHECK,
        1,
        [fake()],
        environ={"FAULT_TF": "raise ImportError('libcudart.so.12: cannot open shared object file')"},
        says=["libcudart.so.12"],
    ),
    Case("the import ends the process", CHECK, 1, [fake()], environ={"FAULT_TF": "os._exit(0)"}, says=["KD090"]),
    Case("the import aborts", CHECK, 1, [fake()], environ={"FAULT_TF": "os.abort()"}, says=["SIGABRT"]),
    Case("the import exits", CHECK, 1, [fake()], environ={"FAULT_TF": "raise SystemExit(3)"}, says=["KD090"]),
    Case(
        "the import prints rubbish", CHECK, 0, [fake()], environ={"FAULT_TF": "os.write(1, b'\\xff\\xfe\\x00' * 9999)"}
    ),
]
