#!/usr/bin/python3
"""`octavo plot RUN.h5 [--figure NAME] [--out DIR]`: runs from any folder, the package being beside this file."""

import sys

from octavo_export.errors import isolated
from octavo_export.plot import PROGRAM, main

sys.exit(isolated(PROGRAM, main, sys.argv[1:]))
