"""What each `sourcing` command does, imported only when it is called."""
