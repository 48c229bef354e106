"""What is judged: one folder a virtual-actor runtime."""
