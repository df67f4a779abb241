"""What the Jobs of a TradingStack run, one command a Job."""
