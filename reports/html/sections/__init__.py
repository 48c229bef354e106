"""Sections: what each section of a run's page shows."""
