package cli

import (
	"os"
	"strings"

	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
)

// mapSinks opens where results go. done is what an earlier run has done, doneKey
// how items are known there; both nil without one.
func (a *app) mapSinks(f *mapFlags, r *mapReport, command []string, template *task.Template, names func() []string) (all task.Sinks, done *plan.Set, doneKey func(*task.Item) plan.Key, err error) {
	resume := task.Afresh
	switch {
	case f.resumeFailed:
		resume = task.ResumeFailed
	case f.resume:
		resume = task.ResumeAll
	}
	if resume != task.Afresh && f.joblog == "" && (f.results == "" || f.results == "-") {
		return nil, nil, nil, usage("--results FILE.jsonl keeps them", "cannot resume: neither --results nor --joblog says what has been done")
	}
	most, err := parseBytes(f.maxResult)
	if err != nil {
		return nil, nil, nil, usage("", "cannot use --max-result: %w", err)
	}
	options := task.ResultOptions{Raw: f.worker == "bytes", MaxOutput: int64(most)}
	prints := !f.json && (!f.lines || f.py != "" || f.worker != "") // lines have been printed as they came
	switch {
	case f.results == "":
	case f.results == "-":
		all, prints = append(all, task.NewResults(a.stdout, options)), false
	case isJSONL(f.results):
		results, before, err := task.OpenResults(f.results, resume, options)
		if err != nil {
			return nil, nil, nil, err
		}
		all, done, prints = append(all, results), before, false
	default:
		results, before, err := task.OpenResultDir(f.results, resume, options)
		if err != nil {
			return nil, nil, nil, err
		}
		all, done = append(all, results), before
	}
	if f.joblog != "" {
		say := f.commandOf(command, template, names)
		log, before, err := task.OpenJobLog(f.joblog, resume, func(t *task.Task) string {
			if t.Item.Out.Command != "" {
				return t.Item.Out.Command
			}
			return say(t.Item)
		})
		if err != nil {
			return nil, nil, nil, closing(all, err)
		}
		all = append(all, log)
		if done == nil && resume != task.Afresh {
			if strings.Contains(strings.Join(command, " "), "{%}") {
				return nil, nil, nil, closing(all, usage("--results FILE.jsonl", "cannot resume by the job log a command with {%%}: it differs from run to run"))
			}
			done = before
			doneKey = func(it *task.Item) plan.Key { return task.CommandKey(task.OneLine(say(it))) }
		}
	}
	switch {
	case f.json:
		all = append(all, r.events(options))
	case prints:
		all = append(all, r.printer())
	}
	return append(all, task.Observer(r.tell)), done, doneKey, nil
}

// closing closes what was opened in vain.
func closing(s task.Sinks, err error) error {
	_ = s.Close() // nothing was written
	return err
}

// isJSONL tells a file of records from a directory: by its name, or as it is one.
func isJSONL(name string) bool {
	for _, end := range []string{".jsonl", ".ndjson", ".json"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// commandOf is what the job log says of an item.
func (f *mapFlags) commandOf(command []string, template *task.Template, names func() []string) func(*task.Item) string {
	shown := f.shownOf(command, template, names)
	return func(it *task.Item) string {
		text, err := shown(it)
		if err != nil {
			return itemText(it)
		}
		return text
	}
}

// shownOf is what is run for an item, for a person.
func (f *mapFlags) shownOf(command []string, template *task.Template, names func() []string) func(*task.Item) (string, error) {
	switch {
	case f.py != "":
		return func(it *task.Item) (string, error) { return f.py + " " + itemText(it), nil }
	case f.worker != "":
		return func(it *task.Item) (string, error) { return strings.Join(command, " ") + " " + itemText(it), nil }
	}
	return func(it *task.Item) (string, error) {
		var columns []string
		if names != nil {
			columns = names()
		}
		argv, err := template.Argv(it, 0, columns)
		if err != nil {
			return "", err
		}
		return template.Shown(argv), nil
	}
}
