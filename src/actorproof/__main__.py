"""``python -m actorproof`` is the command ``actorproof``."""

from actorproof.harness.cli.main import main

if __name__ == "__main__":
    main()
