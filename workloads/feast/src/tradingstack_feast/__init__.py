"""What Feast's own command line lacks for a feature store that nobody looks after."""
