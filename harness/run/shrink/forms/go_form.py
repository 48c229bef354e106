"""Go: a shrunk run as a case of Dapr's own integration suite (tests/integration/suite/actors), failing as it fails.

The case has applications of its own in the test's process. Told so far are calls, hosts that join, leave and die, and
pauses; what such a case checks is that no two turns of an actor run at once, and that a turn which could have ended
within the drain time-out is executed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import Template

from actorproof.harness.errors import UsageError
from actorproof.harness.run.shrink.forms.issue_form import told
from actorproof.harness.run.shrink.forms.story import Story
from actorproof.harness.subjects.actors import SUBJECTS
from actorproof.harness.workload.step import AnyStep, Burst, Heal, Inject, Settle, Wait

CHECKED = frozenset({"turns", "activation", "drain"})
LEAVES = frozenset({"kill", "terminate", "remove"})
JOINS = "add"

CASE = Template("""\
// Package shrunk: $title ($runtime).
// Made by `actorproof shrink`; it belongs below tests/integration/suite/actors.
package shrunk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dapr/dapr/tests/integration/framework"
	"github.com/dapr/dapr/tests/integration/framework/process/daprd/actors"
	"github.com/dapr/dapr/tests/integration/suite"
)

func init() {
	suite.Register(new($name))
}

type $name struct {
	hosts map[string]*actors.Actors

	mu       sync.Mutex
	open     map[string]int
	executed map[string]int
	broken   []string
	calls    sync.WaitGroup
}

// call is what a caller sends along: which call it is, how long its turn takes, and whether it saves at its end, from
// what it read at its beginning.
type call struct {
	Op    string        `json:"op"`
	Holds time.Duration `json:"holds"`
	Saves bool          `json:"saves"`
}

func ms(count int) time.Duration {
	return time.Duration(count) * time.Millisecond
}

func (c *$name) Setup(t *testing.T) []framework.Option {
	c.hosts = make(map[string]*actors.Actors)
	c.open = make(map[string]int)
	c.executed = make(map[string]int)

$setup
	return []framework.Option{
		framework.WithProcesses($initial),
	}
}

func (c *$name) host(t *testing.T, name string, more ...actors.Option) *actors.Actors {
	opts := append(more,
		actors.WithActorTypes($types),
		actors.WithHandler("/actors/", c.turn(name)),
		actors.WithActorIdleTimeout($idle),
		actors.WithDrainOngoingCallTimeout($drain),
	)
	return actors.New(t, opts...)
}

// turn runs the code of an actor: it does not stop when its caller is gone, as most applications don't.
func (c *$name) turn(host string) nethttp.HandlerFunc {
	return func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.Method == nethttp.MethodDelete {
			return
		}
		parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/actors/"), "/")
		actor := parts[0] + "/" + parts[1]

		var asked call
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			nethttp.Error(w, err.Error(), nethttp.StatusBadRequest)
			return
		}

		c.mu.Lock()
		if c.open[actor] > 0 {
			c.broken = append(c.broken, fmt.Sprintf("a turn of %s began on %s while another ran", actor, host))
		}
		c.open[actor]++
		c.executed[asked.Op]++
		c.mu.Unlock()

		address := c.hosts[host].Daprd().HTTPAddress()
		state := fmt.Sprintf("http://%s/v1.0/actors/%s/state", address, actor)
		if asked.Saves {
			ask(nethttp.MethodGet, state+"/count", "")
		}
		time.Sleep(asked.Holds)
		if asked.Saves {
			ask(nethttp.MethodPost, state, `[{"operation": "upsert", "request": {"key": "count", "value": 1}}]`)
		}

		c.mu.Lock()
		c.open[actor]--
		c.mu.Unlock()
	}
}

// ask has the runtime read or save something, whatever it answers.
func ask(method, url, body string) {
	req, err := nethttp.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		return
	}
	if resp, err := nethttp.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
	}
}

// send makes a call and does not wait for it.
func (c *$name) send(ctx context.Context, host, actorType, id, method string, asked call, after time.Duration) {
	url := c.hosts[host].Daprd().ActorInvokeURL(actorType, id, method)
	body, _ := json.Marshal(asked)
	c.calls.Add(1)
	go func() {
		defer c.calls.Done()
		time.Sleep(after)
		req, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return
		}
		resp, err := nethttp.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
	}()
}

func (c *$name) Run(t *testing.T, ctx context.Context) {
$run
	c.calls.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	assert.Empty(t, c.broken)
$once}
""")


def go_case(story: Story) -> str:
    """The text of the case. UsageError, naming it, for what has no counterpart there."""
    missing = sorted(set(story.lost) - CHECKED) if not CHECKED & set(story.lost) else []
    if missing:
        raise UsageError(f"a Go case can't check {missing[0]} yet: leave --as go out")
    if story.info.runtime != "dapr":
        raise UsageError(f"a Go case is for Dapr, and this run was on {story.runtime}: leave --as go out")
    hosts = story.plan.topology.host_names
    joining = [step.target for step in story.plan.steps if isinstance(step, Inject) and step.verb == JOINS]
    initial = hosts[: story.plan.topology.hosts]
    first, *rest = initial
    setup = [f'\tc.hosts["{first}"] = c.host(t, "{first}")']
    setup += [
        f'\tc.hosts["{host}"] = c.host(t, "{host}", actors.WithPeerActor(c.hosts["{first}"]))'
        for host in dict.fromkeys((*rest, *joining))
    ]
    types = dict.fromkeys(_type_of(step) for step in story.plan.steps if isinstance(step, Burst))
    return CASE.substitute(
        title=story.title,
        runtime=story.runtime,
        name=_camel(story.name),
        setup="\n".join(setup),
        initial=", ".join(f'c.hosts["{host}"]' for host in initial),
        types=", ".join(f'"{each}"' for each in types) or '"Sleeper"',
        idle=_duration(story.plan.topology.idle_timeout_s),
        drain=_duration(story.plan.topology.drain_timeout_s),
        run="\n".join(_run(story.plan.steps, initial)),
        once=_once(story),
    )


def _once(story: Story) -> str:
    """The check that a turn is executed once, where a drain is what cut it."""
    drained = "drain" in story.lost or (story.mechanism is not None and "drain gave up" in story.mechanism.links)
    if not drained:
        return ""
    return (
        "\tfor op, times := range c.executed {\n"
        '\t\tassert.Equal(t, 1, times, "call %s could have ended before the drain did, and was executed again", op)\n'
        "\t}\n"
    )


def _run(steps: Sequence[AnyStep], initial: Sequence[str]) -> Iterator[str]:
    for host in initial:
        yield f'\tc.hosts["{host}"].WaitUntilRunning(t, ctx)'
    faults: dict[str, Inject] = {}
    count = 0
    for step in steps:
        yield f"\n\t// {told(step)}"
        match step:
            case Wait(for_s=for_s):
                yield f"\ttime.Sleep({_duration(for_s)})"
            case Burst():
                for _ in range(step.callers):
                    count += 1
                    yield _send(step, f"call-{count}", initial[0])
            case Inject(verb=verb, target=target) if verb == JOINS:
                faults[step.id] = step
                yield f'\tc.hosts["{target}"].Run(t, ctx)'
                yield f'\tt.Cleanup(func() {{ c.hosts["{target}"].Cleanup(t) }})'
                yield f'\tc.hosts["{target}"].WaitUntilRunning(t, ctx)'
            case Inject(verb=verb, target=target) if verb in LEAVES and target in initial[1:]:
                faults[step.id] = step
                yield f'\tc.hosts["{target}"].Cleanup(t)'
            case Heal(id=id_) if id_ in faults and faults[id_].verb == JOINS:
                yield f'\tc.hosts["{faults[id_].target}"].Cleanup(t)'
            case Settle():
                yield "\ttime.Sleep(5 * time.Second)"
            case _:
                raise UsageError(f"a Go case has no counterpart to this step: {told(step)} Leave --as go out")
    yield ""


def _send(step: Burst, op: str, via: str) -> str:
    type_, _, id_ = step.actor.partition("/")
    asked = f'call{{Op: "{op}", Holds: {_duration(step.hold_s)}, Saves: {str(_saves(step)).lower()}}}'
    return f'\tc.send(ctx, "{via}", "{type_}", "{id_}", "{step.method}", {asked}, {_duration(step.after_s)})'


def _type_of(step: Burst) -> str:
    return step.actor.partition("/")[0]


def _saves(step: Burst) -> bool:
    """Whether a method of one of our subjects writes."""
    subject = SUBJECTS.get(_type_of(step))
    if subject is None:
        return False
    return any(each.name == step.method and each.effect == "writes" for each in subject.declaration().methods)


def _duration(seconds: float) -> str:
    return f"ms({round(seconds * 1000)})" if seconds else "0"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
