"""Jupyter Book's command in a process that looks for no garbage: that is half of a book's time.

A page is a tree of nodes that hold each other, and nearly all of them are of use to the end.
"""

import gc


def main() -> None:
    """Run the command with the arguments of this process."""
    from jupyter_book.cli.main import main as jupyter_book

    gc.disable()
    jupyter_book()


if __name__ == "__main__":
    main()
