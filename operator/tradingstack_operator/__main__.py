"""Lets ``python -m tradingstack_operator`` do what ``tradingstack-operator`` does."""

import sys

from tradingstack_operator.cli import main

if __name__ == "__main__":
    sys.exit(main())
