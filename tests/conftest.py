"""What holds for all tests."""

from hypothesis import settings

# The machines of CI are shared: how long one example takes says nothing.
settings.register_profile("sockrig", deadline=None)
settings.load_profile("sockrig")
