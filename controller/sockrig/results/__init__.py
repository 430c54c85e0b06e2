"""What a run found out: the result document, how workers' figures become it, and what it is judged by.

Everything here is pure: values in, values out. The order of reading is ``model`` (the document), ``definitions`` (what
each figure means), ``merging`` (workers to flow), ``classification`` (what held a flow back), ``evaluation`` (the
expectations), ``verdicts`` and ``document`` (JSON and back).
"""
