"""Facts, observations, records and uses make findings; pure."""
