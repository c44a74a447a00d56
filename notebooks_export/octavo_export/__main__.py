"""`python3 -m octavo_export RUN.h5 --out DIR` is `octavo plot` without the program."""

import sys

from octavo_export.errors import isolated
from octavo_export.plot import PROGRAM, main

sys.exit(isolated(PROGRAM, main, sys.argv[1:]))
