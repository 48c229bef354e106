"""What an application owes its runtime. `contract` is the guarantee; each other file finds one kind of mistake."""
