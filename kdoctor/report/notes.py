"""What may be said of how an environment was examined; the catalogues have it with its ``{names}``."""

from __future__ import annotations

NOTHING_RAN = "No test models were run; results are based on the installed versions and on recorded tests."
ON_CPU = "Test models ran on the CPU."
WITHOUT_ONEDNN = (
    "They ran with TF_ENABLE_ONEDNN_OPTS=0, which is faster. A failure that is not on record for these releases was "
    "confirmed without that."
)
PINNED = (
    "keras.json sets {names}; the test models ran with float32 and channels_last, for which their reference numbers "
    "hold."
)
ABSENT = "Imported by the code and not installed here: {names}."
ENDED = "The ignore of {rule} ended on {date}, so it counts again."
PASSES = "The check of {rule} passes here, so the ignore of it can go."
NEEDLESS = "Nothing here needs the ignore of {rule}."
BASELINE = "Findings that are in the baseline {path} are ignored; --no-config shows them."
ALL = (NOTHING_RAN, ON_CPU, WITHOUT_ONEDNN, PINNED, ABSENT, ENDED, PASSES, NEEDLESS, BASELINE)
