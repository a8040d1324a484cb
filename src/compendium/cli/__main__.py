"""`python -m compendium.cli`: the command, where its script is not on the path."""

from compendium.cli import main

main()
