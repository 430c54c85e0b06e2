"""Version 1 of the messages: the ``.proto`` files and the code generated from them by ``make protos``."""
