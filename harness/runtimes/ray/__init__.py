"""Plain actors of today's Ray, each in a process of its own: what is judged when nothing is durable."""
