"""The folder of one run: who it is, what it told, and where it can be continued."""
