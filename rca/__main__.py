"""`python -m rca`."""

from rca.cli.app import main

main()
