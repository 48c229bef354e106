"""PostgreSQL as the actors' state store: every commit on the disk before it is acknowledged, and in an audit table.

The audit table is the log of commits: a trigger on Dapr's table writes each change of a row to it, in the same
transaction. An event trigger puts it there as soon as a sidecar has made its table, before anything can stand in it.
"""

from __future__ import annotations

from pathlib import Path

from actorproof.harness.cluster.blueprint import Address, UnitSpec
from actorproof.harness.stores.account import DATABASE, USER
from actorproof.harness.stores.postgres_client import Connection, PostgresError

NAME = "store"
# The first start makes the data folder, which takes seconds on a busy machine.
READY_TIMEOUT_S = 60.0
ASK_S = 1.0

# Row images, in the order in which each transaction wrote them. Row locks make the order of `id` that of the commits
# for every key; `xid` says which rows are one transaction, and whether a snapshot sees it.
AUDIT = """\
CREATE TABLE actorproof_audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  key text NOT NULL,
  value bytea
);

CREATE INDEX ON actorproof_audit (xid);

CREATE FUNCTION actorproof_bytes(value bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT value $$;

CREATE FUNCTION actorproof_bytes(value jsonb) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT convert_to(value::text, 'UTF8') $$;

CREATE FUNCTION actorproof_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO actorproof_audit (key) VALUES (OLD.key);
  ELSE
    INSERT INTO actorproof_audit (key, value) VALUES (NEW.key, actorproof_bytes(NEW.value));
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION actorproof_attach() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.state') THEN
    CREATE TRIGGER actorproof_record AFTER INSERT OR UPDATE OR DELETE ON public.state
      FOR EACH ROW EXECUTE FUNCTION actorproof_record();
  END IF;
END $$;

CREATE EVENT TRIGGER actorproof_attach ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
  EXECUTE FUNCTION actorproof_attach();

"""

# Every server of PostgreSQL has a small segment of System V's shared memory, which outlives a server that is killed. In
# an IPC namespace of its own it goes with the last process. Where none can be made, the kernel is told to remove it
# with the last process, once the server has written its id.
APART = """\
launcher=$1
shift
for apart in --ipc '--user --map-current-user --ipc'; do
    if unshare $apart true 2>/dev/null; then
        exec unshare $apart /bin/sh -c "$launcher" apart "$@"
    fi
done
exec /bin/sh -c "$launcher" among "$@"
"""

# Makes the data folder once, and runs the server as a child: a server that gets SIGTERM waits for its clients to leave
# first, one that gets SIGINT stops at once and in good order. It refuses to run as root.
LAUNCHER = """\
set -eu
case $1 in */*) PATH="${1%/*}:$PATH" ;; esac
as=
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id -u $user >/dev/null 2>&1 || user=nobody
    chown $user .
    as="setpriv --reuid=$(id -u $user) --regid=$(id -g $user) --clear-groups --pdeathsig=KILL"
elif ! id -un >/dev/null 2>&1; then
    printf 'postgres:x:%s:%s::/:/bin/false\\n' "$(id -u)" "$(id -g)" >passwd
    printf 'postgres:x:%s:\\n' "$(id -g)" >group
    export NSS_WRAPPER_PASSWD="$PWD/passwd" NSS_WRAPPER_GROUP="$PWD/group" LD_PRELOAD=libnss_wrapper.so
fi
if [ ! -d data ]; then
    $as rm -rf new
    $as initdb --pgdata=new --username=$2 --auth=trust --encoding=UTF8 --no-locale --no-sync --no-instructions
    echo 'host all all all trust' | $as tee -a new/pg_hba.conf >/dev/null
    printf '%s' "$ACTORPROOF_AUDIT" | $as postgres --single -j -D new -c exit_on_error=on $3
    $as mv new data
fi
shift 3
$as postgres -D data "$@" &
server=$!
trap 'kill -INT $server' TERM
forget_memory() {
    while kill -0 $server 2>/dev/null; do
        if [ "$(sed -n 1p data/postmaster.pid 2>/dev/null)" = $server ]; then
            id=$(sed -n '7s/.* //p' data/postmaster.pid)
            if [ -n "$id" ]; then
                ipcrm -m $id
                return
            fi
        fi
        sleep 0.1
    done
}
[ "$0" = apart ] || { forget_memory & }
while :; do
    code=0
    wait $server || code=$?
    kill -0 $server 2>/dev/null || exit $code
done
"""


def unit(*, program: Path, cwd: Path, listen: Address) -> UnitSpec:
    """PostgreSQL 14 or newer at `listen`, its data in `cwd`. `program` is ``postgres``, with ``initdb`` beside it."""

    async def ready() -> str | None:
        return await why_not_ready(listen)

    return UnitSpec(
        name=NAME,
        role="store",
        argv=argv(program=program, listen=listen),
        env=(("ACTORPROOF_AUDIT", AUDIT),),
        cwd=cwd,
        listens=(listen,),
        ready=ready,
        ready_timeout_s=READY_TIMEOUT_S,
    )


def argv(*, program: Path, listen: Address) -> tuple[str, ...]:
    """Command line. What durability hangs on is said, also where it is PostgreSQL's default."""
    settings = {
        "listen_addresses": listen.ip,
        "port": str(listen.port),
        "unix_socket_directories": "",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_connections": "200",
        # In its data folder, so that nothing of a server that is killed stays in shared memory.
        "dynamic_shared_memory_type": "mmap",
    }
    words = (word for key, value in settings.items() for word in ("-c", f"{key}={value}"))
    return ("/bin/sh", "-c", APART, "store", LAUNCHER, str(program), USER, DATABASE, *words)


async def why_not_ready(listen: Address) -> str | None:
    """None when the store answers a query, else why not."""
    try:
        async with Connection(listen) as connection:
            await connection.query("SELECT", timeout_s=ASK_S)
    except (PostgresError, OSError, TimeoutError) as error:
        return f"query at {listen}: {error or 'no answer'}"
    return None


def conninfo(address: Address) -> str:
    """How a client finds the store at `address`."""
    return f"host={address.ip} port={address.port} user={USER} database={DATABASE} sslmode=disable"
