"""The kinds of steps a plan is made of; each reads and writes stored files only."""
