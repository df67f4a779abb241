"""The demo: a TradingStack on a real API server, from nothing to Ready and away again."""
