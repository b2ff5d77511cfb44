package cli

import (
	"context"
	"errors"
	"time"

	"example.com/muster/internal/beat"
)

// placeEvery is how often it is looked whether the session's directory is there: nobody
// removes it but by mistake, and what is looked for is many files.
const placeEvery = 2 * time.Second

// keepPlace makes again what the session stands on in its directory, where somebody
// removes that: the record by which others find it, what is put into Python programs and where Go
// programs leave their last words. Reports of crashes come with the next, or the end; profiles
// that were kept there are lost.
func (l *live) keepPlace(ctx context.Context) {
	if l.record == nil { // there is no such directory, which has been told
		return
	}
	tick := time.NewTimer(placeEvery)
	defer tick.Stop()
	said := ""
	for {
		tick.Reset(beat.Until(placeEvery))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		text := ""
		if renewed, err := l.renewPlace(); err != nil {
			text = "what the session keeps was removed, and cannot be made again: " + err.Error()
		} else if renewed && (l.flags.logDir != "" || !l.store.Look()) { // else it is told of the log, which was there too
			text = "what the session kept in " + l.record.Dir() + " was removed; it is made anew"
		}
		if text != "" && text != said {
			l.session.Notify(text)
			said = text
		}
	}
}

func (l *live) renewPlace() (renewed bool, err error) {
	renewed, err = l.record.Renew()
	if err != nil { // the directory may be another session's
		return renewed, err
	}
	if l.agent != nil {
		err = l.agent.Renew()
	}
	if l.goWords != nil {
		err = errors.Join(err, l.goWords.Renew())
	}
	return renewed, err
}
