"""Forms in which a shrunk run is handed on: a TOML scenario, a pytest file, a Go case, a text for an issue."""
