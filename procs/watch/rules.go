package watch

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// gitignore is the name of the files with rules.
const gitignore = ".gitignore"

// rule is one line of a .gitignore file, or one pattern of a pool: see
// gitignore(5), "PATTERN FORMAT".
type rule struct {
	glob    string // over absolute paths with slashes
	not     bool
	dirOnly bool
}

type rules []rule

// parseRule reads a pattern that holds below base. An empty one is no rule and
// has an empty glob.
func parseRule(pattern, base string) (rule, error) {
	var r rule
	p := strings.TrimSuffix(pattern, "\r")
	for strings.HasSuffix(p, " ") && !strings.HasSuffix(p, `\ `) {
		p = p[:len(p)-1]
	}
	if p == "" || p[0] == '#' {
		return r, nil
	}
	if p[0] == '!' {
		r.not, p = true, p[1:]
	}
	p = strings.TrimPrefix(p, "./")
	if strings.HasSuffix(p, "/") {
		r.dirOnly, p = true, strings.TrimRight(p, "/")
	}
	if p == "" || strings.HasPrefix(p, "../") {
		return r, errors.New("it names nothing below the directory")
	}
	p = strings.NewReplacer("{", `\{`, "}", `\}`).Replace(p) // no alternatives there
	if anchored := strings.Contains(p, "/"); !anchored {
		p = "**/" + p
	}
	r.glob = escape(filepath.ToSlash(base)) + "/" + strings.TrimPrefix(p, "/")
	if !doublestar.ValidatePattern(r.glob) {
		return rule{}, errors.New("it is no pattern; is a bracket open?")
	}
	return r, nil
}

// everything is the rule that names all below base.
func everything(base string) rule { return rule{glob: escape(filepath.ToSlash(base)) + "/**"} }

// escape makes a glob of a path that stands for itself.
func escape(path string) string {
	var b strings.Builder
	for _, r := range strings.TrimSuffix(path, "/") {
		if strings.ContainsRune(`*?[]{}\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// last returns what the last rule that matches says: true, or false if it
// begins with an exclamation mark; ok is false if none matches.
func (rs rules) last(path string, isDir bool) (verdict, ok bool) {
	for i := len(rs) - 1; i >= 0; i-- {
		if r := rs[i]; (isDir || !r.dirOnly) && doublestar.MatchUnvalidated(r.glob, path) {
			return !r.not, true
		}
	}
	return false, false
}

// lastWithin is last for a file or any directory on the way to it from top:
// who names a directory names what is in it.
func (rs rules) lastWithin(file, top string) (verdict, ok bool) {
	for i := len(rs) - 1; i >= 0; i-- {
		isDir := false
		for at := file; len(at) > len(top); at, isDir = path.Dir(at), true {
			if v, ok := rs[i:i+1].last(at, isDir); ok {
				return v, true
			}
		}
	}
	return false, false
}

// readRules reads a file of rules that hold below base. Lines that are no
// rules are passed over, as git does.
func readRules(file, base string) (rs rules) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		if r, err := parseRule(strings.TrimSuffix(line, "\n"), base); err == nil && r.glob != "" {
			rs = append(rs, r)
		}
	}
	return rs
}

// repositoryRules returns the rules of the directories above dir, up to the
// top of the repository that it is part of, if it is part of one.
func repositoryRules(dir string) rules {
	var up []string
	for at := dir; ; at = filepath.Dir(at) {
		if at != dir {
			up = append(up, at)
		}
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			rs := readRules(filepath.Join(at, ".git", "info", "exclude"), at)
			for i := len(up) - 1; i >= 0; i-- {
				rs = append(rs, readRules(filepath.Join(up[i], gitignore), up[i])...)
			}
			return rs
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// neverDirs are directories of tools, which write to them at all times.
var neverDirs = map[string]bool{
	".git": true, ".hg": true, ".svn": true, ".jj": true, "node_modules": true, "__pycache__": true,
}

// neverFiles are what editors leave beside the file that is edited.
var neverFiles = []string{
	"*~", ".*.sw?", ".*.sw??", "4913", ".#*", "#*#", "*___jb_tmp___", "*___jb_old___", ".goutputstream-*", "*.kate-swp", "*.crswap",
}

// never reports whether a name is never watched.
func never(name string, isDir bool) bool {
	if isDir {
		return neverDirs[name]
	}
	for _, p := range neverFiles {
		if ok, _ := path.Match(p, name); ok { // the patterns are good
			return true
		}
	}
	return false
}
