// Command porcupine reads histories as JSON, one object a line, on standard input, and answers each on a line of
// standard output: what Go's Porcupine says of it ("ok", "illegal" or "unknown"), how many seconds that took, and how many
// seconds of CPU time, its collector's and its timer's threads included.
//
// Models of one whole number: "register" (read, write), "cas-register" (also cas, with [old, new]) and "counter" (read,
// add); others have words as values and answers: see words.go. An operation without an end is one whose outcome is not
// known. Porcupine has no such thing: it is given an end after everything else, and an output that says nothing, with a
// step that may also change nothing.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"

	"github.com/anishathalye/porcupine"
)

type operation struct {
	Client   int      `json:"client"`
	Function string   `json:"function"`
	Value    []int    `json:"value"`
	Start    int64    `json:"start"`
	End      *int64   `json:"end"`
	Result   *int     `json:"result"`
	Words    []string `json:"words"`
	Answer   *string  `json:"answer"`
}

type history struct {
	Model      string      `json:"model"`
	Initial    int         `json:"initial"`
	Holds      string      `json:"holds"`
	LimitS     float64     `json:"limit_s"`
	Operations []operation `json:"operations"`
}

type input struct {
	function string
	value    [2]int
	words    []string
}

type output struct {
	known  bool // whether the caller got an answer
	says   bool // whether the answer tells something
	result int
	answer string
}

// model is an object by what it may hold at first, and the states that an operation may leave. Where each leaves one at
// most, Porcupine need not keep sets of them.
func model[State any](initial State, single bool, steps func(State, input, output) []State) porcupine.Model {
	if single {
		return porcupine.Model{
			Init: func() interface{} { return initial },
			Step: func(state, in, out interface{}) (bool, interface{}) {
				following := steps(state.(State), in.(input), out.(output))
				if len(following) == 0 {
					return false, state
				}
				return true, following[0]
			},
		}
	}
	nondeterministic := porcupine.NondeterministicModel{
		Init: func() []interface{} { return []interface{}{initial} },
		Step: func(state, in, out interface{}) []interface{} {
			var following []interface{}
			for _, each := range steps(state.(State), in.(input), out.(output)) {
				following = append(following, each)
			}
			return following
		},
	}
	return nondeterministic.ToModel()
}

func asked(given history, doubtful bool) porcupine.Model {
	object, worded := objects[given.Model]
	if !worded {
		return model(given.Initial, !doubtful, numbers)
	}
	single := !doubtful && given.Model != "unordered-queue"
	return model(given.Holds, single, func(state string, in input, out output) []string {
		return texts(object, state, in, out)
	})
}

// usedS is the CPU time of this process until now, in seconds.
func usedS() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / float64(time.Second)
}

func judge(given history) (string, float64, float64) {
	var operations []porcupine.Operation
	doubtful := false
	for _, each := range given.Operations {
		in := input{function: each.Function, words: each.Words}
		copy(in.value[:], each.Value)
		out := output{known: each.End != nil, says: each.End != nil && (each.Result != nil || each.Answer != nil)}
		if out.says && each.Result != nil {
			out.result = *each.Result
		}
		if out.says && each.Answer != nil {
			out.answer = *each.Answer
		}
		end := int64(math.MaxInt64)
		if each.End != nil {
			end = *each.End
		} else {
			doubtful = true
		}
		operations = append(operations, porcupine.Operation{
			ClientId: each.Client, Input: in, Call: each.Start, Output: out, Return: end,
		})
	}
	began, used := time.Now(), usedS()
	said := porcupine.CheckOperationsTimeout(
		asked(given, doubtful), operations, time.Duration(given.LimitS*float64(time.Second)))
	took, spent := time.Since(began).Seconds(), usedS()-used
	switch said {
	case porcupine.Ok:
		return "ok", took, spent
	case porcupine.Illegal:
		return "illegal", took, spent
	default:
		return "unknown", took, spent
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<30)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var given history
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			fmt.Fprintln(os.Stderr, "porcupine: not a history:", err)
			os.Exit(1)
		}
		said, took, used := judge(given)
		fmt.Fprintf(out, "%s %.6f %.6f\n", said, took, used)
		out.Flush()
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "porcupine:", err)
		os.Exit(1)
	}
}
