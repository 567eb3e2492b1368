"""``python -m corral_core`` is the ``corral`` command, for when its folder is not on the path."""

from corral_core.cli.main import main

if __name__ == "__main__":
    main()
