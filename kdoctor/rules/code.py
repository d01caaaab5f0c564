"""What code names and a release does not have, where nobody has written a rule of it."""

from __future__ import annotations

from kdoctor.model import Advice, Rule

NAME_MISSING = Rule(
    code="KD093",
    slug="name-missing",
    area="code",
    title="The code uses a name that this release does not have",
    explanation=(
        "The name was looked up in the very release, as the code reaches it, and is not there: running the line ends "
        "with an AttributeError or an ImportError. It may have been renamed, moved or taken out; no rule is written "
        "of it."
    ),
    symptoms=("AttributeError: module ... has no attribute ...", "ImportError: cannot import name ..."),
    remedies=(Advice("Use what the release has instead", "The finding names what looks like it."),),
    canary=False,
    measured="measured here: names are looked up in the examined interpreter, or in the recorded API of the release",
)


ARGUMENT_REFUSED = Rule(
    code="KD094",
    slug="argument-refused",
    area="code",
    title="The code gives an argument that this release does not accept",
    explanation=(
        "The signature was looked up in the very release, as the code reaches it, and has no such parameter and no "
        "**kwargs that could take it: running the line ends with a TypeError."
    ),
    symptoms=("TypeError: ... got an unexpected keyword argument ...",),
    remedies=(Advice("Leave the argument out, or give what took its place", "The finding names what looks like it."),),
    canary=False,
    measured="measured here: signatures are read in the examined interpreter, or in the recorded API of the release",
)


RULES: tuple[Rule, ...] = (NAME_MISSING, ARGUMENT_REFUSED)
