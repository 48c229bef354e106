"""The actors' behaviour, written once for every kind of host."""

from actorproof.harness.subjects.actors.accounts import Accounts
from actorproof.harness.subjects.actors.canary import Canary
from actorproof.harness.subjects.actors.chain import Chain, Lone
from actorproof.harness.subjects.actors.counter import Counter
from actorproof.harness.subjects.actors.ledger import Ledger
from actorproof.harness.subjects.actors.loan import Loan
from actorproof.harness.subjects.actors.parcel import Parcel
from actorproof.harness.subjects.actors.recorder import Recorder
from actorproof.harness.subjects.actors.register import Register
from actorproof.harness.subjects.actors.sleeper import Sleeper
from actorproof.harness.subjects.actors.subject import Subject
from actorproof.harness.subjects.actors.ticker import Ticker

SUBJECTS: dict[str, type[Subject]] = {
    subject.__name__: subject
    for subject in (Counter, Ledger, Accounts, Register, Sleeper, Recorder, Ticker, Canary, Chain, Lone, Loan, Parcel)
}
"""Every actor type that a host registers, by its name."""
