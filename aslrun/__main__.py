"""`python -m aslrun` is the `aslrun` command."""

from aslrun.cli import main

if __name__ == "__main__":
    main()
