from __future__ import annotations

from hypothesis import settings

# A busy machine makes an example slow and nothing wrong; the time limit of each test is enough.
settings.register_profile("formats", deadline=None)
settings.load_profile("formats")
