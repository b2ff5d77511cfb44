package cpython

import (
	"slices"
	"testing"
)

// TestPlain: the numbers are those that each Python has for these instructions.
func TestPlain(t *testing.T) {
	const text = `import dis, json, re, sys
ops = getattr(dis, "_all_opmap", dis.opmap)
form = "(POP_)?JUMP_(?!IF_NOT_EXC)|LOAD_(CONST|FAST|GLOBAL)|(PREC|C)ALL_(PY|BOUND)|RESUME|(NOP|PUSH_NULL|ENTER_EXECUTOR)$"
print(json.dumps(sorted(n for name, n in ops.items() if n < 256 and re.match(form, name))), flush=True)
sys.stdin.readline()`
	pythons(t, func(t *testing.T, python string) {
		minor := minorOfProgram(t, python)
		p := start(t, python, "-c", text)
		var want []int
		p.json(&want)
		p.end()
		var got []int
		for _, op := range plain[minor] {
			got = append(got, int(op))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, Python says %v", got, want)
		}
	})
}
