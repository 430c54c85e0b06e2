"""``python -m sockrig.cli``: the same as the console script ``sockrig``."""

from sockrig.cli import main

if __name__ == "__main__":
    main()
