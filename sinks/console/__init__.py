"""The operator's web page: a process of its own that reads Redis and asks the running site."""
