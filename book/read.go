package book

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"fengsui"
)

const (
	// MaxFile is the largest file that is read, in bytes.
	MaxFile = 16 << 20

	// MaxRows is how many rows of a sheet are read, beside its header.
	MaxRows = 50_000

	// MaxColumns is how many cells a row may have.
	MaxColumns = 200

	maxParts    = 1000
	maxInflated = 64 << 20 // bytes of all parts that are read
	maxDepth    = 32       // of elements
	maxShared   = 500_000  // shared strings
	maxCells    = 2_000_000
	maxTag      = 1 << 20 // bytes between two >: a tag with its attributes, or a text
)

// Sheet is a sheet of a workbook: the rows that hold something.
type Sheet struct {
	Name string
	Rows []Row
}

// Row is one row, without the empty cells at its end.
type Row struct {
	Number int // as a spreadsheet counts them, from 1
	Cells  []string
}

// reader is a workbook that is read.
type reader struct {
	parts  map[string]*zip.File
	left   int64 // bytes that may still be inflated
	cells  int   // that may still come
	shared []string
}

func errBook(format string, args ...any) error {
	return fengsui.Errorf(fengsui.Invalid, "bad_book", "the file is not a workbook that can be read: "+format+"; save it as .xlsx and try again", args...)
}

var errBookLarge = fengsui.Errorf(fengsui.Invalid, "book_large", "the workbook holds more than is read at once, inflated %d MiB; split it, and leave pictures and formats out", maxInflated>>20)

// Read reads the sheets of an xlsx file (ECMA-376, part 1, clause 18) that are
// not hidden: values alone, of formulas the one that was worked out last.
func Read(file []byte) ([]Sheet, error) { return read(file, maxInflated) }

// read is Read with so many bytes of all parts.
func read(file []byte, most int64) ([]Sheet, error) {
	if len(file) > MaxFile {
		return nil, fengsui.Errorf(fengsui.Invalid, "too_large", "the file has %d bytes; at most %d are read, split it", len(file), MaxFile)
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, errBook("%v", err)
	}
	if len(z.File) > maxParts {
		return nil, errBookLarge
	}
	b := &reader{parts: map[string]*zip.File{}, left: most, cells: maxCells}
	for _, f := range z.File {
		b.parts[strings.ToLower(strings.TrimPrefix(f.Name, "/"))] = f
	}
	targets, err := b.targets()
	if err != nil {
		return nil, err
	}
	if err := b.readShared(); err != nil {
		return nil, err
	}
	var list []Sheet
	err = b.walk("xl/workbook.xml", func(d *xml.Decoder, e xml.StartElement) (bool, error) {
		if e.Name.Local != "sheet" || attr(e, "state") == "hidden" || attr(e, "state") == "veryHidden" {
			return false, nil
		}
		if len(list) == 100 {
			return false, errBookLarge
		}
		name, target := attr(e, "name"), targets[attr(e, "id")]
		if target == "" {
			return false, errBook("the sheet %.40q is not in it", name)
		}
		rows, err := b.readRows(target)
		list = append(list, Sheet{name, rows})
		return false, Within(fmt.Sprintf("sheet %.40q", name), err)
	})
	return list, err
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Within says of an error for people where it is; nil stays nil.
func Within(place string, err error) error {
	if e, ok := errors.AsType[*fengsui.Error](err); ok {
		return fengsui.Errorf(e.Code, e.Reason, "%s: %s", place, e.Message)
	}
	return err
}

// limited inflates a part as long as there is room, and none whose tags or texts are
// longer than any spreadsheet's: the decoder holds one as a whole.
type limited struct {
	io.Reader
	b   *reader
	tag int // bytes since the last >
}

func (l *limited) Read(p []byte) (int, error) {
	if l.b.left <= 0 {
		return 0, errBookLarge
	}
	n, err := l.Reader.Read(p[:min(int64(len(p)), l.b.left)])
	l.b.left -= int64(n)
	if i := bytes.LastIndexByte(p[:n], '>'); i >= 0 {
		l.tag = n - i - 1
	} else if l.tag += n; l.tag > maxTag {
		return 0, errBookLarge
	}
	return n, err
}

// walk calls visit with each element of a part; visit says whether it read on to the
// element's end.
func (b *reader) walk(name string, visit func(*xml.Decoder, xml.StartElement) (whole bool, err error)) error {
	f := b.parts[strings.ToLower(name)]
	if f == nil {
		return errBook("%s is missing", name)
	}
	r, err := f.Open()
	if err != nil {
		return errBook("%v", err)
	}
	defer r.Close()
	d := xml.NewDecoder(&limited{Reader: r, b: b})
	for depth := 0; ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return bookError(name, err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return errBook("%s is too deep", name)
			}
			whole, err := visit(d, t)
			if err != nil {
				return bookError(name, err)
			}
			if whole {
				depth--
			}
		case xml.EndElement:
			depth--
		}
	}
}

func bookError(name string, err error) error {
	if e, ok := errors.AsType[*fengsui.Error](err); ok {
		return e
	}
	return errBook("%s: %v", name, err)
}

// targets are the parts of the workbook's sheets by the id of their relation.
func (b *reader) targets() (map[string]string, error) {
	m := map[string]string{}
	err := b.walk("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, e xml.StartElement) (bool, error) {
		if e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/worksheet") && len(m) < maxParts {
			target := attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join("xl", target)
			}
			m[attr(e, "Id")] = strings.TrimPrefix(target, "/")
		}
		return false, nil
	})
	return m, err
}

func (b *reader) readShared() error {
	const name = "xl/sharedStrings.xml"
	if b.parts[strings.ToLower(name)] == nil {
		return nil
	}
	return b.walk(name, func(d *xml.Decoder, e xml.StartElement) (bool, error) {
		if e.Name.Local != "si" {
			return false, nil
		}
		if len(b.shared) == maxShared {
			return false, errBookLarge
		}
		text, err := readText(d, 0)
		b.shared = append(b.shared, text)
		return true, err
	})
}

// readText reads the text of the element that was begun, to its end: what stands in t,
// outside of how it is pronounced; with in 1 all of it.
func readText(d *xml.Decoder, in int) (string, error) {
	var text strings.Builder
	mute := 0
	for depth := 1; depth > 0; {
		t, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return "", errBook("a text is too deep")
			}
			switch t.Name.Local {
			case "t":
				in++
			case "rPh":
				mute++
			}
		case xml.EndElement:
			depth--
			switch t.Name.Local {
			case "t":
				in--
			case "rPh":
				mute--
			}
		case xml.CharData:
			if in > 0 && mute == 0 {
				text.Write(t)
			}
		}
	}
	return text.String(), nil
}

// cellXML is one cell as the file has it.
type cellXML struct {
	kind  string
	value string
}

func (b *reader) readRows(name string) (rows []Row, err error) {
	next := 1
	err = b.walk(name, func(d *xml.Decoder, e xml.StartElement) (bool, error) {
		if e.Name.Local != "row" {
			return false, nil
		}
		x := Row{Number: next}
		if r := attr(e, "r"); r != "" {
			n, err := strconv.Atoi(r)
			if err != nil || n < next || n > 1<<20 {
				return false, errBook("a row has the number %.40q", r)
			}
			x.Number = n
		}
		next = x.Number + 1
		var err error
		if x.Cells, err = b.readCells(d); err != nil {
			return true, Within(fmt.Sprintf("row %d", x.Number), err)
		}
		for len(x.Cells) > 0 && x.Cells[len(x.Cells)-1] == "" {
			x.Cells = x.Cells[:len(x.Cells)-1]
		}
		if len(x.Cells) == 0 {
			return true, nil
		}
		if len(rows) > MaxRows {
			return true, fengsui.Errorf(fengsui.Invalid, "too_many_rows", "the sheet has more than %d rows; split it", MaxRows)
		}
		rows = append(rows, x)
		return true, nil
	})
	return rows, err
}

// readCells reads the cells of the row that was begun, to its end.
func (b *reader) readCells(d *xml.Decoder) (cells []string, err error) {
	column := -1
	var c cellXML
	for {
		t, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "c":
				c = cellXML{kind: attr(t, "t")}
				column++
				if r := attr(t, "r"); r != "" {
					n := columnOf(r)
					if n < column {
						return nil, errBook("a cell has the place %.40q", r)
					}
					column = n
				}
				if column >= MaxColumns {
					return nil, fengsui.Errorf(fengsui.Invalid, "too_many_columns", "the row has more than %d cells", MaxColumns)
				}
			case "v":
				if c.value, err = readText(d, 1); err != nil {
					return nil, err
				}
			case "is":
				if c.value, err = readText(d, 0); err != nil {
					return nil, err
				}
				c.kind = "inlineStr"
			default: // formulas, extensions
				if _, err := readText(d, 0); err != nil {
					return nil, err
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "row":
				return cells, nil
			case "c":
				text, err := b.text(c)
				if err != nil {
					return nil, err
				}
				if text == "" {
					continue
				}
				if b.cells -= column + 1 - len(cells); b.cells < 0 {
					return nil, errBookLarge
				}
				for len(cells) <= column {
					cells = append(cells, "")
				}
				cells[column] = text
			}
		}
	}
}

// columnOf is the number of a cell's column, from 0, by its place: AB12; -1: it has none.
func columnOf(place string) int {
	n := 0
	for _, c := range []byte(place) {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > 1<<20 {
			break
		}
	}
	return n - 1
}

// text is what people read in a cell.
func (b *reader) text(c cellXML) (string, error) {
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(c.value))
		if err != nil || i < 0 || i >= len(b.shared) {
			return "", errBook("it has no text %.40q", c.value)
		}
		return b.shared[i], nil
	case "inlineStr", "str":
		return c.value, nil
	case "b":
		return map[string]string{"1": "1", "0": "0"}[c.value], nil
	case "e":
		return "", fengsui.Errorf(fengsui.Invalid, "bad_formula", "a formula gives %.40s; put a value in its place", c.value)
	case "", "n":
		if c.value == "" {
			return "", nil
		}
		v, err := strconv.ParseFloat(c.value, 64)
		if err != nil {
			return "", errBook("%.40q is no number", c.value)
		}
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", errBook("it has a cell of the kind %.40q", c.kind)
}
