"""The halt relay: carries every TradingHalt to every replica of the risk API."""
