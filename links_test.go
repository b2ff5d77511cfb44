package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestLinks follows what README and the documents link to within the
// repository: files, pictures and headings are there, and every document can be
// reached from the README.
func TestLinks(t *testing.T) {
	pages := pagesOf(t, "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/*.md", "examples/*.md", "testdata/*/README.md")
	leads := map[string][]string{}
	for name, text := range pages {
		for _, link := range linksIn(text) {
			to, anchor, _ := strings.Cut(link, "#")
			file := name
			if to != "" {
				file = filepath.Join(filepath.Dir(name), to)
			}
			leads[name] = append(leads[name], file)
			if problem := missing(file, anchor); problem != "" {
				t.Errorf("%s links to %q: %s", name, link, problem)
			}
		}
	}
	reached := map[string]bool{}
	reach("README.md", leads, reached)
	for name := range pages {
		if strings.HasPrefix(name, "docs/") && !reached[name] {
			t.Errorf("%s cannot be reached from README.md", name)
		}
	}
}

// pagesOf reads the files of some patterns; each must match.
func pagesOf(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("there is no %s: %v", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			pages[name] = string(text)
		}
	}
	return pages
}

func reach(page string, leads map[string][]string, reached map[string]bool) {
	if reached[page] {
		return
	}
	reached[page] = true
	for _, to := range leads[page] {
		reach(to, leads, reached)
	}
}

// missing says what is not there of a file and a heading in it, "" if nothing.
func missing(file, anchor string) string {
	text, err := os.ReadFile(file)
	if info, e := os.Stat(file); e == nil && info.IsDir() {
		err = nil
	}
	switch {
	case err != nil:
		return err.Error()
	case anchor != "" && !slices.Contains(anchorsOf(string(text)), anchor):
		return fmt.Sprintf("%s has no heading #%s", file, anchor)
	}
	return ""
}

var (
	codeBlock  = regexp.MustCompile("(?ms)^```.*?^```")
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	target     = regexp.MustCompile(`\]\(<?([^)>\s]+)|(?:src|srcset|href)="([^"]+)"|(?m:^\[[^\]]+\]: *(\S+))`)
)

// linksIn returns what a page links to within the repository.
func linksIn(text string) (links []string) {
	text = inlineCode.ReplaceAllString(codeBlock.ReplaceAllString(text, ""), "")
	for _, m := range target.FindAllStringSubmatch(text, -1) {
		if link := m[1] + m[2] + m[3]; !strings.Contains(link, "://") && !strings.HasPrefix(link, "mailto:") {
			links = append(links, link)
		}
	}
	return links
}

var heading = regexp.MustCompile(`(?m)^#{1,6} +(.*?) *#*$`)

// anchorsOf returns the anchors of a page's headings, as GitHub makes them:
// small letters, digits, - and _; a space becomes -; what comes again gets a number.
func anchorsOf(text string) (anchors []string) {
	seen := map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		n := seen[anchor]
		seen[anchor]++
		if n > 0 {
			anchor = fmt.Sprintf("%s-%d", anchor, n)
		}
		anchors = append(anchors, anchor)
	}
	return anchors
}

func TestLinksAreFound(t *testing.T) {
	text := "# A `b`, c\n[x](y.md#z) ![p](p.svg) `[no](no.md)` [w](https://w) <img src=\"q.svg\">\n```\n[no](no.md)\n# no\n```\n## Twice\n## Twice\n[r]: s.md\n"
	if got := linksIn(text); !slices.Equal(got, []string{"y.md#z", "p.svg", "q.svg", "s.md"}) {
		t.Errorf("links are %q", got)
	}
	if got := anchorsOf(text); !slices.Equal(got, []string{"a-b-c", "twice", "twice-1"}) {
		t.Errorf("anchors are %q", got)
	}
}
