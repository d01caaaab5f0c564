"""How an example's message is compared with what its rule says."""

from __future__ import annotations

import pytest

from tests.lab.examples import matches

SYMPTOM = "TypeError: ... got an unexpected keyword argument 'states'"


@pytest.mark.parametrize(
    ("message", "same"),
    [
        ("TypeError: RNN.reset_states() got an unexpected keyword argument 'states'", True),
        ("TypeError: RNN() got an  unexpected\nkeyword argument 'states'", True),
        ("TypeError: RNN.reset_states() got an unexpected keyword argument 'state'", False),
        ("ValueError: RNN.reset_states() got an unexpected keyword argument 'states'", False),
    ],
)
def test_dots_stand_for_what_varies(message: str, same: bool) -> None:
    assert matches(SYMPTOM, message) is same
