"""One file a kind of fault, which has it as KIND; the registry finds it here."""
