"""One file a component: command line, ports, readiness, configuration; no driver knowledge."""
