"""The worker learns from a layer which package answers."""


class Dense:
    pass
