"""The units of a Dapr cluster: how each is started, and asked whether it is ready."""
