"""The page that ``corral report`` makes: HTML that needs nothing but itself.

::

    Report ──timeline.py──> attempts on one axis, in slots ──┬─ figures.py ──> series (curves.py), partitions, slowest
                                                             ├─ findings.py ─> what stands out, in words
                                                             └─ charts.py ───> the data of the charts
    all of it ──page.py──> assets/page.html.j2 (escaped by jinja2), with assets/*.css and *.js in it
"""
