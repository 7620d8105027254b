package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"fengsui/blob"
)

// blobURL says what is wrong with where files are kept.
func (c *Config) blobURL() error {
	if c.Blob.URL == "" {
		return nil
	}
	s3, err := blob.ParseS3(c.Blob.URL)
	switch {
	case err != nil:
		return fmt.Errorf("url: %w", err)
	case !s3.TLS && !loopback(s3.Endpoint):
		return errors.New("url: a server that is not on this machine is reached by an https endpoint alone")
	case c.Blob.KeyFile == "":
		return errors.New("key_file: name the file that holds the access key and the secret key, a line each")
	}
	return nil
}

// openBlob opens the store of files: a directory in the data, or what blob.url names.
// What is put there is sealed as at_rest says.
func (c *Config) openBlob(ctx context.Context) (*blob.Sealed, error) {
	if c.Blob.URL == "" {
		dir, err := blob.Open(filepath.Join(c.Data, "blob"))
		if err != nil {
			return nil, err
		}
		return c.sealed(dir)
	}
	s3, err := blob.ParseS3(c.Blob.URL)
	if err != nil {
		return nil, fmt.Errorf("blob.url: %w", err)
	}
	keys, err := optional(c.Blob.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("blob.key_file: %w", err)
	}
	words := strings.Fields(string(keys))
	if len(words) != 2 {
		return nil, fmt.Errorf("blob.key_file: %s must hold the access key and the secret key, a line each", c.Blob.KeyFile)
	}
	s3.AccessKey, s3.SecretKey = words[0], words[1]
	if s3.Roots, err = trusted(c.Blob.CAFile); err != nil {
		return nil, fmt.Errorf("blob.ca_file: %w", err)
	}
	store, err := blob.OpenS3(ctx, s3)
	if err != nil {
		return nil, err
	}
	return c.sealed(store)
}
