"""Other projects' scanners, run on everything the operator and its charts render."""
