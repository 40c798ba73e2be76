"""What surrounds a rule in its workspace: stored functions, watchlists, external files, other databases, file profiles, times to fill in."""
