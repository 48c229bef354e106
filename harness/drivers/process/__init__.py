"""The driver `process`: programs as processes of this machine."""
