"""The TradingStack operator: keeps a trading desk's risk platform ready."""
