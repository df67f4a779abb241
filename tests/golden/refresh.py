"""Rewrite every golden file: ``python -m tests.golden.refresh``, then read the diff."""

from tests.golden.cases import NAMES, write_expected

if __name__ == "__main__":
    for name in NAMES:
        write_expected(name)
