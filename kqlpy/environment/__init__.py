"""What surrounds a rule in its workspace: stored functions, watchlists, external files, other databases, file profiles, times to fill in."""

from kqlpy.environment.databases import Databases
from kqlpy.environment.external import external_files
from kqlpy.environment.functions import FunctionLibrary
from kqlpy.environment.placeholders import fill_placeholders, filled_source

__all__ = ["Databases", "FunctionLibrary", "external_files", "fill_placeholders", "filled_source"]
