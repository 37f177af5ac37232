"""Every picture: ``plot`` has the one style, and knows no model.

``layouts`` are the paper's figures, ``diagram`` its Figure 2, ``results`` the pictures of a
trained network and of its run.
"""
