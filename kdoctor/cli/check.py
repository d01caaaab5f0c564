"""``kdoctor check``, ``kdoctor`` without a command, and ``kdoctor scan``."""

from kdoctor.cli import common
from kdoctor.cli.delivery import Delivery
from kdoctor.cli.options import REPORT, Given, takes
from kdoctor.cli.project import code

IS_BARE = "kdoctor.is_bare"  # in a context's `meta`: no command was given


@takes("paths python only skip stack require no_code no_canaries every timeout no_cache fresh " + REPORT)
def check(given: Given) -> int:
    """Check environments, and the code that is to run there.

    PATHS are Python files, notebooks and folders; - is standard input. They are read, not run. Without PATHS this
    folder is read, or what the configuration names. kdoctor without a command does the same if a file in this folder
    imports TensorFlow or Keras.
    """
    delivery = Delivery(given)
    settings = common.settings(given)
    used = None if given.no_code else code(settings, given.context.meta.get(IS_BARE, False))
    return delivery.send(common.examine(settings, given, used))


@takes("paths targets only skip ignore_legacy " + REPORT)
def scan(given: Given) -> int:
    """Check code against releases that are not installed.

    Nothing is imported or run. Results come from tests recorded on those releases. Without PATHS this folder is read,
    or what the configuration names; - is standard input.
    """
    delivery = Delivery(given)
    return delivery.send(common.assess(common.settings(given), given.ignore_legacy))
