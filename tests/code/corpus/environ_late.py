"""The variable is set too late, in every way."""
# %%
import os
import sys

import tensorflow as tf

# %%
os.environ["TF_USE_LEGACY_KERAS"] = "1"  #! legacy-variable-set-after-import
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  #! legacy-variable-set-after-import
os.putenv("TF_USE_LEGACY_KERAS", "1")  #! legacy-variable-without-effect
os.environ["TF_USE_LEGACY_KERAS"] = "0"
os.environ["OTHER"] = "1"
os.environ["TF_USE_LEGACY_KERAS"] = sys.argv[1]  #! legacy-variable-set-after-import?
# %%
print(tf.keras.__version__)
os.environ.update({"TF_USE_LEGACY_KERAS": "1"})  #! legacy-variable-set-too-late
os.environ.update(TF_USE_LEGACY_KERAS="true")  #! legacy-variable-set-too-late
os.system("export TF_USE_LEGACY_KERAS=1")  #! legacy-variable-without-effect


def main():
    os.environ["TF_USE_LEGACY_KERAS"] = "1"  #! legacy-variable-set-too-late
