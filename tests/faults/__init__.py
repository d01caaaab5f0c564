"""Bad inputs and faults, one a line, each run through the real command."""
