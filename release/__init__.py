"""Makes what is released, and tries it: ``tox -e build``."""
