package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/transfer"
	"github.com/momotor/resultgraph/internal/blob"
)

// rowType returns the type of the lines that are rows of a table of an export. Their fields are the columns.
func rowType(table transfer.Table) *itemType[any, struct{}] {
	return &itemType[any, struct{}]{
		name: table.Name, batchSize: 500,
		read: func(rd *batchReader, ctx context.Context, o *object) (any, error) { return rd.readRow(ctx, o, table) },
		write: func(r *run, ctx context.Context, rows []*any) ([]ingest.Change, error) {
			return r.writeRows(ctx, rows, table)
		},
	}
}

func (rd *batchReader) readRow(ctx context.Context, o *object, table transfer.Table) (any, error) {
	if rd.export == "" {
		return nil, fmt.Errorf("the type %s is accepted only in an export, whose manifest has a line of type export", table.Name)
	}
	row := table.New()
	for _, column := range transfer.Columns(row) {
		readColumn(o, column)
	}
	if err := o.validate(rd.Lenient); err != nil {
		return nil, err
	}
	if b, ok := row.(*db.Bundle); ok && b.SHA256 != nil {
		return row, rd.restoreFile(ctx, b)
	}
	return row, nil
}

// readColumn reads the field of a column into the row.
func readColumn(o *object, c transfer.Column) {
	parse := func(v []byte) (reflect.Value, error) { return parseColumn(v, c.Value.Type()) }
	switch {
	case c.Value.Kind() != reflect.Pointer:
		if v := required(o, c.Name, parse); v.IsValid() {
			c.Value.Set(v)
		}
	default:
		parse = func(v []byte) (reflect.Value, error) { return parseColumn(v, c.Value.Type().Elem()) }
		if v := optional(o, c.Name, parse); v != nil && v.IsValid() {
			c.Value.Set(reflect.New(c.Value.Type().Elem()))
			c.Value.Elem().Set(*v)
		}
	}
}

// parseColumn parses the value of a column of a type.
func parseColumn(v []byte, typ reflect.Type) (reflect.Value, error) {
	convert := func(value any, err error) (reflect.Value, error) {
		if err != nil {
			return reflect.Value{}, err
		}
		return reflect.ValueOf(value).Convert(typ), nil
	}
	switch typ {
	case reflect.TypeFor[time.Time]():
		t, err := parseStoredTime(v)
		return convert(t, err)
	case reflect.TypeFor[json.RawMessage]():
		raw, err := parseStoredJSON(v)
		return convert(raw, err)
	}
	switch typ.Kind() {
	case reflect.Bool:
		b, err := parseBool(v)
		return convert(b, err)
	case reflect.String:
		s, err := parseStoredText(v)
		return convert(s, err)
	case reflect.Int, reflect.Int64:
		n, err := parseStoredInteger(v)
		return convert(n, err)
	}
	return reflect.Value{}, fmt.Errorf("has the unsupported type %s", typ)
}

// BundlePath returns the path of the file with a SHA-256 sum, in hexadecimal, in the folder of an export.
func BundlePath(sum string) string {
	return BundleFolder + "/sha256/" + sum[:2] + "/" + sum[2:]
}

// BundleFolder is the folder of the files of bundles in the folder of an export. It is a blob.Folder.
const BundleFolder = "bundles"

// restoreFile stores the file of a bundle of an export. If the file is missing or damaged, it logs this and
// counts it in the report: the row is imported as it is in the store that was exported.
func (rd *batchReader) restoreFile(ctx context.Context, b *db.Bundle) error {
	want, err := blob.ParseDigest(*b.SHA256)
	if err != nil {
		return fmt.Errorf("field sha256 is not valid: %w", err)
	}
	err = rd.storeFile(ctx, want)
	var fatal *fatalError
	if err == nil || errors.As(err, &fatal) {
		return err
	}
	rd.report.missingFiles.Add(1)
	rd.Log.WarnContext(ctx, "the file of a bundle is missing: downloads of it fail", "file", BundlePath(*b.SHA256), "error", unwrapPathError(err))
	return nil
}

// storeFile stores the file with a digest.
func (rd *batchReader) storeFile(ctx context.Context, want blob.Digest) error {
	file, err := rd.files.Open(BundlePath(want.String()))
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, fs.ErrInvalid)
	}
	got, _, err := rd.blobs.Put(ctx, file)
	var readErr *blob.ReadError
	switch {
	case errors.As(err, &readErr):
		return readErr.Err
	case err != nil:
		return &fatalError{err}
	case got != want:
		return blob.ErrDamaged
	}
	return nil
}

func (r *run) writeRows(ctx context.Context, rows []*any, table transfer.Table) ([]ingest.Change, error) {
	values := make([]any, len(rows))
	for i, row := range rows {
		values[i] = *row
	}
	changes := make([]ingest.Change, len(rows))
	err := r.Store.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		inserted, err := table.Insert(ctx, tx, values)
		for i, is := range inserted {
			if is {
				changes[i] = ingest.Created
			}
		}
		return err
	})
	return changes, err
}
