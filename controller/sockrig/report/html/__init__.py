"""A run as one page: a file that opens offline, needs no script, prints well, light or dark as its reader has it.

::

    from sockrig.report.html.page import to_html

    Path("out.html").write_text(to_html(rig.run("bench.yaml")), encoding="utf-8")
"""
