"""Writes ``kdoctor/messages/common.json``: in how many messages that are nobody's rule each word is.

``python -m tests.messages.common`` after the unrelated texts changed; a test says when that is.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import kdoctor
from tests.messages.corpus import UNRELATED
from tests.messages.foreign import MESSAGES
from tests.messages.public import TEXTS

PATH = Path(kdoctor.__file__).parent / "messages" / "common.json"


def counted() -> dict[str, Any]:
    """The number of texts, and the words of their messages that are in more than one of them."""
    texts = [f"{one.type} {one.message}" for one in UNRELATED if not one.file.startswith("tensorflow")]
    texts += MESSAGES
    texts += [one.text for one in TEXTS if one.half == "built" and one.label == "none"]
    words: Counter[str] = Counter()
    for text in texts:
        words.update(set(re.findall(r"[A-Za-z_]\w+", text)))
    return {"texts": len(texts), "words": dict(sorted(words.items()))}


if __name__ == "__main__":
    PATH.write_text(json.dumps(counted(), indent=0) + "\n", encoding="utf-8")
