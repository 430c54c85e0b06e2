"""Failures as a step's result tells them."""


def one_line(failure: Exception) -> str:
    """The whole message on one line."""
    return " ".join(str(failure).splitlines())
