"""What scripts and notebooks use, and where: Python is read, never imported or run."""
