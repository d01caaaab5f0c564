"""Everything that runs inside the examined interpreter, with one import of TensorFlow for all of it; and its cache.

``run.py`` starts ``worker.py`` in the examined interpreter, which runs canaries and looks names up (``look_up.py``).
``cache.py`` keeps what was observed. ``model.py`` holds what they hand to one another.
"""
