#!/usr/bin/python3
"""`octavo report RUN.h5 [--out FILE.html]`: runs from any folder, the package being beside this file."""

import sys

from octavo_export.errors import isolated
from octavo_export.report import PROGRAM, main

sys.exit(isolated(PROGRAM, main, sys.argv[1:]))
