"""``python -m exportin`` is the command line."""

from exportin.app.main import main

main()
