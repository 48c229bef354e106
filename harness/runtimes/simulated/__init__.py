"""A virtual-actor runtime in a few hundred lines: the protocol as it should be, and bugs to plant in it.

- `placement/`: which hosts there are, and who owns which actor; `table` deals actors out, `quorum` elects leaders.
- `sidecar/`: the runtime's half of a host; `app/`: the application's half.
- `store`: the state of actors; `scheduler`: their reminders.
- `parts`: which class plays each part; `bugs/`: classes that play one of them wrongly; `planting` puts one in.
"""
