package risk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fengsui"
	"fengsui/store"
)

// maxCriteria bounds the rows of a grading standard.
const maxCriteria = 100

var gradingKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

const (
	gradingColumns = `key, version, revision, state, sector, title_zh, title_en, criteria, source, drafter, drafter_name, drafter_role, drafted_at, guide, guide_name, guide_role, guided_at, guide_party, guidance`

	sqlGradings      = `SELECT ` + gradingColumns + ` FROM risk_grading WHERE key = $1 ORDER BY version DESC`
	sqlInsertGrading = `INSERT INTO risk_grading (` + gradingColumns + `) VALUES ($1, $2, 1, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', '', 0, '', '')`
	sqlDraftGrading  = `UPDATE risk_grading SET revision = revision + 1, sector = $1, title_zh = $2, title_en = $3, criteria = $4, source = $5, drafter = $6, drafter_name = $7, drafter_role = $8, drafted_at = $9
		WHERE key = $10 AND version = $11 AND revision = $12`
	sqlGuideGrading = `UPDATE risk_grading SET revision = revision + 1, state = $1, guide = $2, guide_name = $3, guide_role = $4, guided_at = $5, guide_party = $6, guidance = $7
		WHERE key = $8 AND version = $9 AND revision = $10`
	sqlSupersede = `UPDATE risk_grading SET revision = revision + 1, state = 'superseded' WHERE key = $1 AND state = 'guided'`
)

func scanGrading(row interface{ Scan(...any) error }) (g fengsui.Grading, err error) {
	var criteria string
	var guided fengsui.Signature
	err = row.Scan(&g.Key, &g.Version, &g.Revision, &g.State, &g.Sector, &g.Title.Zh, &g.Title.En, &criteria, &g.Source,
		&g.Drafted.User, &g.Drafted.Name, &g.Drafted.Role, &g.Drafted.At, &guided.User, &guided.Name, &guided.Role, &guided.At, &g.Party, &g.Guidance)
	if err != nil {
		return g, err
	}
	if guided.At != 0 {
		g.Guided = &guided
	}
	return g, json.Unmarshal([]byte(criteria), &g.Rows)
}

// gradingOf takes key@version apart, which Check has seen.
func gradingOf(name string) (key string, version int) {
	key, v, _ := strings.Cut(name, "@")
	version, _ = strconv.Atoi(v)
	return key, version
}

// ungraded says why a model may not be released by its grading standard, or nil.
func ungraded(tx *store.Tx, name string) (why, err error) {
	if name == "" {
		return nil, nil
	}
	key, version := gradingOf(name)
	var state fengsui.GradingState
	err = tx.QueryRow(`SELECT state FROM risk_grading WHERE key = $1 AND version = $2`, key, version).Scan(&state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fengsui.Errorf(fengsui.Conflict, "not_guided", "there is no grading standard %s", name), nil
	case err != nil:
		return nil, err
	case state != fengsui.GradingGuided:
		return fengsui.Errorf(fengsui.Conflict, "not_guided", "the grading standard %s is %s: a model is released by one that a regulator has guided and that is in force", name, state), nil
	}
	return nil, nil
}

// Gradings lists versions of grading standards, by key and newest first. Everyone
// who may read models sees those of every sector, and those of their own.
func (i *Inventory) Gradings(ctx context.Context, s fengsui.Scope, f fengsui.GradingFilter, p fengsui.Page) (list []fengsui.Grading, total int, err error) {
	if err := s.Allow(fengsui.ActModels, fengsui.None); err != nil {
		return nil, 0, err
	}
	where, args := store.Scoped(s, modelScope, nil)
	if where != "" {
		where = " AND ((1=1" + where + ") OR sector = '')"
	}
	for _, x := range []struct{ column, value string }{{"state", string(f.State)}, {"sector", string(f.Sector)}, {"key", f.Key}} {
		if x.value != "" {
			args = append(args, x.value)
			where += fmt.Sprintf(" AND %s = $%d", x.column, len(args))
		}
	}
	err = i.c.DB.View(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM risk_grading WHERE 1=1`+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT `+gradingColumns+` FROM risk_grading WHERE 1=1`+where+fmt.Sprintf(` ORDER BY key, version DESC LIMIT %d OFFSET %d`, limited(p), p.Offset), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			g, err := scanGrading(rows)
			if err != nil {
				return err
			}
			list = append(list, g)
		}
		return rows.Err()
	})
	return list, total, err
}

// gradings are all versions of a grading standard, newest first.
func gradings(tx *store.Tx, key string) (list []fengsui.Grading, err error) {
	rows, err := tx.Query(sqlGradings, key)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		g, err := scanGrading(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// checkGrading says what is wrong with a grading standard: a criterion in both
// languages for each row, and each of the four levels somewhere (A18).
func checkGrading(g *fengsui.Grading) error {
	bad := func(format string, args ...any) error {
		return fengsui.Errorf(fengsui.Invalid, "grading_invalid", "the grading standard "+format, args...)
	}
	switch {
	case !gradingKey.MatchString(g.Key):
		return bad("has the key %q: write a small letter, then small letters, digits and _, at most 64", g.Key)
	case strings.TrimSpace(g.Title.Zh) == "" || strings.TrimSpace(g.Title.En) == "" || len(g.Title.Zh)+len(g.Title.En) > 400:
		return bad("needs a title in zh and en")
	case strings.TrimSpace(g.Source) == "" || len(g.Source) > 1000:
		return bad("must say where it comes from: a standard with its clause, or a decision")
	case len(g.Rows) == 0 || len(g.Rows) > maxCriteria:
		return bad("has %d rows: write 4 to %d", len(g.Rows), maxCriteria)
	}
	for k, r := range g.Rows {
		if strings.TrimSpace(r.Criterion.Zh) == "" || strings.TrimSpace(r.Criterion.En) == "" || len(r.Criterion.Zh)+len(r.Criterion.En) > 4000 {
			return bad("needs a criterion in zh and en in row %d", k+1)
		}
		if r.Level < fengsui.Blue || r.Level > fengsui.Red {
			return bad("has no level in row %d: blue, yellow, orange or red", k+1)
		}
	}
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		if !slices.ContainsFunc(g.Rows, func(r fengsui.GradingRow) bool { return r.Level == l }) {
			return bad("has no row that makes a risk %s", l)
		}
	}
	return nil
}

func recordGrading(tx *store.Tx, by fengsui.Actor, act string, g *fengsui.Grading) error {
	return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "grading", ID: fengsui.ID(g.Key)}, Act: act, By: by, Why: g.Guidance, Sector: g.Sector, After: g})
}

// DraftGrading keeps a grading standard as the draft of its key; Revision is 0 for a
// new version, otherwise the one that was read.
func (i *Inventory) DraftGrading(ctx context.Context, s fengsui.Scope, by fengsui.Actor, g fengsui.Grading) error {
	if err := s.Allow(fengsui.ActDraft, fengsui.None); err != nil {
		return err
	}
	if err := checkGrading(&g); err != nil {
		return err
	}
	if g.Sector != "" && len(i.c.Sectors) > 0 && !slices.Contains(i.c.Sectors, g.Sector) {
		return fengsui.Errorf(fengsui.Invalid, "grading_invalid", "there is no sector %q; leave it out for a standard of every sector", g.Sector)
	}
	criteria, err := json.Marshal(g.Rows)
	if err != nil {
		return err
	}
	g.State, g.Drafted, g.Guided, g.Party, g.Guidance = fengsui.GradingDraft, sign(by), nil, "", ""
	return i.c.DB.Change(ctx, func(tx *store.Tx) error {
		all, err := gradings(tx, g.Key)
		if err != nil {
			return err
		}
		if !reaches(s, g.Sector) || len(all) > 0 && !reaches(s, all[0].Sector) {
			return errSector
		}
		was := g.Revision
		if len(all) == 0 || all[0].State != fengsui.GradingDraft {
			if was != 0 {
				return errChanged
			}
			g.Version, g.Revision = 1, 1
			if len(all) > 0 {
				g.Version = all[0].Version + 1
			}
			_, err = tx.Exec(sqlInsertGrading, g.Key, g.Version, g.Sector, g.Title.Zh, g.Title.En, string(criteria), g.Source, g.Drafted.User, g.Drafted.Name, g.Drafted.Role, g.Drafted.At)
			return errors.Join(err, recordGrading(tx, by, "drafted", &g))
		}
		// The regulator's guidance on an earlier draft stays with it.
		g.Version, g.Revision, g.Guided, g.Party, g.Guidance = all[0].Version, was+1, all[0].Guided, all[0].Party, all[0].Guidance
		n, err := tx.Exec(sqlDraftGrading, g.Sector, g.Title.Zh, g.Title.En, string(criteria), g.Source, g.Drafted.User, g.Drafted.Name, g.Drafted.Role, g.Drafted.At, g.Key, g.Version, was)
		if err == nil && n == 0 {
			return errChanged
		}
		return errors.Join(err, recordGrading(tx, by, "drafted", &g))
	})
}

// GuideGrading says what a regulator thinks of a draft: agreed, it is in force and
// the version before it is superseded; otherwise it stays a draft with the guidance.
// Whoever drafted it cannot guide it.
func (i *Inventory) GuideGrading(ctx context.Context, s fengsui.Scope, by fengsui.Actor, key string, revision int64, agreed bool, guidance string) error {
	if err := s.Allow(fengsui.ActApprove, fengsui.None); err != nil {
		return err
	}
	if err := reason(guidance); err != nil {
		return err
	}
	return i.c.DB.Change(ctx, func(tx *store.Tx) error {
		all, err := gradings(tx, key)
		if err != nil {
			return err
		}
		if len(all) == 0 || all[0].Sector != "" && !reaches(s, all[0].Sector) {
			return fengsui.Errorf(fengsui.NotFound, "no_grading", "there is no such grading standard, or it is not yours to see")
		}
		g := all[0]
		switch {
		case !reaches(s, g.Sector):
			return errSector
		case g.State != fengsui.GradingDraft:
			return fengsui.Errorf(fengsui.Conflict, "grading_state", "its newest version is %s already: draft another first", g.State)
		case g.Revision != revision:
			return errChanged
		case by.User == "" || by.User == g.Drafted.User:
			return errOwnWork
		}
		act := "advised"
		if agreed {
			act, g.State = "guided", fengsui.GradingGuided
			if _, err := tx.Exec(sqlSupersede, key); err != nil {
				return err
			}
		}
		a := sign(by)
		g.Guided, g.Party, g.Guidance = &a, s.Party, guidance
		n, err := tx.Exec(sqlGuideGrading, g.State, a.User, a.Name, a.Role, a.At, g.Party, guidance, key, g.Version, revision)
		if err == nil && n == 0 {
			return errChanged
		}
		g.Revision++
		return errors.Join(err, recordGrading(tx, by, act, &g))
	})
}
