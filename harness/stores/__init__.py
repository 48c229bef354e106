"""Where actors keep their state, and how what was committed is read back."""
