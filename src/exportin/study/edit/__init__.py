"""Everything a person changes in a study folder, each change recorded so that it can be undone."""
