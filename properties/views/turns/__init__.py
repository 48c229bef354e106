"""Views of turns: who caused them, who gave them up, which of them overlap, and where their time went."""
