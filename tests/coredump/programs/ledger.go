// A Go program that says what it computed: while it writes, its frames wait below the host's function.
package main

//go:noinline
func settle(first, second int) int {
	kept := first*1000 + second
	println(kept)
	return kept - second
}

//go:noinline
func total(depth, sum int) int {
	if depth == 0 {
		return settle(sum, depth+7)
	}
	return total(depth-1, sum+depth) + 1
}

func main() {
	println(total(3, 100))
}
