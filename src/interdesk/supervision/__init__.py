"""What keeps the workers running: a process that waits, and starts others.

It runs in an interpreter that imports next to nothing, so that it costs little memory: of the standard library only
what is small, and nothing else. Who has loaded everything and forked the first workers becomes it (``handover``), under
the same process number. From then on a worker that died is replaced by a successor: a program that loads everything
anew. At a reload one successor forks a whole generation, whose workers wait until their predecessors have ended.

The task of a successor stands behind its own arguments: ``worker`` and the slot; or ``generation`` and a pipe for the
process numbers.
"""
