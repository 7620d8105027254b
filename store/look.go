package store

import (
	"context"
	"fmt"
	"net/url"
)

// Look runs fn on a snapshot of the store at a place as Open knows it, whether a
// platform runs on it or not. Nothing is made, migrated or written.
func Look(ctx context.Context, place string, fn func(*Tx) error) error {
	open := lookSQLite
	if IsURL(place) {
		open = openPostgres
	}
	e, err := open(ctx, place)
	if err != nil {
		return err
	}
	defer e.close()
	return (&DB{engine: e}).View(ctx, fn)
}

func lookSQLite(_ context.Context, path string) (engine, error) {
	h := &home{path: path}
	db, err := h.pool("file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return &inFile{read: db, write: db, home: h}, nil
}
