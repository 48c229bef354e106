"""What checkers share: views of one history."""
