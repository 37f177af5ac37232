"""The exercises: what is asked, how an answer is judged, and what is said about it.

Read in this order: ``exercise`` (what an exercise is), one chapter's (``chapters/filterbank``,
and the text beside it: results, hints, and mistakes as edits, which ``texts`` reads), ``judge``,
``calling`` and ``compare`` (an answer is right, or not), ``diagnose`` and ``relations`` (what is
wrong with it), ``files``, ``worker`` and ``runner`` (the reader's files, in a process of their
own), ``watching`` (at once when a file is saved), ``shows`` (what a right answer makes), ``own``
and ``drawing`` (a network of the reader's functions). The command is ``draw_np.exercises``.
"""
