"""What runs in Ray's own Python: the standard library, Ray, and nothing else of Actorproof. It keeps to Python 3.10."""
