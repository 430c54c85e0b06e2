"""Results for people and for other tools: each module turns a :class:`~sockrig.results.model.run.RunResult` to a form.

Pure: nothing here prints or writes a file. What a run gives a program is the result that each of them takes::

    from sockrig.report.csv import to_csv  # one row a flow
    from sockrig.report.csv_intervals import to_csv_intervals  # one row an interval of a flow
    from sockrig.report.html.page import to_html  # a page with charts
    from sockrig.report.junit import to_junit  # for CI
    from sockrig.results.document import to_json  # everything, and from_json reads it again
"""
