"""Charts: every one a function of results to a drawing, which is rendered to SVG or PNG without a browser.

Altair says what is drawn, vl-convert draws it; neither reads the network. Both take their time to load, so that only
what makes a page imports this package.
"""
