"""A message of several lines that itself looks like a traceback."""
import truth


class ConfigError(Exception):
    pass


def fail():
    raise ConfigError("2 problems\n  line 3: no colour\nTraceback of the plugin:\n  none")  # <- raise


truth.crash("exception", code=1, type="ConfigError", headline=["ConfigError", "2 problems"], frames=[truth.at("raise", "fail")])
fail()
