"""python -m sinew ...: the program sinew."""

import os
import sys

from sinew._command import program

os.execv(program(), ["sinew", *sys.argv[1:]])
