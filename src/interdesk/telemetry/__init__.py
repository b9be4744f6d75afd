"""What is told of the server's work: the record of the request at hand, the log, and the figures of all workers.

Its modules are imported one by one: the supervisor takes the board alone, and stays small by that.
"""
