"""Kinds of faults on the processes that hosts run turns in, where the runtime has such."""
