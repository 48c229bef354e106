"""Views of what actors save, and of what the store committed."""
