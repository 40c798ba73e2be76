"""The command line: `main.py` names the commands and their options, each command has a module, `kqlpy.output` writes results."""
