package tree

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"example.com/muster/procs"
)

// maxLabel is how many characters of a name a label shows.
const maxLabel = 24

// maxTitle is the same for a title: what tells two apart stands at its end.
const maxTitle = 40

// labelOf returns the name of a process within its slot, without the number
// that makes it unique: the script that an interpreter runs, else the
// program. numbered says that it gets a number in any case ("worker-1").
func labelOf(role procs.Role, p Program, parent Program) (label string, numbered bool) {
	if title := titleOf(p.Argv); title != "" {
		return title, false
	}
	switch role {
	case procs.RoleWorker:
		return workerLabel(p, parent), true
	case procs.RoleForkserver, procs.RoleResourceTracker:
		return string(role), false
	}
	label = clean(programName(p.Argv))
	if label == "" {
		label = clean(p.Comm)
	}
	if label == "" {
		label = "process"
	}
	return label, false
}

// workerLabel is "worker", unless the worker has given itself a name, as
// PyTorch's do ("pt_data_worker").
func workerLabel(p, parent Program) string {
	if p.Comm != "" && parent.Comm != "" && p.Comm != parent.Comm && !strings.HasPrefix(p.Comm, "python") {
		if name := clean(p.Comm); name != "" {
			return name
		}
	}
	return "worker"
}

// titleOf returns the title that a process has written over its arguments, as it
// reads: "nginx: worker process", "stress-ng-vm [run]". "" says that argv is what a
// program was started with. A title is all in the first argument, and no path.
func titleOf(argv []string) string {
	if len(argv) == 0 || slices.ContainsFunc(argv[1:], func(arg string) bool { return arg != "" }) {
		return ""
	}
	title := strings.TrimSpace(argv[0])
	if word, _, _ := strings.Cut(title, " "); !strings.ContainsAny(title, " :") || strings.Contains(word, "/") {
		return ""
	}
	words := strings.Fields(title)
	for i := range words {
		if strings.HasPrefix(words[i], "/") {
			words[i] = path.Base(words[i])
		}
		words[i] = safe(words[i], "._-+@%=:()[]#,*")
	}
	return cut(strings.Join(words, " "), maxTitle)
}

// interpreter says how a program that runs scripts reads its options.
type interpreter struct {
	code string   // the letters of short options after which the code itself follows
	next []string // options that take the next argument
}

// interpreters run a script, whose name says more than theirs.
var interpreters = map[string]interpreter{
	"python": {"c", []string{"-W", "-X"}}, "pypy": {"c", []string{"-W", "-X"}},
	"node": {"ep", []string{"-r", "--require", "--import"}}, "java": {"", []string{"-cp", "-classpath", "--class-path"}},
	"ruby": {"e", []string{"-I", "-r"}}, "perl": {"eE", []string{"-I"}}, "php": {"r", []string{"-d"}},
	"sh": {"c", []string{"-o"}}, "bash": {"c", []string{"-o", "-O"}}, "dash": {"c", []string{"-o"}},
	"zsh": {"c", []string{"-o"}}, "ksh": {"c", []string{"-o"}},
}

// programName returns the base name of what argv runs.
func programName(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	base, _, _ := strings.Cut(path.Base(strings.TrimPrefix(argv[0], "-")), ":")
	known, ok := interpreters[strings.TrimRight(base, "0123456789.")]
	if !ok {
		return base
	}
	if script := known.script(argv[1:]); script != "" {
		return script
	}
	return base
}

// script finds the script among the arguments: the module after -m, or the
// first argument that is no option; "" where the code itself was given.
func (in interpreter) script(args []string) string {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "-m" || arg == "-jar":
			if i+1 < len(args) {
				return path.Base(args[i+1])
			}
			return ""
		case !strings.HasPrefix(arg, "-"):
			return path.Base(arg)
		case slices.Contains(in.next, arg):
			i++
		case !strings.HasPrefix(arg, "--") && strings.ContainsAny(arg, in.code):
			return ""
		}
	}
	return ""
}

// clean makes a label of a name from outside: letters and digits of any language,
// without blanks and slashes, of bounded length.
func clean(name string) string { return cut(safe(strings.TrimSpace(name), "._-+@%="), maxLabel) }

// safe puts "_" in the place of what is no letter or digit, nor among others.
func safe(name, others string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(others, r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(name, "_"))
}

// cut bounds the length of a label.
func cut(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return strings.TrimSpace(string(r[:most]))
	}
	return name
}

// endsLikeNumber reports whether a label ends in "-" and digits.
func endsLikeNumber(label string) bool {
	head := strings.TrimRight(label, "0123456789")
	return head != label && strings.HasSuffix(head, "-")
}
