package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/muster/profiling"
	"example.com/muster/session"
	"example.com/muster/ui/source"
	"example.com/muster/ui/text"
)

// crashesFlags say whose crashes are told, and how.
type crashesFlags struct {
	session   string
	json, all bool
}

func (a *app) crashesCommand() *cobra.Command {
	var f crashesFlags
	cmd := &cobra.Command{
		Use:   "crashes [--json] [--all] [--session NAME] [ID]",
		Short: "Show what has ended badly, and why: how, at which line, with what it had printed and held",
		Long: "Crashes lists the bad ends of a running session, those of one kind on one line, or tells all that is\n" +
			"known of the one that is named (c3). --all lists those that sessions have left on disk, also after their\n" +
			"end; one of them is then named by its session, too (train-4121/c3), or with --session.",
		Example:               "  muster crashes\n  muster crashes c3\n  muster crashes --all --session train-4121 c3\n  muster crashes export c3",
		Args:                  takesAtMost(1),
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     a.completeCrashes,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "all"); err != nil {
				return err
			}
			return a.crashes(cmd.Context(), f, args)
		},
	}
	f.add(a, cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.AddCommand(a.exportCommand(), a.rerunCommand())
	return cmd
}

func (f *crashesFlags) add(a *app, cmd *cobra.Command) {
	a.addSession(cmd, &f.session)
	cmd.Flags().BoolVar(&f.all, "all", false, "those that sessions have left on disk, running or ended")
}

// crashes prints a list, or one card.
func (a *app) crashes(ctx context.Context, f crashesFlags, args []string) error {
	if len(args) == 0 {
		list, err := a.findCrashes(ctx, f)
		if err != nil {
			return err
		}
		a.ran = true
		return a.printCrashes(f, list)
	}
	k, err := a.findCrash(ctx, f, args[0])
	if err != nil {
		return err
	}
	a.ran = true
	if f.json {
		return json.NewEncoder(a.stdout).Encode(k)
	}
	_, err = fmt.Fprint(a.stdout, text.Crash(k, source.Read(placeOf(&k))))
	return unlessClosed(err)
}

// crashesJSON is what crashes --all --json prints: the same as for a running session,
// but each crash with its session, measurements and environment.
type crashesJSON struct {
	Crashes  []session.KeptCrash    `json:"crashes"`
	Rows     []session.CrashRowJSON `json:"rows"`
	Coverage []profiling.Coverage   `json:"coverage"`
}

// findCrashes asks the session, or reads what sessions have left.
func (a *app) findCrashes(ctx context.Context, f crashesFlags) (list crashesJSON, err error) {
	if f.all {
		return a.keptCrashes(f.session)
	}
	client, err := session.Dial(f.session)
	if err != nil {
		return list, a.noAnswer(orAll(err))
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, psPatience)
	defer cancel()
	c, err := client.Crashes(ctx)
	if err != nil {
		return list, a.noAnswer(err)
	}
	list = crashesJSON{Crashes: []session.KeptCrash{}, Rows: c.Rows, Coverage: c.Coverage}
	for _, one := range c.Crashes {
		list.Crashes = append(list.Crashes, session.KeptCrash{CrashJSON: one})
	}
	return list, nil
}

// orAll tells whoever has no session where the crashes of earlier ones are.
func orAll(err error) error {
	return hinted(err, "muster crashes --all shows what sessions have left")
}

// keptCrashes reads what sessions have left, of all or of one name.
func (a *app) keptCrashes(name string) (list crashesJSON, err error) {
	if name != "" {
		if err := session.CheckName(name); err != nil {
			return list, usage("", "%w", err)
		}
	}
	kept, damaged, err := session.KeptCrashes(name)
	if err != nil {
		return list, a.noAnswer(err)
	}
	list = crashesJSON{Crashes: append([]session.KeptCrash{}, kept...), Rows: rowsOf(kept)}
	note := profiling.Coverage{Source: "kept", OK: damaged == 0}
	if damaged > 0 {
		note.Note = profiling.Count(damaged, "kept report", "kept reports") + " cannot be read"
	}
	list.Coverage = []profiling.Coverage{note}
	return list, nil
}

// rowsOf counts crashes by kind, as far as they are kept.
func rowsOf(kept []session.KeptCrash) []session.CrashRowJSON {
	rows := []session.CrashRowJSON{}
	at := map[string]int{}
	for i := range kept {
		k := &kept[i]
		pool, _, _ := strings.Cut(k.Process, "/")
		key := k.Session + "\x00" + time.Time(k.SessionStartedAt).String() + "\x00" + pool + "\x00" + k.Group
		n, ok := at[key]
		if !ok {
			n, at[key] = len(rows), len(rows)
			rows = append(rows, session.CrashRowJSON{Pool: pool, Group: k.Group, First: k.At})
		}
		for _, at := range []session.Time{k.At, k.RowLast} {
			if time.Time(at).After(time.Time(rows[n].Last)) {
				rows[n].Last = at
			}
		}
		rows[n].IDs = append(rows[n].IDs, text.CrashName(k))
		rows[n].Count = max(rows[n].Count, len(rows[n].IDs), k.SameBefore+1, k.RowCount)
	}
	return rows
}

// findCrash finds one crash.
func (a *app) findCrash(ctx context.Context, f crashesFlags, id string) (k session.KeptCrash, err error) {
	if name, rest, ok := strings.Cut(id, "/"); ok {
		if f.session != "" && f.session != name {
			return k, usage("", "cannot tell of %s: it is none of session %s", id, f.session)
		}
		f.session, id = name, rest
	}
	if _, err := session.ParseCrashID(id); err != nil {
		return k, usage("muster crashes lists them", "%w", err)
	}
	if !f.all {
		return a.askCrash(ctx, f.session, id)
	}
	kept, err := a.keptCrashes(f.session)
	if err != nil {
		return k, err
	}
	found := slices.DeleteFunc(kept.Crashes, func(k session.KeptCrash) bool { return k.ID != id })
	switch len(found) {
	case 0:
		return k, a.noAnswer(hinted(fmt.Errorf("cannot tell of %s: no such crash is kept", id), "muster crashes --all lists them"))
	case 1:
		return found[0], nil
	}
	return k, usage("name its session, as in "+text.CrashName(&found[len(found)-1]), "cannot choose between %d crashes %s", len(found), id)
}

// askCrash asks a running session.
func (a *app) askCrash(ctx context.Context, name, id string) (k session.KeptCrash, err error) {
	client, err := session.Dial(name)
	if err != nil {
		return k, a.noAnswer(orAll(err))
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, psPatience)
	defer cancel()
	k, err = client.Crash(ctx, id)
	return k, a.noAnswer(err)
}

func (a *app) printCrashes(f crashesFlags, list crashesJSON) error {
	switch {
	case f.json && f.all:
		return json.NewEncoder(a.stdout).Encode(list)
	case f.json:
		plain := session.CrashesJSON{Crashes: []session.CrashJSON{}, Rows: list.Rows, Coverage: list.Coverage}
		for i := range list.Crashes {
			plain.Crashes = append(plain.Crashes, list.Crashes[i].CrashJSON)
		}
		return json.NewEncoder(a.stdout).Encode(plain)
	}
	_, err := fmt.Fprint(a.stdout, text.Crashes(list.Crashes, list.Rows, list.Coverage))
	return unlessClosed(err)
}

// completeCrashes offers the numbers of a session's crashes.
func (a *app) completeCrashes(cmd *cobra.Command, args []string, _ string) (ids []cobra.Completion, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	name, _ := cmd.Flags().GetString("session")
	client, err := session.Dial(name)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(cmd.Context(), time.Second)
	defer cancel()
	list, err := client.Crashes(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for i := range list.Crashes {
		ids = append(ids, cobra.CompletionWithDesc(list.Crashes[i].ID, list.Crashes[i].Headline))
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// placeOf is where the source of the innermost frame of the user's own is found.
func placeOf(k *session.KeptCrash) source.Place {
	if k.Exception == nil || len(k.Exception.Frames) == 0 {
		return source.Place{}
	}
	top := &k.Exception.Frames[0]
	for i := range k.Exception.Frames {
		if f := &k.Exception.Frames[i]; !f.Library {
			top = f
			break
		}
	}
	p := source.Place{Dir: k.Cwd, File: top.File, Line: top.Line}
	if k.PID != nil {
		p.PID = *k.PID
	}
	return p
}
