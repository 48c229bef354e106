"""Placement: which hosts there are, and a table that changes without two hosts ever owning one actor.

A host is in the table as long as its lease is renewed (`replica`). A new table is disseminated in three phases
(`dissemination`):

1. lock: every host of the old table drains the actors that move away and takes in none of them; a host that doesn't
   answer is waited for until its lease has ended, and by then it has stopped by itself;
2. update: the new table is agreed upon, and hosts get it;
3. unlock: new owners begin.

The lease of a host that has not got the newest table is not renewed before it has. What was agreed upon (`agreed`) and
every lease outlives the leader (see `quorum`).
"""
