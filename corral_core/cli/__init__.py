"""The command. A subcommand is the file of its name (``_COMMANDS`` of main.py); what they share is in the other files.

::

    main.py ─┬─ run.py, plan.py ── request.py ── a command line about a job: options.py, parameters.py,
             │                                   grouped.py and jobhelp.py (its help), resume.py
             ├─ clean.py, report.py, runs.py ... location.py, the place that they look at
             └─ failures.py                      errors and signals, and the exit code

    progress.py ─┬─ bars.py: barline.py          on a terminal          ┐ tally.py counts,
                 ├─ lines.py                     in logs                ┘ ticker.py wakes them
                 └─ jsonlog.py                   for machines

    streams.py   stdout and stderr; aside.py takes aside what others write there
    units.py, table.py                           figures and columns of text
    summary.py, outlook.py, shown.py, page/      a run, a plan, a result, a report, as people see them
    candidates.py, completions/                  what a shell completes
"""
