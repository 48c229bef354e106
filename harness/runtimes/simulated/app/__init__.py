"""App: the application half of a host. It runs the subjects' own turns, and stops by itself when its lease has ended.

- `app`: sessions, turns, and what ends them; `messages`: what the sidecar asks and is told.
- `abortable`: a turn that can be taken back; `access`: an actor's way to its sidecar.
"""
