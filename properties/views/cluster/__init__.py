"""Views of the cluster: who was up, who was cut off, and which placement table was in force."""
