package main

// numbers lists the states that an operation on one whole number may leave: a register, or a counter.
func numbers(state int, in input, out output) []int {
	fits := func(answer int) bool { return !out.says || out.result == answer }
	next, answer := state, 0
	switch in.function {
	case "read":
		answer = state
	case "write":
		next = in.value[0]
	case "add":
		next = state + in.value[0]
		answer = next
	case "cas":
		if state == in.value[0] {
			next, answer = in.value[1], 1
		}
	}
	if !out.known {
		if next == state {
			return []int{state}
		}
		return []int{state, next}
	}
	if !fits(answer) {
		return nil
	}
	return []int{next}
}
